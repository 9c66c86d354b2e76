import type { RaceRecord } from "../../race/record";
import { quick } from "../../race/standings";
import { type Axis, linearAxis, logAxis, stepAxis } from "../charts/ticks";
import type { BucketValue } from "../envelope";
import type { RunHistory } from "../series";

/** By which the curves are drawn: steps, or seconds of a contestant's own training time. */
export type RaceAxis = "steps" | "seconds";
export type RaceMetric = "loss" | "accuracy" | "perplexity";

/** Values of one contestant at one place of the axis; null where there is none. */
export interface RacePoint {
  readonly range: readonly [min: number, max: number] | null;
  readonly smooth: number | null;
  /** Validation on the first batches. */
  readonly validation: number | null;
}

export interface RaceRow {
  readonly x: number;
  /** By place in the race. */
  readonly points: readonly RacePoint[];
}

export interface RaceChartData {
  readonly rows: readonly RaceRow[];
  readonly x: Axis;
  readonly y: Axis;
}

export interface CurveOf {
  readonly record: RaceRecord;
  readonly history: RunHistory;
}

/** Places of the axis: about one for three pixels. */
const MAX_ROWS = 240;
const nothing: RacePoint = { range: null, smooth: null, validation: null };

interface Sample {
  readonly x: number;
  readonly value: BucketValue;
}

/** One contestant's curve on the common axis, so that the figures under the cursor are those of the same moment. */
function pointsOf({ record, history }: CurveOf, xs: readonly number[], axis: RaceAxis, metric: RaceMetric, log: boolean): RacePoint[] {
  const convert = metric === "perplexity" ? Math.exp : (value: number): number => value;
  const drawable = (value: number): number | null => (Number.isFinite(value) && (!log || value > 0) ? value : null);
  const place = (step: number): number => (axis === "steps" ? step : record.msAt(step) / 1000);
  const key = metric === "accuracy" ? "accuracy" : "loss";
  const samples = history.buckets([key]).flatMap(({ step, values: [value] }): Sample[] => {
    return value === undefined ? [] : [{ x: place(step), value }];
  });
  const validations = quick(record).map((result) => ({ x: place(result.step), value: key === "loss" ? result.loss : result.accuracy }));
  const end = place(record.steps);
  let [next, nextValidation] = [0, 0];
  return xs.map((x, row) => {
    const isLast = row === xs.length - 1;
    let validation: number | null = null;
    // A result belongs to the nearest place.
    const until = isLast ? Number.POSITIVE_INFINITY : (x + (xs[row + 1] ?? x)) / 2;
    for (let each = validations[nextValidation]; each !== undefined && each.x <= until; each = validations[++nextValidation])
      validation = drawable(convert(each.value));
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const first = next;
    for (let each = samples[next]; each !== undefined && each.x <= x * (1 + 1e-9); each = samples[++next]) {
      min = Math.min(min, each.value.min);
      max = Math.max(max, each.value.max);
    }
    const isPast = x > end * (1 + 1e-9);
    if (isPast || x === 0) return { ...nothing, validation };
    const [before, after] = [samples[next - 1], samples[next]];
    if (next === first) {
      // Between two buckets, or within the first.
      const value = before ?? after;
      [min, max] = value === undefined ? [Number.NaN, Number.NaN] : [value.value.min, value.value.max];
    }
    const [low, high] = [drawable(convert(min)), drawable(convert(max))];
    return {
      range: low === null || high === null ? null : [low, high],
      smooth: drawable(convert(between(before, after, x))),
      validation,
    };
  });
}

function between(before: Sample | undefined, after: Sample | undefined, x: number): number {
  if (before === undefined) return after?.value.smooth ?? Number.NaN;
  if (after === undefined || after.x <= before.x) return before.value.smooth;
  const share = Math.min(1, Math.max(0, (x - before.x) / (after.x - before.x)));
  return before.value.smooth + (after.value.smooth - before.value.smooth) * share;
}

/** What a chart of a race shows: all contestants on one axis, from 0 to where the last of them is. */
export function raceChartData(curves: readonly (CurveOf | undefined)[], axis: RaceAxis, metric: RaceMetric, log: boolean): RaceChartData {
  const ends = curves.map((curve) => (curve === undefined ? 0 : axis === "steps" ? curve.record.steps : curve.record.ms / 1000));
  const end = Math.max(0, ...ends);
  const count = axis === "steps" ? Math.min(MAX_ROWS, end) : end > 0 ? MAX_ROWS : 0;
  const xs = count === 0 ? [] : Array.from({ length: count + 1 }, (_, i) => (end * i) / count);
  const columns = curves.map((curve) => (curve === undefined ? xs.map(() => nothing) : pointsOf(curve, xs, axis, metric, log)));
  const rows = xs.map((x, i): RaceRow => ({ x, points: columns.map((points) => points[i] ?? nothing) }));
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { points } of rows) {
    for (const { range, validation } of points) {
      min = Math.min(min, range?.[0] ?? min, validation ?? min);
      max = Math.max(max, range?.[1] ?? max, validation ?? max);
    }
  }
  const y = log ? logAxis(min, max) : metric === "accuracy" ? linearAxis(0, 1, 5) : linearAxis(min, max);
  return { rows, x: secondsAxis(end, axis), y };
}

/** Seconds may be few: their ticks need not be whole. */
function secondsAxis(end: number, axis: RaceAxis): Axis {
  if (axis === "steps") return stepAxis(end);
  if (end === 0) return { domain: [0, 1], ticks: [0] };
  const { ticks } = linearAxis(0, end, 6);
  return { domain: [0, end], ticks: ticks.filter((tick) => tick <= end) };
}
