/** Which steps the charts show; the last two follow the run. */
export type ChartRange =
  | { readonly kind: "all" }
  | { readonly kind: "zoom"; readonly from: number; readonly to: number }
  | { readonly kind: "share"; readonly share: number }
  | { readonly kind: "steps"; readonly steps: number };

/** First and last step of an axis. */
export type Span = readonly [from: number, to: number];

/** No closer than this: single steps are a finger's width apart. */
export const MIN_STEPS = 4;
/** Fewer steps than this are not worth a curve: the last tenth of a young run shows more. */
const FEWEST_RECENT = 50;

/** The steps that a range stands for in a run that goes from `first` to `last`. */
export function spanOf(range: ChartRange, first: number, last: number): Span {
  switch (range.kind) {
    case "all":
      return [first, last];
    case "zoom":
      return [range.from, range.to];
    case "share":
      return [Math.max(first, last - Math.max(FEWEST_RECENT, Math.round((last - first) * range.share))), last];
    case "steps":
      return [Math.max(first, last - range.steps), last];
    default:
      return range satisfies never;
  }
}

const toAxis = (step: number, log: boolean): number => (log ? Math.log(Math.max(1, step)) : step);
const fromAxis = (place: number, log: boolean): number => (log ? Math.exp(place) : place);

/** Where a step lies between the ends of an axis: 0 to 1 inside. */
export const fractionOf = (step: number, [from, to]: Span, log: boolean): number =>
  (toAxis(step, log) - toAxis(from, log)) / (toAxis(to, log) - toAxis(from, log) || 1);

/** The step at a fraction of an axis, not rounded. */
export const stepAt = (fraction: number, [from, to]: Span, log: boolean): number =>
  fromAxis(toAxis(from, log) + fraction * (toAxis(to, log) - toAxis(from, log)), log);

/** A span of whole steps inside `limits`, moved rather than cut where it sticks out; all of them if it holds them all. */
function fitted([from, to]: Span, [first, last]: Span): ChartRange {
  let [low, high] = [Math.round(from), Math.round(to)];
  if (high - low < MIN_STEPS) {
    low = Math.round((from + to - MIN_STEPS) / 2);
    high = low + MIN_STEPS;
  }
  if (high - low >= last - first) return { kind: "all" };
  const shift = Math.max(0, first - low) - Math.max(0, high - last);
  return { kind: "zoom", from: low + shift, to: high + shift };
}

/** The range between two steps, in either order. */
export const rangeBetween = (a: number, b: number, limits: Span): ChartRange =>
  fitted([Math.max(limits[0], Math.min(a, b)), Math.min(limits[1], Math.max(a, b))], limits);

/** Shows `factor` times as much, with the step `centre` staying where it is. */
export function zoomed(span: Span, centre: number, factor: number, limits: Span, log: boolean): ChartRange {
  const at = Math.min(1, Math.max(0, fractionOf(centre, span, log)));
  return fitted([stepAt(at - at * factor, span, log), stepAt(at + (1 - at) * factor, span, log)], limits);
}

/** The neighbouring part: `share` of the width later, or earlier if it is negative. */
export const panned = (span: Span, share: number, limits: Span, log: boolean): ChartRange =>
  fitted([stepAt(share, span, log), stepAt(1 + share, span, log)], limits);

/** Two fingers hold two steps: the range in which these lie under the fingers' new places (fractions of the axis). */
export function pinched(span: Span, before: Span, after: Span, limits: Span, log: boolean): ChartRange {
  const held = after[1] - after[0];
  if (Math.abs(held) < 0.02) return fitted(span, limits);
  const scale = (before[1] - before[0]) / held;
  const start = before[0] - after[0] * scale;
  return fitted([stepAt(start, span, log), stepAt(start + scale, span, log)], limits);
}
