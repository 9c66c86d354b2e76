import { type Explosion, locateExplosion } from "../train/explosion";
import { explosionSentences } from "../train/explosionText";
import { divergedText } from "../train/failure";
import { growthOf } from "../train/growth";
import type { Recorder } from "../train/recorder";
import type { Trainer } from "../train/trainer";

interface Telling {
  /** Prints a JSON line as well. */
  readonly json: boolean;
  readonly terminal: { print(line: string): void; tell(line: string): void };
  /** True gives up the search. */
  shouldStop(): boolean;
}

/** Tells that a run has diverged, trains the steps before once more, and tells where it first went wrong. */
export async function explainDivergence(
  trainer: Trainer,
  recorder: Recorder,
  step: number,
  { json, terminal, shouldStop }: Telling,
): Promise<void> {
  const { message, advice } = divergedText(step, trainer.config.precision, "terminal");
  terminal.tell(message);
  const from = recorder.snapshots.findLast((snapshot) => snapshot.step < step)?.step;
  if (from === undefined) terminal.tell("There is no snapshot to go back to: one is more than the memory set aside.");
  else if (step - from > 1) terminal.tell(`Training from step ${from} on once more, to find where it first went wrong; Ctrl-C stops that.`);
  const explosion = from === undefined ? null : await locateExplosion(trainer, recorder, step, { shouldStop, onProgress: () => {} });
  const { layers, steps } = trainer.run.probes;
  const sentences = explosion === null ? [] : explosionSentences(explosion, { layers, steps });
  if (json) terminal.print(JSON.stringify(record(recorder, step, explosion, sentences)));
  for (const sentence of sentences) terminal.tell(sentence);
  terminal.tell(advice);
}

/** What programs read: counts of layers, time steps and the like are from 0. */
function record(recorder: Recorder, step: number, explosion: Explosion | null, sentences: readonly string[]) {
  const { loss, norm, healthyNorm } = growthOf(recorder.rows);
  const { finding } = explosion ?? {};
  return {
    divergedAt: step,
    finding: finding?.kind ?? null,
    first: finding?.kind === "found" ? (finding.sightings[0] ?? null) : null,
    lossRisesFrom: loss?.since ?? null,
    normRisesFrom: norm?.since ?? null,
    healthyNorm,
    sentences,
  };
}
