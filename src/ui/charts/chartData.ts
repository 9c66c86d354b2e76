import type { BucketValue } from "../envelope";
import type { Metric, RunHistory } from "../series";
import type { SeriesBucket } from "../seriesTable";
import type { ChartSettings } from "./chartSettings";
import { type Scale, valueAxis } from "./fit";
import { type Span, spanOf } from "./ranges";
import { type Axis, logStepAxis, stepAxis } from "./ticks";

/** Smallest and largest of a point's values. */
export type Extremes = readonly [low: number, high: number];

/** One drawn point: null is a gap. */
export interface ChartRow {
  /** The steps that it stands for; it is drawn at the last. */
  readonly firstStep: number;
  readonly step: number;
  /** For each series its extremes, and its running mean or last value. */
  readonly ranges: readonly (Extremes | null)[];
  readonly lines: readonly (number | null)[];
  readonly validation: number | null;
  /** Steps that were skipped, in the chart of the loss scale; null if none was. */
  readonly skipped: number | null;
  /** Share of the steps in which the gradient was clipped, in its chart. */
  readonly clipped: number;
}

export interface ChartData {
  /** Those shown, and a neighbour on each side. */
  readonly rows: readonly ChartRow[];
  readonly x: Axis;
  readonly y: Axis;
  readonly logX: boolean;
  readonly logY: boolean;
  /** Share of the steps shown in which the gradient was clipped; NaN where that is not asked. */
  readonly clippedShare: number;
}

type Convert = (value: number) => number;

/** One line of a chart, of a column of the data that it is made of. */
export interface SeriesSource {
  readonly convert?: Convert;
  /** The last value of a point stands for it, not the running mean. */
  readonly held?: boolean;
}

export interface ChartOptions extends ChartSettings {
  /** Of the values. */
  readonly log: boolean;
  readonly scale?: Scale;
  /** A line that must be inside the picture. */
  readonly threshold?: number | undefined;
  /** The gradient's chart has its largest magnitude as a third line. */
  readonly largest?: boolean;
}

const same: Convert = (value) => value;

/** Only finite values can be drawn, and on a log axis only positive ones. */
const drawable = (value: number, log: boolean): number | null => (Number.isFinite(value) && (!log || value > 0) ? value : null);

function extremes(value: BucketValue | undefined, convert: Convert, log: boolean): Extremes | null {
  if (value === undefined) return null;
  const [low, high] = [drawable(convert(value.min), log), drawable(convert(value.max), log)];
  return low === null || high === null ? null : [low, high];
}

/** The rows of a chart's lines; `values[i]` of a bucket belongs to `sources[i]`. */
export function lineRows(buckets: readonly SeriesBucket[], sources: readonly SeriesSource[], log: boolean): ChartRow[] {
  return buckets.map(({ firstStep, step, values }) => ({
    firstStep,
    step,
    ranges: sources.map(({ convert = same }, i) => extremes(values[i], convert, log)),
    lines: sources.map(({ convert = same, held = false }, i) => {
      const value = values[i];
      return value === undefined ? null : drawable(convert(held ? value.last : value.smooth), log);
    }),
    validation: null,
    skipped: null,
    clipped: 0,
  }));
}

export const isShown = ({ step }: Pick<ChartRow, "step">, [from, to]: Span): boolean => step >= from && step <= to;

/** Axes around rows. */
export function chartOf(rows: readonly ChartRow[], [from, to]: Span, options: ChartOptions): ChartData {
  const { log, logSteps, fit, scale = "number", threshold } = options;
  const shown = rows.filter((row) => isShown(row, [from, to]));
  const ranges = shown.flatMap((row) => [
    ...row.ranges.filter((range) => range !== null),
    ...(row.validation === null ? [] : [[row.validation, row.validation] as const]),
  ]);
  const inside = [...(shown.at(-1)?.lines ?? []), threshold].filter((value) => value !== undefined && value !== null);
  return {
    rows,
    x: logSteps ? logStepAxis(to, from) : stepAxis(to, from),
    y: valueAxis({ lows: ranges.map(([low]) => low), highs: ranges.map(([, high]) => high), inside, fit, log, scale }),
    logX: logSteps,
    logY: log || scale === "powers",
    clippedShare: Number.NaN,
  };
}

export type ChartKind = "loss" | "accuracy" | "perplexity" | "gradient" | "lossScale" | "underflow";

interface Drawn {
  readonly metrics: readonly Metric[];
  readonly sources: readonly SeriesSource[];
  readonly scale?: Scale;
  readonly validation?: (result: { readonly loss: number; readonly accuracy: number }) => number;
}

const drawn: Readonly<Record<ChartKind, Drawn>> = {
  loss: { metrics: ["loss"], sources: [{}], validation: ({ loss }) => loss },
  accuracy: { metrics: ["accuracy"], sources: [{}], scale: "fraction", validation: ({ accuracy }) => accuracy },
  perplexity: { metrics: ["loss"], sources: [{ convert: Math.exp }], validation: ({ loss }) => Math.exp(loss) },
  gradient: { metrics: ["gradNorm", "gradNormClipped", "gradLargest", "clipped"], sources: [{}, {}, {}] },
  lossScale: { metrics: ["lossScale", "skippedSteps"], sources: [{ held: true }], scale: "powers" },
  underflow: { metrics: ["underflow"], sources: [{}] },
};

/** The columns of the run's metrics that a chart is made of. */
export const metricsOf = (kind: ChartKind): readonly Metric[] => drawn[kind].metrics;

/** Puts validation results on the points whose steps they fall into; the last of a point counts. */
function withValidations(rows: ChartRow[], history: RunHistory, of: NonNullable<Drawn["validation"]>, log: boolean): void {
  let at = 0;
  for (const result of history.validations) {
    while (at < rows.length - 1 && rows[at]!.step < result.step) at++;
    const row = rows[at];
    // The last point of the run also takes a result that comes before its own row.
    const isBeyond = row !== undefined && result.step > row.step && row.step < history.lastStep;
    if (row === undefined || result.step < row.firstStep || isBeyond) continue;
    rows[at] = { ...row, validation: drawable(of(result), log) };
  }
}

/** The results just before and after a part of the run, so that its line of validation leads out of it. */
function withOuterValidations(
  rows: readonly ChartRow[],
  history: RunHistory,
  of: NonNullable<Drawn["validation"]>,
  log: boolean,
): ChartRow[] {
  const [first, last] = [rows[0]?.firstStep ?? 0, rows.at(-1)?.step ?? 0];
  const before = history.validations.findLast(({ step }) => step < first);
  const after = history.validations.find(({ step }) => step > last && step <= history.lastStep);
  const rowOf = (result: typeof before): ChartRow[] =>
    result === undefined
      ? []
      : [
          {
            firstStep: result.step,
            step: result.step,
            ranges: [],
            lines: [],
            validation: drawable(of(result), log),
            skipped: null,
            clipped: 0,
          },
        ];
  return [...rowOf(before), ...rows, ...rowOf(after)];
}

/** How many steps of each point were skipped; null for none. */
function withSkipped(rows: ChartRow[], buckets: readonly SeriesBucket[], skippedBefore: number): void {
  let before = skippedBefore;
  buckets.forEach(({ values }, i) => {
    const until = values[1]?.last ?? before;
    rows[i] = { ...rows[i]!, skipped: until > before ? until - before : null };
    before = until;
  });
}

/** What a chart of the run shows. */
export function chartData(history: RunHistory, kind: ChartKind, options: ChartOptions): ChartData {
  const { metrics, sources: all, scale, validation } = drawn[kind];
  const sources = kind === "gradient" && options.largest !== true ? all.slice(0, 2) : all;
  const { smoothing, logSteps, range } = options;
  const log = options.log || scale === "powers";
  const first = logSteps ? Math.max(1, history.startStep + 1) : history.startStep;
  const span = spanOf(range, first, Math.max(history.lastStep, first + 1));
  const buckets = history.buckets(metrics, {
    from: span[0],
    to: span[1],
    log: logSteps,
    smoothing,
    smoothed: sources.filter(({ held }) => held !== true).length,
  });
  const rows = lineRows(buckets, sources, log);
  if (validation !== undefined) withValidations(rows, history, validation, log);
  if (kind === "lossScale") {
    const isWhole = (buckets[0]?.firstStep ?? 0) <= history.table.firstStep;
    // Of a part, the first point is a neighbour and shows no skipped steps.
    withSkipped(rows, buckets, isWhole ? history.skippedBefore : (buckets[0]?.values[1]?.last ?? 0));
  }
  const surrounded = validation === undefined || rows.length === 0 ? rows : withOuterValidations(rows, history, validation, log);
  const data = chartOf(surrounded, span, { ...options, log, ...(scale !== undefined && { scale }) });
  if (kind !== "gradient") return data;
  const shares = buckets.map(({ values }) => values[3]?.mean ?? 0);
  const [clipped, counted] = buckets
    .filter((bucket) => isShown(bucket, span))
    .reduce(
      ([sum, count], { values: [norm, , , flag] }) => [sum + (flag?.mean ?? 0) * (flag?.count ?? 0), count + (norm?.count ?? 0)],
      [0, 0],
    );
  return {
    ...data,
    rows: rows.map((row, i) => ({ ...row, clipped: shares[i] ?? 0 })),
    clippedShare: counted! > 0 ? clipped! / counted! : Number.NaN,
  };
}

/** The row whose steps hold `step`, else the nearest; undefined if there is none. */
export function rowAt(rows: readonly ChartRow[], step: number): ChartRow | undefined {
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.step < step) low = middle + 1;
    else high = middle;
  }
  const [after, before] = [rows[low], rows[low - 1]];
  if (after === undefined || before === undefined || after.firstStep <= step) return after;
  return step - before.step < after.firstStep - step ? before : after;
}
