import type { HorizonColumn, ProbeFrame } from "./probes";

/**
 * How far back a gradient reaches: the norm of the last step's loss' gradient over the distance from that loss, and the half-life that
 * describes it. Defined and discussed in docs/diagnosis.md.
 */

/**
 * Norms below this are not trusted: spread over some ten thousand hidden values, they come near the smallest numbers that f32 holds.
 * There is no floor relative to the largest norm, because each step back multiplies the gradient and so keeps its relative precision.
 */
export const HORIZON_FLOOR = 1e-30;

/** Distances that the fit looks at: all of a short sequence, evenly spread ones of a long one. */
const MAX_FITTED = 64;
/** With fewer distances than this, a slope says nothing. */
const MIN_FITTED = 4;

/** Why a curve can be followed no further: it came to the first step, to 0, under the floor, or to a number that is not finite. */
export type HorizonEnd = "sequence" | "zero" | "floor" | "not-finite";

export interface GradientHorizon {
  /** Change of ln(norm) per step of distance, the median over all pairs of distances (Theil 1950, Sen 1968); NaN if there are too few. */
  readonly slope: number;
  /** Steps in which the norm halves; Infinity if it does not shrink, NaN without a slope. */
  readonly halfLifeSteps: number;
  /** Steps in which the norm doubles; Infinity if it does not grow, NaN without a slope. */
  readonly doublingSteps: number;
  /** Half of the norms lie within this factor of the fitted line, 1 being on it; NaN without a slope. */
  readonly spread: number;
  /** The fitted line: norm at distance 0; NaN without a slope. */
  readonly intercept: number;
  /** The furthest distance whose norm counts; -1 if none does. */
  readonly reach: number;
  readonly end: HorizonEnd;
  /** Norm at `reach` over norm at distance 0; 0 if the curve fell to zero or under the floor, NaN if it has no start or is not finite. */
  readonly left: number;
}

const median = (sorted: Float64Array): number => {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

function followed(norms: ArrayLike<number>, floor: number): { readonly count: number; readonly end: HorizonEnd } {
  for (let distance = 0; distance < norms.length; distance++) {
    const norm = norms[distance]!;
    if (!Number.isFinite(norm)) return { count: distance, end: "not-finite" };
    if (norm === 0) return { count: distance, end: "zero" };
    if (norm < floor) return { count: distance, end: "floor" };
  }
  return { count: norms.length, end: "sequence" };
}

/** Slope, intercept and spread of ln(norm) over the first `count` distances. */
function fitted(norms: ArrayLike<number>, count: number): Pick<GradientHorizon, "slope" | "intercept" | "spread"> {
  const points = Math.min(count, MAX_FITTED);
  const distances = Float64Array.from({ length: points }, (_, i) => Math.round((i * (count - 1)) / (points - 1)));
  const logs = distances.map((distance) => Math.log(norms[distance]!));
  const slopes = new Float64Array((points * (points - 1)) / 2);
  let pair = 0;
  for (let i = 0; i < points; i++) {
    for (let j = i + 1; j < points; j++) slopes[pair++] = (logs[j]! - logs[i]!) / (distances[j]! - distances[i]!);
  }
  const slope = median(slopes.sort());
  const level = median(logs.map((log, i) => log - slope * distances[i]!).sort());
  const spread = median(logs.map((log, i) => Math.abs(log - level - slope * distances[i]!)).sort());
  return { slope, intercept: Math.exp(level), spread: Math.exp(spread) };
}

/**
 * Describes a curve of gradient norms. The slope is the median over pairs, not least squares, so that what happens close to the loss
 * (where the gradient leaves the head and enters the gates) or at a few odd steps (blank rows of a digit) does not tilt it.
 * @param norms by distance from the loss: norms[0] at the loss' own step.
 * @param floor norms below it are not trusted, see HORIZON_FLOOR.
 */
export function gradientHorizon(norms: ArrayLike<number>, floor = HORIZON_FLOOR): GradientHorizon {
  const { count, end } = followed(norms, floor);
  const fit = count < MIN_FITTED ? { slope: Number.NaN, intercept: Number.NaN, spread: Number.NaN } : fitted(norms, count);
  const start = norms[0] ?? Number.NaN;
  const measured = count === 0 || end === "not-finite" ? Number.NaN : norms[count - 1]! / start;
  return {
    ...fit,
    halfLifeSteps: fit.slope < 0 ? -Math.LN2 / fit.slope : Number.isNaN(fit.slope) ? Number.NaN : Number.POSITIVE_INFINITY,
    doublingSteps: fit.slope > 0 ? Math.LN2 / fit.slope : Number.isNaN(fit.slope) ? Number.NaN : Number.POSITIVE_INFINITY,
    reach: count - 1,
    end,
    left: count > 0 && (end === "zero" || end === "floor") ? 0 : measured,
  };
}

/**
 * What carries the gradient through time: the LSTM's cell state, else the hidden state. An LSTM's hidden state gets most of its gradient
 * from the head at its own step, which says nothing of the way back.
 */
export const carriedColumn = ({ layout }: ProbeFrame): HorizonColumn => (layout.cell === "lstm" ? "dCell" : "dHidden");

/**
 * Norms of a frame's horizon by distance from the loss.
 * @param layer undefined for all layers together: the root of the sum of their squares.
 */
export function horizonNorms(frame: ProbeFrame, layer: number | undefined, column: HorizonColumn = carriedColumn(frame)): Float64Array {
  const { steps, layers } = frame.layout;
  return Float64Array.from({ length: steps }, (_, distance) => {
    const t = steps - 1 - distance;
    if (layer !== undefined) return frame.horizon(layer, t, column);
    return Math.hypot(...Array.from({ length: layers }, (_unused, each) => frame.horizon(each, t, column)));
  });
}
