import { type Explosion, locateExplosion } from "../train/explosion";
import { explosionSentences, tensorText } from "../train/explosionText";
import { failureText } from "../train/failure";
import { growthOf } from "../train/growth";
import { type Recorder, suggestedSnapshot } from "../train/recorder";
import type { Trainer } from "../train/trainer";
import type { ExplosionReport, ExplosionSearch } from "./reports";

export interface SearchHooks {
  /** Gets the report as far as it has come. */
  onReport(report: ExplosionReport): void;
  shouldStop(): boolean;
  readonly signal: AbortSignal;
}

/** The report of a run that has diverged at a step, before anything was searched. */
export function explosionReport(recorder: Recorder, step: number): ExplosionReport {
  const { loss, norm, healthyNorm } = growthOf(recorder.rows);
  const { snapshots } = recorder;
  const suggested = suggestedSnapshot(recorder, step);
  return {
    step,
    rows: recorder.rawRows,
    lossRisesFrom: loss?.since ?? null,
    normRisesFrom: norm?.since ?? null,
    healthyNorm,
    snapshots: snapshots.map(({ step: at, config: { optimizer, clip }, largestWeight }) => ({
      step: at,
      lr: optimizer.lr,
      clip,
      ...(largestWeight !== undefined && { largestWeight }),
    })),
    ...(suggested !== undefined && { suggested }),
    bytes: recorder.bytes,
    search: { kind: "searching", done: 0, of: 0 },
  };
}

/** Finds where a run that has diverged first went wrong, and reports on the way. Rejects with nothing but an abort. */
export async function searchExplosion(trainer: Trainer, recorder: Recorder, report: ExplosionReport, hooks: SearchHooks): Promise<void> {
  const tell = (search: ExplosionSearch): void => hooks.onReport({ ...report, search });
  if (report.snapshots.length === 0) {
    tell({
      kind: "ended",
      sentence: "No snapshot of this run fits into the memory set aside, so where it first went wrong cannot be found.",
    });
    return;
  }
  const { shouldStop, signal } = hooks;
  const onProgress = (done: number, of: number): void => tell({ kind: "searching", done, of });
  try {
    const explosion = await locateExplosion(trainer, recorder, report.step, { shouldStop, signal, onProgress });
    tell(
      explosion === null ? { kind: "ended", sentence: "The search for where it first went wrong was stopped." } : found(trainer, explosion),
    );
  } catch (error) {
    signal.throwIfAborted();
    tell({ kind: "ended", sentence: `Where it first went wrong could not be found. ${failureText(error).message}` });
  }
}

function found(trainer: Trainer, explosion: Explosion): ExplosionSearch {
  const { layers, steps } = trainer.run.probes;
  return {
    kind: "found",
    sentences: explosionSentences(explosion, { layers, steps }),
    tensors: explosion.tensors.map((tensor) => ({
      label: tensorText(tensor, { layers }).replace(/^the /, ""),
      largest: tensor.largest,
      nonFinite: tensor.count,
    })),
  };
}
