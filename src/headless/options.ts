import { parseArgs } from "node:util";
import { type Cell, cells } from "../config";
import { parseDecimal } from "../configPath";
import { defaultRaceCells, type RaceLimit, raceLimits } from "../race/record";

export interface HeadlessOptions {
  readonly preset: string;
  /** A guided experiment, instead of a preset; it has settings of its own. */
  readonly experiment: string | null;
  /** A file with a configuration, instead of a preset. */
  readonly configFile: string | null;
  readonly overrides: readonly (readonly [path: string, text: string])[];
  /** Train until this step, counted from the run's start; null trains all epochs. */
  readonly steps: number | null;
  readonly executor: "webgpu" | "cpu";
  /** Threads of the CPU executor; null for as many as suit the machine. */
  readonly threads: number | null;
  /** Which forms of the kernels WebGPU runs: the same ones in every run, or those that a measurement now finds fastest. */
  readonly kernels: "fixed" | "measured";
  readonly json: boolean;
  /** One line for each training step; with `json` only. */
  readonly everyStep: boolean;
  /** Probes every so many steps, each in a line of its own; 0: none. */
  readonly probeEvery: number;
  /** A checkpoint to go on from, instead of a preset or configuration. */
  readonly resumeFile: string | null;
  /** A PyTorch state dict in safetensors, in place of drawn weights. */
  readonly weightsFile: string | null;
  /** Where to write a checkpoint at the end and at Ctrl-C. */
  readonly saveFile: string | null;
  /** Steps between two checkpoints on the way. */
  readonly saveEvery: number | null;
  /** A text file to train on, for the text task. */
  readonly textFile: string | null;
  /** Truncated gradients are to be compared with the full one at the end. */
  readonly compare: ComparisonOptions | null;
  /** Cells race side by side, instead of one being trained. */
  readonly race: RaceOptions | null;
  /** Folder of the data sets. */
  readonly dataFolder: string;
}

export interface RaceOptions {
  readonly cells: readonly Cell[];
  readonly limit: RaceLimit;
}

export interface ComparisonOptions {
  /** null: powers of two up to the length of the sequence. */
  readonly lengths: readonly number[] | null;
  readonly batches: number;
  readonly draws: number;
}

/** What is compared if nothing else is asked for. */
export const COMPARED = { batches: 20, draws: 4 } as const;

/** How long a race is if nobody says. */
export const RACE_STEPS = 300;

/** More threads than any CPU executor takes. */
export const MAX_THREADS = 64;

/** A command line that cannot be obeyed; the message is for people. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Options that take the name of a file or folder. */
const named = ["resume", "weights", "save", "text", "data"] as const;

const notForExperiments = [
  "preset",
  "set",
  "steps",
  "text",
  "resume",
  "weights",
  "save",
  "save-every",
  "every-step",
  "probes",
  "compare-truncation",
  "kernels",
  "race",
] as const;

const notForRaces = ["resume", "weights", "save", "save-every", "every-step", "probes", "compare-truncation"] as const;

/** Reads the command line; null if it asks for help. @throws UsageError */
export function parseOptions(argv: readonly string[]): HeadlessOptions | null {
  const { values, positionals } = read(argv);
  if (values.help === true) return null;
  if (positionals.length > 1)
    throw new UsageError(`One configuration file at most; there are ${positionals.length}: ${positionals.join(", ")}.`);
  const [configFile = null] = positionals;
  for (const option of named) if (values[option] === "") throw new UsageError(`--${option} takes a name; it got none.`);
  if (configFile !== null && values.preset !== undefined) throw new UsageError("Give a configuration file or --preset, not both.");
  const unfit = values.experiment === undefined ? undefined : notForExperiments.find((option) => values[option] !== undefined);
  if (unfit !== undefined) throw new UsageError(`An experiment has settings of its own: leave out --${unfit}.`);
  if (values.experiment !== undefined && configFile !== null) throw new UsageError("Give a configuration file or --experiment, not both.");
  const executor = values.executor ?? "webgpu";
  if (executor !== "webgpu" && executor !== "cpu") throw new UsageError(`--executor is webgpu or cpu, not "${executor}".`);
  const kernels = values.kernels ?? "fixed";
  if (kernels !== "fixed" && kernels !== "measured") throw new UsageError(`--kernels is fixed or measured, not "${kernels}".`);
  if (values.kernels !== undefined && executor === "cpu")
    throw new UsageError("--kernels is for WebGPU: the CPU executor has one form of each kernel.");
  if (values.threads !== undefined && executor === "webgpu") throw new UsageError("--threads needs --executor cpu.");
  const begun = configFile !== null || values.preset !== undefined;
  if (values.resume !== undefined && begun) throw new UsageError("--resume takes its settings from the checkpoint: leave out the others.");
  if (values.resume !== undefined && values.weights !== undefined) throw new UsageError("Give --resume or --weights, not both.");
  if (values["save-every"] !== undefined && values.save === undefined) throw new UsageError("--save-every needs --save FILE.");
  const compare = parseComparison(values);
  const race = parseRace(values);
  const unraced = race === null ? undefined : notForRaces.find((option) => values[option] !== undefined);
  if (unraced !== undefined) throw new UsageError(`A race starts from drawn weights and keeps none: leave out --${unraced}.`);
  if (values["every-step"] === true && values.json !== true) throw new UsageError("--every-step needs --json.");
  return {
    preset: values.preset ?? "digits-rnn",
    experiment: values.experiment ?? null,
    configFile,
    overrides: (values.set ?? []).map(parseOverride),
    // A comparison may be of the weights as they are.
    steps: values.steps === undefined ? null : parseSteps("--steps", values.steps, compare === null ? 1 : 0),
    executor,
    threads: values.threads === undefined ? null : parseThreads(values.threads),
    kernels,
    json: values.json === true,
    everyStep: values["every-step"] === true,
    probeEvery: values.probes === undefined ? 0 : parseSteps("--probes", values.probes),
    resumeFile: values.resume ?? null,
    weightsFile: values.weights ?? null,
    saveFile: values.save ?? null,
    saveEvery: values["save-every"] === undefined ? null : parseSteps("--save-every", values["save-every"]),
    compare,
    race,
    textFile: values.text ?? null,
    dataFolder: values.data ?? "public/data",
  };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        preset: { type: "string" },
        experiment: { type: "string" },
        set: { type: "string", multiple: true },
        steps: { type: "string" },
        executor: { type: "string" },
        threads: { type: "string" },
        kernels: { type: "string" },
        text: { type: "string" },
        data: { type: "string" },
        json: { type: "boolean" },
        "every-step": { type: "boolean" },
        probes: { type: "string" },
        resume: { type: "string" },
        weights: { type: "string" },
        save: { type: "string" },
        "save-every": { type: "string" },
        "compare-truncation": { type: "boolean" },
        windows: { type: "string" },
        batches: { type: "string" },
        draws: { type: "string" },
        race: { type: "boolean" },
        cells: { type: "string" },
        minutes: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function parseOverride(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--set takes FIELD=VALUE, such as --set optimizer.lr=0.01; it got "${text}".`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function parseSteps(option: string, text: string, least = 1): number {
  const steps = parseDecimal(text);
  if (!Number.isSafeInteger(steps) || steps < least)
    throw new UsageError(`${option} takes a whole number of at least ${least}; it got "${text}".`);
  return steps;
}

interface ComparisonValues {
  readonly "compare-truncation"?: boolean | undefined;
  readonly windows?: string | undefined;
  readonly batches?: string | undefined;
  readonly draws?: string | undefined;
}

function parseComparison({ "compare-truncation": isAsked, windows, batches, draws }: ComparisonValues): ComparisonOptions | null {
  if (isAsked !== true) {
    const [alone] = Object.entries({ windows, batches, draws }).find(([, text]) => text !== undefined) ?? [];
    if (alone !== undefined) throw new UsageError(`--${alone} needs --compare-truncation.`);
    return null;
  }
  return {
    lengths: windows?.split(",").map((text) => parseSteps("--windows", text)) ?? null,
    batches: batches === undefined ? COMPARED.batches : parseSteps("--batches", batches),
    draws: draws === undefined ? COMPARED.draws : parseSteps("--draws", draws),
  };
}

interface RaceValues {
  readonly race?: boolean | undefined;
  readonly cells?: string | undefined;
  readonly minutes?: string | undefined;
  readonly steps?: string | undefined;
}

function parseRace({ race, cells: named, minutes, steps }: RaceValues): RaceOptions | null {
  if (race !== true) {
    const [alone] = Object.entries({ cells: named, minutes }).find(([, text]) => text !== undefined) ?? [];
    if (alone !== undefined) throw new UsageError(`--${alone} needs --race.`);
    return null;
  }
  if (minutes !== undefined && steps !== undefined) throw new UsageError("A race ends after --steps or --minutes, not both.");
  const chosen = named === undefined ? defaultRaceCells : named.split(",").map(parseCell);
  if (chosen.length < 2 || new Set(chosen).size < chosen.length)
    throw new UsageError(`--cells takes two or more different cells of ${cells.join(", ")}; it got "${named}".`);
  if (minutes === undefined) {
    const count = steps === undefined ? RACE_STEPS : parseSteps("--steps", steps, raceLimits.steps.min);
    return { cells: chosen, limit: { kind: "steps", steps: count } };
  }
  const value = parseDecimal(minutes);
  const { min, max } = raceLimits.minutes;
  if (!(value >= min && value <= max)) throw new UsageError(`--minutes takes a number from ${min} to ${max}; it got "${minutes}".`);
  return { cells: chosen, limit: { kind: "minutes", minutes: value } };
}

function parseCell(text: string): Cell {
  const cell = cells.find((each) => each === text);
  if (cell === undefined) throw new UsageError(`--cells takes cells of ${cells.join(", ")}, with commas between; it got "${text}".`);
  return cell;
}

function parseThreads(text: string): number {
  const threads = parseDecimal(text);
  if (!Number.isSafeInteger(threads) || threads < 1 || threads > MAX_THREADS)
    throw new UsageError(`--threads takes a whole number from 1 to ${MAX_THREADS}; it got "${text}".`);
  return threads;
}
