import type { ElementType } from "../kernel";

/** A value may differ from the oracle's by abs + rel * |oracle|. */
export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
}

/** What a device's results may differ from the f64 twin's, by type; a case may name its own with a reason. */
export const defaultTolerance: Readonly<Record<ElementType, Tolerance>> = {
  f32: { abs: 2e-5, rel: 2e-4 },
  // Rounding to f16 changes a number by up to 2^-11 of itself. What a kernel stores and reads again, such as a gate of order 1, hands
  // its own rounding on to results that may be much smaller.
  f16: { abs: 2 ** -10, rel: 2 ** -10 },
  u32: { abs: 0, rel: 0 },
};

/** Not-a-number agrees only with not-a-number, an infinity only with itself. */
export function agrees(actual: number, expected: number, { abs, rel }: Tolerance): boolean {
  if (Number.isFinite(actual) && Number.isFinite(expected)) return Math.abs(actual - expected) <= abs + rel * Math.abs(expected);
  return Object.is(actual, expected);
}
