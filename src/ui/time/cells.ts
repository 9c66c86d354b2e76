import { HORIZON_FLOOR } from "../../horizon";
import type { ProbeFrame } from "../../probes";
import { LEVELS } from "./colourScale";
import type { Quantity } from "./quantities";
import { placeOf, type ValueRange } from "./valueScale";
import { isReached, type TimePlan } from "./windows";

/** Marks of cells that have no place on the scale; others are a level from 0 to LEVELS - 1. */
export const MARK = { zero: -1, notFinite: -2, cut: -3, unknown: -4 } as const;

/** What a quantity is at each cell [L, T]. */
export function valuesOf(frame: ProbeFrame, quantity: Quantity): Float64Array {
  const { layers, steps } = frame.layout;
  return Float64Array.from({ length: layers * steps }, (_, i) => quantity.of(frame, Math.floor(i / steps), i % steps));
}

const countOf = { forward: "nonFiniteForward", backward: "nonFiniteBackward" } as const;

/**
 * Level or mark of each cell [L, T].
 * @param plan where a gradient cannot reach: no gradient there is cut, and not zero.
 */
export function shadeCells(frame: ProbeFrame, quantity: Quantity, values: Float64Array, range: ValueRange, plan: TimePlan): Int16Array {
  const { layers, steps } = frame.layout;
  const shades = new Int16Array(layers * steps);
  // Where cuts are drawn at random, a gradient of exactly 0 is what shows them.
  const mayBeCut = Array.from(
    { length: steps },
    (_, t) => quantity.pass === "backward" && (plan.windows.length === 0 || !isReached(plan, t)),
  );
  for (let layer = 0; layer < layers; layer++) {
    for (let t = 0; t < steps; t++) {
      const i = layer * steps + t;
      const value = values[i]!;
      const spoilt = quantity.pass !== "horizon" && frame.state(layer, t, countOf[quantity.pass]) > 0;
      if (spoilt || !Number.isFinite(value)) shades[i] = MARK.notFinite;
      else if (value === 0 && mayBeCut[t]) shades[i] = MARK.cut;
      // So small a number is as good as none, and f32 does not hold its digits.
      else if (value < HORIZON_FLOOR && quantity.scale === "log") shades[i] = MARK.zero;
      else shades[i] = Math.round(placeOf(value, range) * (LEVELS - 1));
    }
  }
  return shades;
}
