import { formatCount, formatPowerOfTwo, formatTick } from "../format";
import type { Scale } from "./fit";

const distinct = (labels: readonly string[]): boolean => new Set(labels).size === labels.length;

/** Names the ticks of steps: 12k, or 12,340 where that would name two ticks alike. */
export function stepLabels(ticks: readonly number[]): (step: number) => string {
  return distinct(ticks.map(formatTick)) && ticks.every((step) => step < 1e4 || step % 100 === 0) ? formatTick : formatCount;
}

/** Names the ticks of values with as many digits as tell them apart. */
export function valueLabels(ticks: readonly number[], scale: Scale): (value: number) => string {
  if (scale === "powers") return formatPowerOfTwo;
  const factor = scale === "fraction" ? 100 : 1;
  const short = (value: number): string => formatTick(value * factor);
  if (distinct(ticks.map(short))) return short;
  for (let digits = 4; digits < 8; digits++) {
    const long = (value: number): string => String(Number((value * factor).toPrecision(digits)));
    if (distinct(ticks.map(long))) return long;
  }
  return short;
}
