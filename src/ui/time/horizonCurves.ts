import { HORIZON_FLOOR, horizonNorms } from "../../horizon";
import type { HorizonColumn, ProbeFrame } from "../../probes";
import type { KeptFrame } from "../probeHistory";

/** Points of a curve that is drawn: more than its pixels would not be seen. */
const MAX_POINTS = 320;
/** Earlier horizons behind the present one. */
const MAX_EARLIER = 8;

const known = new WeakMap<ProbeFrame, Map<string, Float64Array>>();

/** `horizonNorms`, counted once for each frame. */
export function curveOf(frame: ProbeFrame, layer: number | undefined, column: HorizonColumn): Float64Array {
  const curves = known.get(frame) ?? new Map<string, Float64Array>();
  known.set(frame, curves);
  const key = `${layer} ${column}`;
  const curve = curves.get(key) ?? horizonNorms(frame, layer, column);
  curves.set(key, curve);
  return curve;
}

/** Frames with horizons measured before that of the frame at `index`, evenly spread over the run, oldest first. */
export function earlierHorizons(frames: readonly KeptFrame[], index: number): readonly KeptFrame[] {
  const own = frames[index]?.horizonStep;
  // The first frame that holds a horizon stands for it.
  const each = frames
    .slice(0, Math.max(0, index))
    .filter(({ horizonStep }, i) => horizonStep !== undefined && horizonStep !== own && horizonStep !== frames[i - 1]?.horizonStep);
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
    path += `${pen}${x(distance).toFixed(1)} ${y(norm).toFixed(1)}`;
    pen = "L";
  }
  return path;
}
