import { HORIZON_FLOOR } from "../../horizon";
import type { ScaleKind } from "./quantities";

/** What the ends of a colour scale stand for. A log range is of whole or fixed powers, always positive. */
export interface ValueRange {
  readonly kind: "log" | "linear";
  readonly low: number;
  readonly high: number;
}

/** A log range spans two decades at least, so that noise does not look like structure. */
const MIN_DECADES = 2;
/** Ends of a signed range, which never spans less than a twentieth of what a state can be. */
const BOUNDS = [0.05, 0.1, 0.2, 0.5, 1];
const UNIT: ValueRange = { kind: "linear", low: 0, high: 1 };
const EMPTY: ValueRange = { kind: "log", low: 1e-6, high: 1 };

/** Exactly the number that "1e-5" is; 10 ** -5 is not. */
const powerOfTen = (exponent: number): number => Number(`1e${exponent}`);

/** Smallest and largest of the numbers that a log scale can show, which f32 holds in full; undefined if there are none. */
export function positiveExtent(values: ArrayLike<number>): readonly [min: number, max: number] | undefined {
  let [min, max] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= HORIZON_FLOOR) || !Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return max > 0 ? [min, max] : undefined;
}

/**
 * The range that follows a quantity's values: whole decades, for signed ones a round bound on both sides; shares have all of 0 to 1.
 * A range stays as it was as long as it holds the values and wastes little, so that colours keep their meaning from step to step.
 * @param previous of the same quantity.
 */
export function rangeOf(scale: ScaleKind, previous: ValueRange | undefined, values: ArrayLike<number> | undefined): ValueRange {
  if (scale === "unit") return UNIT;
  if (scale === "log") return followedRange(previous, values && positiveExtent(values));
  let largest = 0;
  for (let i = 0; i < (values?.length ?? 0); i++) {
    const size = Math.abs(values![i]!);
    if (Number.isFinite(size)) largest = Math.max(largest, size);
  }
  const bound = BOUNDS.find((each) => each >= largest) ?? 1;
  const holds = previous !== undefined && previous.high >= bound && previous.high <= 2.5 * bound;
  return holds ? previous : { kind: "linear", low: -bound, high: bound };
}

/** Whole decades around the values; as it was as long as that holds them and wastes no more than a decade. */
export function followedRange(previous: ValueRange | undefined, extent: readonly [min: number, max: number] | undefined): ValueRange {
  if (extent === undefined) return previous ?? EMPTY;
  const high = Math.ceil(Math.log10(extent[1]) - 1e-9);
  const low = Math.min(high - MIN_DECADES, Math.floor(Math.log10(extent[0]) + 1e-9));
  if (previous !== undefined) {
    const [before, after] = [Math.log10(previous.low), Math.log10(previous.high)];
    const holds = before <= low + 1e-9 && after >= high - 1e-9;
    if (holds && after - before <= high - low + 1 + 1e-9) return previous;
  }
  return { kind: "log", low: powerOfTen(low), high: powerOfTen(high) };
}

/** Where a value lies in a range, 0 to 1; beyond its ends at the end. */
export function placeOf(value: number, { kind, low, high }: ValueRange): number {
  const share = kind === "log" ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.min(1, Math.max(0, share));
}

/** Round values inside a range, at most `count`: powers of ten, or quarters. */
export function rangeTicks({ kind, low, high }: ValueRange, count: number): readonly number[] {
  if (kind === "linear") {
    const parts = count >= 5 ? 4 : 2;
    return Array.from({ length: parts + 1 }, (_, i) => low + ((high - low) * i) / parts);
  }
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.max(1, Math.ceil((last - first) / Math.max(1, count - 1)));
  // Counted down from the largest, whose decade is always named.
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => powerOfTen(last - i * every)).toReversed();
}

const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const superscript = (exponent: number): string =>
  String(exponent).replace(/[-\d]/g, (sign) => (sign === "-" ? "⁻" : (raised[Number(sign)] ?? "")));

/** 1, 0.1, 0.01, then 10⁻³; 10, 100, then 10³. Other numbers as 2.5 × 10⁻⁷. */
export function formatPower(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  if (exponent >= -2 && exponent <= 2) return String(Number(value.toPrecision(3)));
  const mantissa = value / 10 ** exponent;
  const round = Number(mantissa.toPrecision(2));
  return round === 1 ? `10${superscript(exponent)}` : `${round} × 10${superscript(exponent)}`;
}
