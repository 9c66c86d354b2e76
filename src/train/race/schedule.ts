import type { RunConfig } from "../../config";
import { METRICS_CAPACITY } from "../../model/training";
import type { DeviceFacts } from "../../plan/executor";

/** How long the fastest contestant's slice should take: long enough that waiting for the device at both ends is lost in it. */
const SLICE_MS = 150;
/**
 * In a short race slices become shorter, so that there are rounds enough to see a spread, but no shorter than this. Waiting for a GPU
 * takes the better part of a millisecond, for the CPU none.
 */
const SHORTEST_MS = { webgpu: 40, cpu: 10 } as const;
const ROUNDS = 20;
/** The metrics ring must not come round within a slice. */
const MOST_STEPS = METRICS_CAPACITY / 2;
/** Validations of a race, about; each takes time, though no training time. */
const VALIDATIONS = 10;

export interface Schedule {
  /** Longest slice, in steps; at a validation a slice ends early. */
  readonly slice: number;
  /** Steps between two validations. */
  readonly every: number;
}

/**
 * How a race of `last` steps (Infinity where minutes end it) is cut.
 * @param msPerStep of each contestant, as warming up showed.
 */
export function raceSchedule(
  { validation }: Pick<RunConfig, "validation">,
  executor: DeviceFacts["executor"],
  last: number,
  msPerStep: readonly number[],
): Schedule {
  const fastest = Math.max(1e-3, Math.min(...msPerStep));
  const wanted = Math.min(Math.round(SLICE_MS / fastest), Math.ceil(last / ROUNDS));
  const slice = Math.max(1, Math.min(Math.max(wanted, Math.ceil(SHORTEST_MS[executor] / fastest)), MOST_STEPS, last));
  return { slice, every: Math.min(last, Math.max(2 * slice, Math.min(validation.every, Math.ceil(last / VALIDATIONS)))) };
}

/** Steps of the next slice, so that the slices until `stop` are as equal as they can be. */
export function nextSlice(step: number, stop: number, slice: number): number {
  const left = stop - step;
  return Math.ceil(left / Math.ceil(left / slice));
}
