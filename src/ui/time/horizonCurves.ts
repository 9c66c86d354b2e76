import { type GradientHorizon, gradientHorizon, HORIZON_FLOOR, horizonNorms } from "../../horizon";
import type { HorizonColumn } from "../../probes";
import type { KeptFrame } from "../probeHistory";

/** Points of a curve that is drawn: more than its pixels would not be seen. */
const MAX_POINTS = 320;
/** Earlier horizons behind the present one. */
const MAX_EARLIER = 8;

interface Curve {
  readonly norms: Float64Array;
  readonly horizon: GradientHorizon;
}

const known = new WeakMap<NonNullable<KeptFrame["horizon"]>, Map<string, Curve>>();

/** A frame's horizon and what describes it, counted once for all frames that hold it; undefined if it has none. */
export function curveOf({ frame, horizon }: KeptFrame, layer: number | undefined, column: HorizonColumn): Curve | undefined {
  if (horizon === undefined) return undefined;
  const curves = known.get(horizon) ?? new Map<string, Curve>();
  known.set(horizon, curves);
  const key = `${layer} ${column}`;
  let curve = curves.get(key);
  if (curve === undefined) {
    const norms = horizonNorms(frame, layer, column);
    curve = { norms, horizon: gradientHorizon(norms) };
    curves.set(key, curve);
  }
  return curve;
}

/** Frames with horizons measured before that of the frame at `index`, evenly spread over the run, oldest first. */
export function earlierHorizons(frames: readonly KeptFrame[], index: number): readonly KeptFrame[] {
  const own = frames[index]?.horizon;
  // The first frame that holds a horizon stands for it.
  const each = frames
    .slice(0, Math.max(0, index))
    .filter(({ horizon }, i) => horizon !== undefined && horizon !== own && horizon !== frames[i - 1]?.horizon);
  if (each.length <= MAX_EARLIER) return each;
  return Array.from({ length: MAX_EARLIER }, (_, i) => each[Math.round((i * (each.length - 1)) / (MAX_EARLIER - 1))]!);
}

/** Draws norms over distance as an SVG path; a norm that cannot be drawn breaks it. */
export function curvePath(norms: ArrayLike<number>, x: (distance: number) => number, y: (norm: number) => number): string {
  const every = Math.max(1, Math.ceil(norms.length / MAX_POINTS));
  let path = "";
  let pen = "M";
  for (let distance = 0; distance < norms.length; distance++) {
    if (distance % every !== 0 && distance !== norms.length - 1) continue;
    const norm = norms[distance]!;
    if (!(norm >= HORIZON_FLOOR) || !Number.isFinite(norm)) {
      pen = "M";
      continue;
    }
    // A round cap makes a dot of a point that stands alone.
    path += `${pen}${x(distance).toFixed(1)} ${y(norm).toFixed(1)}${pen === "M" ? "h0" : ""}`;
    pen = "L";
  }
  return path;
}
