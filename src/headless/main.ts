import { readFile } from "node:fs/promises";
import { parseRunConfig, type RunConfig } from "../config";
import { applyOverrides } from "../configPath";
import { type Dataset, loadDataset } from "../data/dataset";
import { decodeUtf8 } from "../data/text";
import type { Executor } from "../plan/executor";
import { presetNamed, UnknownPresetError } from "../presets";
import { divergedText, failureText } from "../train/failure";
import { runLoop } from "../train/loop";
import { openTrainer } from "../train/open";
import { openExecutor } from "../worker/devices";
import { dawn } from "./dawn";
import { fileSource } from "./fileSource";
import { type HeadlessOptions, helpText, parseOptions, UsageError } from "./options";
import { Reporter } from "./reporter";

/** 0: trained. 1: training failed. 2: the command line or configuration cannot be obeyed. 130: interrupted. */
type ExitCode = 0 | 1 | 2 | 130;

async function readConfig(options: HeadlessOptions): Promise<RunConfig> {
  const base = options.configFile === null ? presetNamed(options.preset).config : await readConfigFile(options.configFile);
  if (options.textFile !== null && base.task.kind !== "text") throw new UsageError("--text needs a text model: add --preset chars-small.");
  const own: [string, string][] = options.textFile === null ? [] : [["task.source", "own"]];
  return applyOverrides(base, [...own, ...options.overrides]);
}

async function readConfigFile(path: string): Promise<RunConfig> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new UsageError(`The configuration ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`The configuration ${path} is not JSON.`);
  }
  return parseRunConfig(value);
}

async function readData(config: RunConfig, options: HeadlessOptions): Promise<Dataset> {
  let ownText: string | undefined;
  if (options.textFile !== null) {
    const bytes = await readFile(options.textFile).catch((error: unknown) => {
      throw new UsageError(`The text ${options.textFile} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    });
    ownText = decodeUtf8(bytes, options.textFile);
  }
  return loadDataset(config.task, fileSource(options.dataFolder), ownText, config.seed);
}

async function train(config: RunConfig, dataset: Dataset, executor: Executor, options: HeadlessOptions): Promise<ExitCode> {
  const trainer = await openTrainer(config, dataset, executor);
  const reporter = new Reporter(trainer, options.json, (line) => process.stdout.write(`${line}\n`));
  let interrupted = false;
  process.once("SIGINT", () => {
    interrupted = true;
  });
  const target = options.steps === null ? trainer.totalSteps : options.steps;
  const end = await runLoop(trainer, target, {
    onMetrics: (rows) => reporter.metrics(rows),
    onValidation: (result) => reporter.validation(result),
    shouldPause: () => interrupted,
  });
  if (end.kind === "diverged") {
    const { message, advice } = divergedText(end.step);
    process.stderr.write(`${message} ${advice}\n`);
    return 1;
  }
  if (interrupted) return 130;
  if (!reporter.endsFull) {
    const result = await trainer.validate(true);
    if (result !== null) reporter.validation(result);
  }
  return 0;
}

async function main(): Promise<ExitCode> {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options === null) {
      process.stdout.write(helpText());
      return 0;
    }
    const config = await readConfig(options);
    const dataset = await readData(config, options);
    const executor = await openExecutor(options.executor === "webgpu" ? dawn() : undefined, options.executor);
    process.stderr.write(`Training on ${executor.facts.name} (${executor.facts.executor}).\n`);
    try {
      return await train(config, dataset, executor, options);
    } finally {
      executor.destroy();
    }
  } catch (error) {
    if (error instanceof UsageError || error instanceof UnknownPresetError) {
      process.stderr.write(`${error.message}\nSee npm run headless -- --help.\n`);
      return 2;
    }
    const { code, message, advice } = failureText(error);
    process.stderr.write(`${message} ${advice}\n`);
    return code === "bad-config" ? 2 : 1;
  }
}

// Whoever reads the reports, such as `head`, may have had enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

// Dawn keeps Node alive after its devices are gone, so the end is explicit, once everything printed has left.
process.exitCode = await main();
process.stdout.write("", () => process.exit());
