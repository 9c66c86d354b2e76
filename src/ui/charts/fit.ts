import type { Fit } from "./chartSettings";
import { type Axis, linearAxis, logAxis, powersOfTwoAxis } from "./ticks";

/** How the numbers of a chart are told and spread: counts, fractions of one, or powers of two. */
export type Scale = "number" | "fraction" | "powers";

/** Of the points, this share may lie beyond each end of an axis that is fitted to most values. */
const OUTSIDE = 0.02;

const quantile = (sorted: readonly number[], share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;

interface Fitted {
  readonly lows: readonly number[];
  readonly highs: readonly number[];
  /** What must be inside in any case. */
  readonly inside: readonly number[];
  readonly fit: Fit;
  readonly log: boolean;
  readonly scale: Scale;
}

/** The value axis of a chart with points from `lows` to `highs`. */
export function valueAxis({ lows, highs, inside, fit, log, scale }: Fitted): Axis {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  if (fit === "most" && lows.length > 0) {
    min = quantile(
      lows.toSorted((a, b) => a - b),
      OUTSIDE,
    );
    max = quantile(
      highs.toSorted((a, b) => a - b),
      1 - OUTSIDE,
    );
  } else {
    for (const low of lows) min = Math.min(min, low);
    for (const high of highs) max = Math.max(max, high);
  }
  if (lows.length > 0) {
    for (const value of inside) [min, max] = [Math.min(min, value), Math.max(max, value)];
  }
  if (scale === "powers") return powersOfTwoAxis(min, max);
  if (log) return logAxis(min, max);
  // Accuracy spans 0 to 1 unless a closer look is asked for, so that runs compare at a glance.
  return scale === "fraction" && fit === "all" ? linearAxis(0, 1, 5) : linearAxis(min, max);
}
