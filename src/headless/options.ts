import { parseArgs } from "node:util";
import { configLeaves } from "../configPath";
import { presets } from "../presets";

export interface HeadlessOptions {
  readonly preset: string;
  /** A file with a configuration, instead of a preset. */
  readonly configFile: string | null;
  readonly overrides: readonly (readonly [path: string, text: string])[];
  /** Stop after so many steps; null trains all epochs. */
  readonly steps: number | null;
  readonly executor: "webgpu" | "cpu";
  readonly json: boolean;
  /** A text file to train on, for the text task. */
  readonly textFile: string | null;
  /** Folder of the data sets. */
  readonly dataFolder: string;
}

/** A command line that cannot be obeyed; the message is for people. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the command line; null if it asks for help. @throws UsageError */
export function parseOptions(argv: readonly string[]): HeadlessOptions | null {
  const { values, positionals } = read(argv);
  if (values.help === true) return null;
  if (positionals.length > 1)
    throw new UsageError(`One configuration file at most; there are ${positionals.length}: ${positionals.join(", ")}.`);
  const [configFile = null] = positionals;
  if (configFile !== null && values.preset !== undefined) throw new UsageError("Give a configuration file or --preset, not both.");
  const executor = values.executor ?? "webgpu";
  if (executor !== "webgpu" && executor !== "cpu") throw new UsageError(`--executor is webgpu or cpu, not "${executor}".`);
  return {
    preset: values.preset ?? "digits-rnn",
    configFile,
    overrides: (values.set ?? []).map(parseOverride),
    steps: values.steps === undefined ? null : parseSteps(values.steps),
    executor,
    json: values.json === true,
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
        set: { type: "string", multiple: true },
        steps: { type: "string" },
        executor: { type: "string" },
        text: { type: "string" },
        data: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parseOverride(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--set takes FIELD=VALUE, such as --set optimizer.lr=0.01; it got "${text}".`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function parseSteps(text: string): number {
  const steps = Number(text);
  if (!Number.isSafeInteger(steps) || steps < 1) throw new UsageError(`--steps takes a whole number of at least 1; it got "${text}".`);
  return steps;
}

/** The text of --help: options, presets, and every field with its value in the first preset of its kind. */
export function helpText(): string {
  const width = Math.max(...presets.map((preset) => preset.name.length));
  const fields = new Map<string, Set<string>>();
  for (const preset of presets) {
    for (const [path, value] of configLeaves(preset.config)) {
      const values = fields.get(path) ?? new Set();
      fields.set(path, values.add(JSON.stringify(value)));
    }
  }
  const fieldWidth = Math.max(...[...fields.keys()].map((path) => path.length));
  return [
    "Trains a recurrent network without a browser.",
    "",
    "  npm run headless -- [CONFIG.json | --preset NAME] [options]",
    "",
    "  --preset NAME       one of the presets below (digits-rnn if nothing is given)",
    "  --set FIELD=VALUE   overrides one field; may be repeated",
    "  --steps N           stops after N optimizer steps instead of all epochs",
    "  --executor KIND     webgpu (Dawn; the default) or cpu (WebAssembly)",
    "  --text FILE         trains on a text file of your own (UTF-8)",
    "  --data FOLDER       where the data sets are (public/data)",
    "  --json              prints one JSON object per report: step, epoch, trainLoss, valLoss, valAccuracy, gradNorm, stepsPerSecond",
    "  --help              prints this",
    "",
    "Presets:",
    ...presets.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`),
    "",
    "Fields, with their values in the presets. A union's kind (task, bptt, optimizer, clip) brings its own fields:",
    "bptt.kind full, fixed (k); optimizer.kind sgd (momentum), adam, adamw; clip.kind none, norm, value (max); task.kind digits, text, copy;",
    "task.source shakespeare, own; model.cell rnn_tanh, lstm, gru, gru_reset_before.",
    ...[...fields].map(([path, values]) => `  ${path.padEnd(fieldWidth)}  ${[...values].join(", ")}`),
    "",
  ].join("\n");
}
