import { agrees, type Tolerance } from "../shaders/cases/tolerance";
import type { Expected } from "./case";

/** How far a tensor is from what it should be. */
export interface Difference {
  readonly passed: boolean;
  /** Largest |actual - expected|; infinite where one is not a number. */
  readonly absolute: number;
  /** Largest |actual - expected| / |expected| where |expected| is above the absolute tolerance: below, the ratio would tell of rounding only. */
  readonly relative: number;
  /** The number that is furthest from what it should be, measured by the tolerance. */
  readonly at: number;
  readonly actual: number;
  readonly expected: number;
}

/** Compares number by number: |actual - expected| <= abs + rel * |expected|. @throws RangeError if the lengths differ or are 0. */
export function compareNumbers(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance): Difference {
  if (actual.length !== expected.length || expected.length === 0) {
    throw new RangeError(`${actual.length} numbers cannot be compared with ${expected.length}`);
  }
  let passed = true;
  let absolute = 0;
  let relative = 0;
  let worst = -1;
  let at = 0;
  for (let i = 0; i < expected.length; i++) {
    const got = actual[i]!;
    const want = expected[i]!;
    const distance = distanceOf(got, want);
    const agreed = agrees(got, want, tolerance);
    absolute = Math.max(absolute, distance);
    if (Math.abs(want) > tolerance.abs) relative = Math.max(relative, ratio(distance, Math.abs(want)));
    // What fails comes before what passes, also where the tolerance is zero.
    const badness = ratio(distance, tolerance.abs + tolerance.rel * Math.abs(want)) + (agreed ? 0 : 1);
    if (badness > worst) {
      worst = badness;
      at = i;
    }
    passed &&= agreed;
  }
  return { passed, absolute, relative, at, actual: actual[at]!, expected: expected[at]! };
}

function distanceOf(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  const distance = Math.abs(a - b);
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
}

/** distance / unit, where 0 / 0 is no distance and infinity / infinity an infinite one. */
function ratio(distance: number, unit: number): number {
  if (distance === 0) return 0;
  return Number.isFinite(distance) ? distance / unit : distance;
}

/** One quantity of a case, compared. */
export interface QuantityResult extends Difference {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Compares one quantity with what PyTorch computed. */
export function compareQuantity({ name, shape, values }: Expected, actual: ArrayLike<number>, tolerance: Tolerance): QuantityResult {
  return { name, shape, ...compareNumbers(actual, values, tolerance) };
}
