import type { MetricsRow } from "./metrics";

/** A number that rose until the last step at which it was finite. */
export interface Rise {
  /** The first step that was above the level before. */
  readonly since: number;
  /** It may have begun before: the steps that are known all rise, and are not the run's first. */
  readonly orBefore: boolean;
  /** The last. */
  readonly until: number;
  /** By how much it rose from one step to the next. */
  readonly perStep: number;
}

/** What the last steps before a run diverged tell. */
export interface Growth {
  /** Null where it gave no warning, or where too few steps are known. */
  readonly norm: Rise | null;
  readonly loss: Rise | null;
  /** The middle one of the gradient's norms before they rose: what clipping may go by. Null if none was finite. */
  readonly healthyNorm: number | null;
}

export function growthOf(rows: readonly MetricsRow[]): Growth {
  const norm = riseOf(rows, "gradNorm");
  const healthy = rows.filter(({ step }) => norm === null || step < norm.since).map(({ gradNorm }) => gradNorm);
  return { norm, loss: riseOf(rows, "loss"), healthyNorm: median(healthy.filter(Number.isFinite)) };
}

/** Fewer finite numbers say nothing. */
const FEWEST = 4;
/** A rise of less than this from its beginning to its end is the noise of batches. */
const LEAST_RISE = 4;

interface Point {
  readonly step: number;
  readonly log: number;
}

/**
 * Fits a level, and from some step on a straight rise, to the logarithm of a metric: least squares over every step at which the rise may
 * begin. Steps at which it is not finite, or 0, are left out.
 */
function riseOf(rows: readonly MetricsRow[], metric: "loss" | "gradNorm"): Rise | null {
  const points = rows.flatMap(({ step, [metric]: value }): Point[] =>
    Number.isFinite(value) && value > 0 ? [{ step, log: Math.log(value) }] : [],
  );
  const last = points.at(-1);
  if (points.length < FEWEST || last === undefined) return null;
  let best = { error: Number.POSITIVE_INFINITY, slope: 0, from: 0 };
  for (const { step: from } of points.slice(0, -1)) {
    const fit = fitRise(points, from);
    if (fit.error < best.error) best = { ...fit, from };
  }
  if (best.slope * (last.step - best.from) < Math.log(LEAST_RISE)) return null;
  const orBefore = best.from === points[0]?.step && best.from > 1;
  return { since: best.from + 1, orBefore, until: last.step, perStep: Math.exp(best.slope) };
}

/** log = level + slope * max(0, step - from). */
function fitRise(points: readonly Point[], from: number) {
  const xs = points.map(({ step }) => Math.max(0, step - from));
  const [meanX, meanY] = [mean(xs), mean(points.map(({ log }) => log))];
  let [xy, xx] = [0, 0];
  for (const [i, { log }] of points.entries()) {
    const dx = (xs[i] ?? 0) - meanX;
    xy += dx * (log - meanY);
    xx += dx * dx;
  }
  const slope = xx === 0 ? 0 : xy / xx;
  const error = points.reduce((sum, { log }, i) => sum + (log - meanY - slope * ((xs[i] ?? 0) - meanX)) ** 2, 0);
  return { slope, error };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
