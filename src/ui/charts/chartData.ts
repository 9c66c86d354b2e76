import type { Bucket, BucketValue, RunHistory, TrackedMetric } from "../series";
import { type Axis, linearAxis, logAxis, powersOfTwoAxis, stepAxis } from "./ticks";

/** One drawn point: null is a gap. */
export interface ChartRow {
  readonly step: number;
  /** Two values: the extremes of the bucket. */
  readonly range: readonly [low: number, high: number] | null;
  /** The running mean; of the loss scale, which holds until it changes, the last value. */
  readonly smooth: number | null;
  /** Second series: the same for the norm after clipping. */
  readonly range2: readonly [low: number, high: number] | null;
  readonly smooth2: number | null;
  readonly validation: number | null;
  /** Steps of the bucket that were skipped, in the chart of the loss scale; null if none was. */
  readonly skipped: number | null;
}

export interface ChartData {
  readonly rows: readonly ChartRow[];
  readonly x: Axis;
  readonly y: Axis;
}

export type ChartKind = "loss" | "accuracy" | "perplexity" | "gradient" | "lossScale" | "underflow";
type Convert = (value: number) => number;

const metricOf: Readonly<Record<ChartKind, TrackedMetric>> = {
  loss: "loss",
  accuracy: "accuracy",
  perplexity: "loss",
  gradient: "gradNorm",
  lossScale: "lossScale",
  underflow: "underflow",
};
const validated: ReadonlySet<ChartKind> = new Set(["loss", "accuracy", "perplexity"]);
const same: Convert = (value) => value;

/** Only finite values can be drawn, and on a log axis only positive ones. */
const drawable = (value: number, log: boolean): number | null => (Number.isFinite(value) && (!log || value > 0) ? value : null);

function drawnRange(value: BucketValue | undefined, convert: Convert, log: boolean): readonly [number, number] | null {
  if (value === undefined) return null;
  const [low, high] = [drawable(convert(value.min), log), drawable(convert(value.max), log)];
  return low === null || high === null ? null : [low, high];
}

const drawnSmooth = (value: BucketValue | undefined, convert: Convert, log: boolean): number | null =>
  value === undefined ? null : drawable(convert(value.smooth), log);

/** Validation results by the bucket whose steps they fall into; the last of a bucket counts. */
function validationByBucket(history: RunHistory, buckets: readonly Bucket[], kind: ChartKind, log: boolean): (number | null)[] {
  const values: (number | null)[] = buckets.map(() => null);
  if (!validated.has(kind)) return values;
  let bucket = 0;
  for (const { step, loss, accuracy } of history.validations) {
    while (bucket < buckets.length - 1 && (buckets[bucket]?.step ?? 0) < step) bucket++;
    const value = kind === "accuracy" ? accuracy : kind === "perplexity" ? Math.exp(loss) : loss;
    if (bucket < values.length) values[bucket] = drawable(value, log);
  }
  return values;
}

/** How many steps of each bucket were skipped; null for none. */
function skippedByBucket(history: RunHistory, buckets: readonly Bucket[]): (number | null)[] {
  let before = history.skippedBefore;
  return buckets.map(({ values: { skippedSteps } }) => {
    const until = skippedSteps?.last ?? before;
    const skipped = until - before;
    before = until;
    return skipped > 0 ? skipped : null;
  });
}

/** An axis that holds everything drawn; accuracy always spans 0 to 1, so that runs compare at a glance. */
function valueAxis(rows: readonly ChartRow[], kind: ChartKind, log: boolean, threshold: number | undefined): Axis {
  const values = rows.flatMap(({ range, range2, validation }) => [
    ...(range ?? []),
    ...(range2 ?? []),
    ...(validation === null ? [] : [validation]),
  ]);
  if (threshold !== undefined && values.length > 0) values.push(threshold);
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  if (kind === "lossScale") return powersOfTwoAxis(min, max);
  if (log) return logAxis(min, max);
  return kind === "accuracy" ? linearAxis(0, 1, 5) : linearAxis(min, max);
}

/** What a chart of the run shows; `threshold` is a line that must be inside the picture. */
export function chartData(history: RunHistory, kind: ChartKind, log: boolean, threshold?: number): ChartData {
  const buckets = history.buckets();
  const validations = validationByBucket(history, buckets, kind, log);
  const skipped = kind === "lossScale" ? skippedByBucket(history, buckets) : [];
  const convert = kind === "perplexity" ? Math.exp : same;
  const rows = buckets.map(({ step, values }, i): ChartRow => {
    const value = values[metricOf[kind]];
    const second = kind === "gradient" ? values.gradNormClipped : undefined;
    return {
      step,
      range: drawnRange(value, convert, log),
      smooth: kind === "lossScale" ? (value?.last ?? null) : drawnSmooth(value, convert, log),
      range2: drawnRange(second, same, log),
      smooth2: drawnSmooth(second, same, log),
      validation: validations[i] ?? null,
      skipped: skipped[i] ?? null,
    };
  });
  return { rows, x: stepAxis(rows.at(-1)?.step ?? 0, history.startStep), y: valueAxis(rows, kind, log, threshold) };
}
