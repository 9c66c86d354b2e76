import type { HostArray } from "../plan/executor";

/** Predictions shown for each step. */
export const TOP = 5;

/** Log probabilities of one row of logits, in f64. */
export function logSoftmax(logits: HostArray, offset: number, classes: number): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < classes; i++) largest = Math.max(largest, logits[offset + i] ?? 0);
  let sum = 0;
  for (let i = 0; i < classes; i++) sum += Math.exp((logits[offset + i] ?? 0) - largest);
  const logSum = largest + Math.log(sum);
  return Float64Array.from({ length: classes }, (_, i) => (logits[offset + i] ?? 0) - logSum);
}

/** The classes of the `count` largest values, largest first; of equals the smaller class. */
export function topClasses(values: ArrayLike<number>, count: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    let place = best.length;
    while (place > 0 && value > (values[best[place - 1] ?? 0] ?? 0)) place--;
    if (place >= count) continue;
    best.splice(place, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}
