/** An axis that ends on round numbers. */
export interface Axis {
  readonly domain: readonly [min: number, max: number];
  readonly ticks: readonly number[];
}

const round = (value: number): number => Number(value.toPrecision(12));

/** The step 1, 2 or 5 times a power of ten that cuts `span` into about `count` parts. */
function niceStep(span: number, count: number): number {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return factor * power;
}

/** Steps from exactly `from` to exactly `last`, with round ticks. */
export function stepAxis(last: number, from = 0, count = 6): Axis {
  if (!(last > from)) return { domain: [from, from + 1], ticks: [from] };
  const step = Math.max(1, niceStep(last - from, count));
  const first = Math.ceil(from / step);
  const ticks = Array.from({ length: Math.floor(last / step) - first + 1 }, (_, i) => round((first + i) * step));
  return { domain: [from, last], ticks };
}

/** The same on a logarithmic axis: powers of ten, where these are few also 2 and 5 between them. `from` is at least 1. */
export function logStepAxis(last: number, from: number): Axis {
  const [low, high] = [Math.max(1, from), Math.max(last, Math.max(1, from) + 1)];
  const factors = high / low > 1000 ? [1] : high / low > 8 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const factor of factors) ticks.push(round(factor * 10 ** power));
  }
  const inside = ticks.filter((tick) => tick >= low && tick <= high && Number.isInteger(tick));
  // Within less than half a decade, steps that are round on a linear axis say more.
  return { domain: [low, high], ticks: inside.length >= 2 ? inside : stepAxis(high, low, 4).ticks };
}

/** Rounds outwards to whole tick steps; starts at 0 where that wastes less than half of the height. */
export function linearAxis(min: number, max: number, count = 4): Axis {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return { domain: [0, 1], ticks: [0, 0.5, 1] };
  const low = min >= 0 && min < max / 2 ? 0 : min;
  const span = max - low || Math.abs(max) || 1;
  const step = niceStep(span, count);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil((low + span) / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => round((first + i) * step));
  return { domain: [ticks[0] ?? 0, ticks.at(-1) ?? 1], ticks };
}

/** Powers of two with half a one to spare at both ends, a whole one around a single value; about `count` of them are named. */
export function powersOfTwoAxis(min: number, max: number, count = 4): Axis {
  if (!(min > 0) || !Number.isFinite(max) || max < min) return { domain: [0.5, 1], ticks: [0.5, 1] };
  const lowest = Math.floor(Math.log2(min));
  const highest = Math.ceil(Math.log2(max));
  const alone = lowest === highest;
  const [low, high] = alone ? [lowest - 1, highest + 1] : [lowest, highest];
  const spare = alone ? 0 : 0.5;
  const every = Math.ceil((high - low) / count);
  const ticks = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => 2 ** (low + i * every));
  return { domain: [2 ** (low - spare), 2 ** (high + spare)], ticks };
}

/** Powers of ten, with 2 and 5 between them where the range is short. Values must be positive. */
export function logAxis(min: number, max: number): Axis {
  if (!(min > 0) || !Number.isFinite(max) || max < min) return { domain: [0.1, 1], ticks: [0.1, 1] };
  const decades = Math.log10(max / min);
  const factors = decades > 3 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5];
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(min)) - 1; power <= Math.ceil(Math.log10(max)) + 1; power++) {
    for (const factor of factors) all.push(round(factor * 10 ** power));
  }
  const below = all.filter((tick) => tick <= min * 1.0001).at(-1) ?? min;
  const above = all.find((tick) => tick >= max * 0.9999 && tick > below) ?? max;
  const every = Math.ceil(decades / 6);
  const inside = all.filter((tick) => tick >= below && tick <= above);
  const ticks = decades > 6 ? inside.filter((_, i) => i % every === 0) : inside;
  return { domain: [below, above], ticks };
}
