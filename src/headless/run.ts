import { readFile } from "node:fs/promises";
import { parseRunConfig, type RunConfig } from "../config";
import { applyOverrides } from "../configPath";
import { type Dataset, facts, loadDataset } from "../data/dataset";
import { decodeUtf8 } from "../data/text";
import { experimentNamed, UnknownExperimentError } from "../experiments/list";
import { readCheckpoint, readWeights, writeCheckpoint } from "../files/checkpoint";
import { FileError } from "../files/fileError";
import type { Executor } from "../plan/executor";
import { presetNamed, UnknownPresetError } from "../presets";
import { probeFrames } from "../probes";
import { failureText } from "../train/failure";
import { formsOfRun } from "../train/formsOfRun";
import { type LoopEnd, runLoop } from "../train/loop";
import { type OpenOptions, openTrainer } from "../train/open";
import { Recorder, suggestedSnapshot } from "../train/recorder";
import type { Trainer } from "../train/trainer";
import { changeableSettings, type TrainerState } from "../train/trainerState";
import { openExecutor } from "../worker/devices";
import { comparisonOf, printComparison } from "./comparison";
import { explainDivergence } from "./divergence";
import { type Laboratory, runExperiment } from "./experiment";
import { fileSource } from "./fileSource";
import { helpText } from "./helpText";
import { type HeadlessOptions, parseOptions, UsageError } from "./options";
import { race } from "./race";
import { Reporter } from "./reporter";
import { checkWritable, errnoOf, SaveError, saveFile } from "./saveFile";

/**
 * 0: trained. 1: training failed, a file could not be read, used or written, or an experiment did not bear out its claim. 2: the command line or configuration cannot be obeyed.
 * 130: interrupted.
 */
export type ExitCode = 0 | 1 | 2 | 130;

const SEE_HELP = "See npm run headless -- --help.";

/** What the program needs of the process it runs in. */
export interface Terminal {
  /** Prints a line of the report. */
  print(line: string): void;
  /** Tells the person something beside the report. */
  tell(line: string): void;
  gpu(): GPU;
  /** Calls back when the person presses Ctrl-C. */
  onInterrupt(callback: () => void): void;
}

/** Where a run begins, with the configuration of a saved one. */
interface Beginning {
  readonly config: RunConfig;
  readonly start: OpenOptions["start"];
}

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "you may not read it",
  ENAMETOOLONG: "the name is too long",
};

/** Reads a file named on the command line. @throws FileError */
function readNamed(what: string, path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    const reason = unreadable[errnoOf(error)] ?? (error instanceof Error ? error.message : String(error));
    throw new FileError(`The ${what} ${path} cannot be read: ${reason}.`, SEE_HELP);
  });
}

/** Reads a file's content, and puts its name before what is wrong with it. */
function parsed<T>(path: string, bytes: Uint8Array, parse: (bytes: Uint8Array) => T): T {
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof FileError) throw new FileError(`${path} cannot be used. ${error.message}`, error.advice);
    throw error;
  }
}

async function begin(options: HeadlessOptions): Promise<Beginning> {
  if (options.resumeFile !== null) {
    const state = parsed(options.resumeFile, await readNamed("checkpoint", options.resumeFile), readCheckpoint);
    return { config: resumedConfig(state, options), start: { state } };
  }
  const config = await readConfig(options);
  if (options.weightsFile === null) return { config, start: undefined };
  return { config, start: { weights: parsed(options.weightsFile, await readNamed("weights", options.weightsFile), readWeights) } };
}

function resumedConfig({ config, step }: TrainerState, { overrides, steps, textFile }: HeadlessOptions): RunConfig {
  const fixed = overrides.find(([path]) => !changeableSettings.includes(path))?.[0];
  if (fixed !== undefined) {
    throw new UsageError(`--resume keeps the run's settings: --set may change ${changeableSettings.join(", ")}, but not ${fixed}.`);
  }
  if (steps !== null && steps < step) throw new UsageError(`--steps ${steps} is behind the checkpoint, which is at step ${step}.`);
  const ownText = config.task.kind === "text" && config.task.source === "own";
  if (ownText && textFile === null) throw new UsageError("The checkpoint was trained on a text of its own: add --text with that file.");
  if (!ownText && textFile !== null) throw new UsageError("The checkpoint was not trained on a text of its own: leave out --text.");
  return applyOverrides(config, overrides);
}

async function readConfig(options: HeadlessOptions): Promise<RunConfig> {
  const base = options.configFile === null ? presetNamed(options.preset).config : await readConfigFile(options.configFile);
  if (options.textFile !== null && base.task.kind !== "text") throw new UsageError("--text needs a text model: add --preset chars-small.");
  const own: [string, string][] = options.textFile === null ? [] : [["task.source", "own"]];
  return applyOverrides(base, [...own, ...options.overrides]);
}

async function readConfigFile(path: string): Promise<RunConfig> {
  const text = new TextDecoder().decode(await readNamed("configuration", path));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`The configuration ${path} is not JSON.`);
  }
  return parseRunConfig(value);
}

async function readData(config: RunConfig, options: HeadlessOptions): Promise<Dataset> {
  const { textFile } = options;
  const ownText = textFile === null ? undefined : decodeUtf8(await readNamed("text", textFile), textFile);
  return loadDataset(config.task, fileSource(options.dataFolder), ownText, config.seed);
}

async function train(trainer: Trainer, options: HeadlessOptions, terminal: Terminal): Promise<ExitCode> {
  trainer.probes.every = options.probeEvery;
  const reporter = new Reporter(trainer, options, (line) => terminal.print(line));
  let interrupted = false;
  terminal.onInterrupt(() => {
    interrupted = true;
  });
  const hooks = {
    onMetrics: (rows: Float32Array) => reporter.metrics(rows),
    onProbes: (rows: Float32Array) => reporter.probes(probeFrames(trainer.run.probes, rows)),
    onValidation: reporter.validation.bind(reporter),
    shouldPause: () => interrupted,
    recorder: new Recorder(trainer),
  };
  const target = options.steps ?? trainer.totalSteps;
  let end: LoopEnd;
  let allSaved = true;
  let hasSaved = false;
  do {
    const every = options.saveEvery ?? Number.POSITIVE_INFINITY;
    const next = Math.min(target, trainer.step + every - (trainer.step % every));
    end = await runLoop(trainer, next, hooks);
    if (end.kind !== "diverged" && options.saveFile !== null) {
      const isSaved = await save(trainer, options.saveFile, terminal);
      allSaved &&= isSaved;
      hasSaved ||= isSaved;
    }
  } while (end.kind === "reached" && trainer.step < target);
  if (end.kind === "diverged") {
    await explainDivergence(trainer, hooks.recorder, end.step, { json: options.json, terminal, shouldStop: () => interrupted });
    if (options.saveFile !== null) await saveFromBefore(trainer, hooks.recorder, end.step, options.saveFile, hasSaved, terminal);
    return 1;
  }
  const code = interrupted ? 130 : await lastReport(trainer, reporter, () => interrupted);
  return allSaved ? code : 1;
}

/** The report that every run ends with, on the whole validation set, unless it was just made. */
async function lastReport(trainer: Trainer, reporter: Reporter, shouldStop: () => boolean): Promise<0 | 130> {
  if (reporter.endsFull) return 0;
  const result = await trainer.validate(true, { shouldStop });
  if (result === null) return 130;
  reporter.validation(result);
  return 0;
}

/** Of a run that has diverged: the snapshot from before, unless a file of this run is there already. */
async function saveFromBefore(
  trainer: Trainer,
  recorder: Recorder,
  step: number,
  path: string,
  hasSaved: boolean,
  terminal: Terminal,
): Promise<void> {
  const before = suggestedSnapshot(recorder, step) ?? 0;
  if (hasSaved || before === 0) {
    terminal.tell(`${path} was left as it was.`);
    return;
  }
  await recorder.rewind(before);
  await save(trainer, path, terminal);
}

/** Whether it could be saved; a disk that is full now may have room at the next save, so training goes on. */
async function save(trainer: Trainer, path: string, terminal: Terminal): Promise<boolean> {
  const state = await trainer.save();
  try {
    await saveFile(path, writeCheckpoint(state));
  } catch (error) {
    if (!(error instanceof SaveError)) throw error;
    terminal.tell(`Step ${state.step} is not saved. ${error.message}`);
    return false;
  }
  terminal.tell(`Saved step ${state.step} to ${path}.`);
  return true;
}

/** Opens a device as the command line asks, and tells which; it is the caller's to destroy. */
async function openDevice(options: HeadlessOptions, terminal: Terminal, { emulateHalf = false, quiet = false } = {}): Promise<Executor> {
  const executor = await openExecutor(options.executor === "webgpu" ? terminal.gpu() : undefined, options.executor, {
    emulateHalf,
    ...(options.threads !== null && { threads: options.threads }),
  });
  if (!quiet) terminal.tell(`Training on ${executor.facts.name} (${executor.facts.executor}).`);
  return executor;
}

/** All runs of a guided experiment. The exit code says whether they bear out its claim. */
async function experiment(name: string, options: HeadlessOptions, terminal: Terminal): Promise<ExitCode> {
  const controller = new AbortController();
  terminal.onInterrupt(() => controller.abort());
  const laboratory: Laboratory = {
    data: (config) => readData(config, options),
    async openExecutor({ precision }) {
      const executor = await openDevice(options, terminal, { emulateHalf: precision === "f16" });
      if (precision === "f16" && executor.facts.half === "emulated")
        terminal.tell("This device has no 16-bit floats: their rounding is computed in 32 bits, with the same numbers.");
      return executor;
    },
    signal: controller.signal,
  };
  try {
    const verdict = await runExperiment(experimentNamed(name), options.json, (line) => terminal.print(line), laboratory);
    return verdict.holds ? 0 : 1;
  } catch (error) {
    if (controller.signal.aborted) return 130;
    throw error;
  }
}

async function run(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions(argv);
  if (options === null) {
    terminal.print(helpText());
    return 0;
  }
  if (options.experiment !== null) return experiment(options.experiment, options, terminal);
  if (options.race !== null) {
    const config = await readConfig(options);
    const dataset = await readData(config, options);
    const open = (): Promise<Executor> => openDevice(options, terminal, { quiet: true });
    return race({ config, ...options.race }, dataset, { open, kernels: options.kernels, json: options.json }, terminal);
  }
  if (options.saveFile !== null) await checkWritable(options.saveFile);
  const { config, start } = await begin(options);
  const request = options.compare === null ? null : comparisonOf(options.compare, config);
  const dataset = await readData(config, options);
  const open = (): Promise<Executor> => openDevice(options, terminal, { quiet: true });
  const executor = await openDevice(options, terminal);
  try {
    const { chooseForm } = await formsOfRun(executor.facts, open, config, facts(dataset), { choice: options.kernels });
    const trainer = await openTrainer(config, dataset, executor, { chooseForm, ...(start !== undefined && { start }) });
    if (trainer.step > 0) terminal.tell(`Going on from step ${trainer.step}.`);
    const code = await train(trainer, options, terminal);
    if (request === null || code !== 0) return code;
    return await printComparison(trainer, { request, dataset, chooseForm, open, json: options.json }, terminal);
  } finally {
    executor.destroy();
  }
}

/** Runs the program with a command line; everything that goes wrong is told in a sentence. */
export async function runHeadless(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await run(argv, terminal);
  } catch (error) {
    if (error instanceof UsageError || error instanceof UnknownPresetError || error instanceof UnknownExperimentError) {
      terminal.tell(`${error.message}\n${SEE_HELP}`);
      return 2;
    }
    if (error instanceof FileError) {
      terminal.tell(error.advice === undefined ? error.message : `${error.message} ${error.advice}`);
      return 1;
    }
    if (error instanceof SaveError) {
      terminal.tell(error.message);
      return 1;
    }
    const { code, message, advice } = failureText(error, "terminal");
    terminal.tell(`${message} ${advice}`);
    return code === "bad-config" ? 2 : 1;
  }
}
