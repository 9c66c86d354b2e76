import type { RunConfig } from "../config";
import { type Growth, growthOf } from "./growth";
import { hasDiverged, type MetricsRow, metricsRow, rowCount } from "./metrics";
import type { Recorder, ReplayHooks } from "./recorder";
import { readFindings, type Sighting, type TracedTensor } from "./stepFindings";
import type { Trainer } from "./trainer";

/** Where a step first went wrong. */
export type Finding =
  /** `sightings` has at least one. */
  | { readonly kind: "found"; readonly sightings: readonly Sighting[] }
  /** Every number of the step is finite, but the sum of the gradient's squares is too large for one. */
  | { readonly kind: "norm" }
  /** Trained again, the step is finite: the device does not repeat itself. */
  | { readonly kind: "not repeated" };

/** What is known of a run that has diverged. */
export interface Explosion {
  /** The first step whose loss or gradient was not finite. */
  readonly step: number;
  readonly precision: RunConfig["precision"];
  readonly growth: Growth;
  readonly finding: Finding;
  /** The tensors of the step in the order in which it makes them. */
  readonly tensors: readonly TracedTensor[];
  /** Whether the steps that were trained again had the same metrics, to the bit; true if none is known. */
  readonly repeats: boolean;
}

export type LocateHooks = Omit<ReplayHooks, "onRows">;

/**
 * Trains again from the last snapshot before the step that diverged, looks at every tensor of that step, and names the first number that
 * is not finite. The trainer then stands where it stood after the step, which changes no weight.
 * @returns null if it was stopped, or if there is no snapshot to begin with.
 */
export async function locateExplosion(trainer: Trainer, recorder: Recorder, step: number, hooks: LocateHooks): Promise<Explosion | null> {
  const before = recorder.rows;
  const again = new Map<number, MetricsRow>();
  const keep = (rows: Float32Array): void => {
    for (let i = Math.max(0, rowCount(rows) - before.length); i < rowCount(rows); i++) {
      const row = metricsRow(rows, i);
      again.set(row.step, row);
    }
  };
  let found: Uint32Array | null = null;
  try {
    if (await recorder.replayTo(step, { ...hooks, onRows: keep })) found = await trainer.lookAtStep(hooks.signal);
  } finally {
    // Also of a search that was cut off: a reset goes on with the settings that the trainer has.
    recorder.applyLatestSettings();
  }
  if (found === null) return null;
  const { sightings, tensors } = readFindings(trainer.run.train.lookedAt, found);
  keep(await trainer.flush());
  const last = again.get(step);
  const diverges = last !== undefined && hasDiverged(last);
  const finding: Finding = !diverges ? { kind: "not repeated" } : sightings.length > 0 ? { kind: "found", sightings } : { kind: "norm" };
  return {
    step,
    precision: trainer.config.precision,
    growth: growthOf(before),
    finding,
    tensors,
    repeats: before.every((row) => isSame(row, again.get(row.step) ?? row)),
  };
}

const isSame = (a: MetricsRow, b: MetricsRow): boolean => Object.is(a.loss, b.loss) && Object.is(a.gradNorm, b.gradNorm);
