import { type Evidence, Observer } from "../experiments/evidence";
import type { Experiment, Stage, Verdict } from "../experiments/experiment";
import { PROBE_EVERY } from "../probes";
import { summarise } from "../train/compile";
import { runLoop } from "../train/loop";
import { metricsRow, rowCount } from "../train/metrics";
import type { Trainer } from "../train/trainer";

/** Trains a stage's run to its steps, or to where it diverges, and says what it showed; null if it was stopped before. */
export async function observeStage(stage: Stage, trainer: Trainer, shouldStop: () => boolean = () => false): Promise<Evidence | null> {
  trainer.probeEvery = PROBE_EVERY;
  const observer = new Observer(stage.config, summarise(trainer.run).parameters);
  const end = await runLoop(trainer, stage.steps, {
    onMetrics(rows) {
      for (let i = 0; i < rowCount(rows); i++) observer.step(metricsRow(rows, i));
    },
    onProbes: (rows) => observer.probes(trainer.run.probes, rows),
    onValidation: () => {},
    shouldPause: shouldStop,
  });
  return end.kind === "paused" ? null : observer.evidence;
}

/** What an experiment's own program needs: a trainer for a stage, which it frees. */
export interface Laboratory {
  open(stage: Stage): Promise<Trainer>;
  print(line: string): void;
  shouldStop(): boolean;
}

/**
 * Runs an experiment from its first stage to its last and prints what each showed, as sentences or as JSON.
 * @returns the verdict on its claim; null if it was stopped before the end.
 */
export async function runExperiment(
  experiment: Experiment,
  json: boolean,
  { open, print, shouldStop }: Laboratory,
): Promise<Verdict | null> {
  const { name, title, claim, stages } = experiment;
  if (!json) print(`${title}. ${claim}`);
  const runs: Evidence[] = [];
  for (const [i, stage] of stages.entries()) {
    const trainer = await open(stage);
    try {
      const evidence = await observeStage(stage, trainer, shouldStop);
      if (evidence === null) return null;
      runs.push(evidence);
      const { step, loss, accuracy, divergedAt = null } = evidence;
      const shows = stage.show(evidence);
      if (json) print(JSON.stringify({ experiment: name, run: i + 1, title: stage.title, step, loss, accuracy, divergedAt, shows }));
      else print(`Run ${i + 1} of ${stages.length}, ${stage.title.charAt(0).toLowerCase()}${stage.title.slice(1)}: ${shows}`);
    } finally {
      trainer.executor.destroy();
    }
  }
  const verdict = experiment.judge(runs);
  print(
    json ? JSON.stringify({ experiment: name, claim, ...verdict }) : `${verdict.holds ? "As claimed." : "Not as claimed."} ${verdict.text}`,
  );
  return verdict;
}
