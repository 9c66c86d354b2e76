import type { Cell, RunConfig } from "../config";
import type { Dataset } from "../data/dataset";
import { type Evidence, Observer, raceEvidence, windowEvidence } from "../experiments/evidence";
import type { Act, Experiment, Stage, Verdict } from "../experiments/experiment";
import { racerOf } from "../experiments/race";
import type { Executor } from "../plan/executor";
import { fixedForms } from "../plan/forms";
import { PROBE_EVERY } from "../probes";
import { RaceRecord } from "../race/record";
import { compareTruncation } from "../train/compareTruncation";
import { summarise } from "../train/compile";
import { runLoop } from "../train/loop";
import { metricsRow, rowCount } from "../train/metrics";
import { openTrainer } from "../train/open";
import { type RaceHooks, runRace } from "../train/race/race";
import type { Trainer } from "../train/trainer";

/** What an experiment's own program needs. */
export interface Laboratory {
  data(config: RunConfig): Promise<Dataset>;
  /** The caller's to destroy. */
  openExecutor(config: RunConfig): Promise<Executor>;
  /** Ends the experiment, soon. */
  readonly signal: AbortSignal;
}

/** Trains a run to a step, or to where it diverges, and says what it showed. @throws the signal's reason after an abort. */
async function observe(trainer: Trainer, steps: number, signal: AbortSignal): Promise<Evidence> {
  trainer.probes.every = PROBE_EVERY;
  const observer = new Observer(trainer.config, summarise(trainer.run).parameters);
  await runLoop(trainer, steps, {
    onMetrics(rows) {
      for (let i = 0; i < rowCount(rows); i++) observer.step(metricsRow(rows, i));
    },
    onProbes: (rows) => observer.probes(trainer.run.probes, rows),
    onValidation: () => {},
    shouldPause: () => signal.aborted,
  });
  signal.throwIfAborted();
  return observer.evidence;
}

/** One stage as a program runs it, with a run of its own. @throws the signal's reason after an abort. */
export async function runStage({ act, config, steps }: Stage, laboratory: Laboratory): Promise<Evidence> {
  const { signal } = laboratory;
  const dataset = await laboratory.data(config);
  if (act.kind === "race") return await race(config, act.cells, steps, dataset, laboratory);
  const executor = await laboratory.openExecutor(config);
  try {
    const trainer = await openTrainer(config, dataset, executor);
    const evidence = await observe(trainer, steps, signal);
    return act.kind === "compare" ? await compare(trainer, act, evidence, dataset, laboratory) : evidence;
  } finally {
    executor.destroy();
  }
}

async function compare(
  trainer: Trainer,
  { lengths, batches, draws }: Extract<Act, { kind: "compare" }>,
  evidence: Evidence,
  dataset: Dataset,
  { openExecutor, signal }: Laboratory,
): Promise<Evidence> {
  const executor = await openExecutor(trainer.config);
  try {
    const { rows } = await compareTruncation(await trainer.save(), dataset, executor, { lengths, batches, draws }, { signal });
    return windowEvidence(evidence, rows);
  } finally {
    executor.destroy();
  }
}

async function race(
  config: RunConfig,
  cells: readonly Cell[],
  steps: number,
  dataset: Dataset,
  { openExecutor, signal }: Laboratory,
): Promise<Evidence> {
  const records: RaceRecord[] = [];
  const recordOf = (index: number): RaceRecord => {
    const record = records[index];
    if (record === undefined) throw new Error("A contestant's figures came before its facts.");
    return record;
  };
  const spec = { config, cells, limit: { kind: "steps", steps } } as const;
  const hooks: RaceHooks = {
    openExecutor: () => openExecutor(config),
    chooseForms: async (executor) => fixedForms(executor.facts),
    onReady(index, of) {
      const cell = cells[index];
      if (cell !== undefined) records[index] = new RaceRecord(cell, of);
    },
    onSlice(index, rows, ms) {
      const all = Array.from({ length: rowCount(rows) }, (_, i) => metricsRow(rows, i));
      recordOf(index).addSlice(
        ms,
        all.map(({ loss }) => loss),
        all.map(({ accuracy }) => accuracy),
      );
    },
    onValidation: (index, result) => recordOf(index).validations.push(result),
    onOut(_, failure) {
      throw new Error(failure.message);
    },
  };
  await runRace(spec, dataset, hooks, signal, "terminal");
  return raceEvidence(config, records.map(racerOf));
}

/**
 * Runs an experiment from its first stage to its last and prints what each showed, as sentences or as JSON.
 * @returns the verdict on its claim. @throws the signal's reason after an abort.
 */
export async function runExperiment(
  experiment: Experiment,
  json: boolean,
  print: (line: string) => void,
  laboratory: Laboratory,
): Promise<Verdict> {
  const { name, title, claim, stages } = experiment;
  if (!json) print(`${title}. ${claim}`);
  const runs: Evidence[] = [];
  for (const [i, stage] of stages.entries()) {
    const evidence = await runStage(stage, laboratory);
    runs.push(evidence);
    const { step, loss, accuracy, divergedAt = null } = evidence;
    const shows = stage.show(evidence);
    if (json) print(JSON.stringify({ experiment: name, run: i + 1, title: stage.title, step, loss, accuracy, divergedAt, shows }));
    else print(`Run ${i + 1} of ${stages.length}, ${stage.title.charAt(0).toLowerCase()}${stage.title.slice(1)}: ${shows}`);
  }
  const verdict = experiment.judge(runs);
  print(
    json ? JSON.stringify({ experiment: name, claim, ...verdict }) : `${verdict.holds ? "As claimed." : "Not as claimed."} ${verdict.text}`,
  );
  return verdict;
}
