import { useMemo, useRef } from "react";
import type { ProbeFrame } from "../../probes";
import { shadeCells, valuesOf } from "./cells";
import { colourTable } from "./colourScale";
import type { NetworkGeometry } from "./geometry";
import type { Picture } from "./paint";
import { useGround } from "./palette";
import type { Quantity } from "./quantities";
import { rangeOf, type ValueRange } from "./valueScale";
import type { TimePlan } from "./windows";

interface Shown {
  readonly frame: ProbeFrame | undefined;
  readonly quantity: Quantity;
  readonly pinned: ValueRange | undefined;
  readonly geometry: NetworkGeometry | undefined;
  readonly plan: TimePlan | undefined;
  readonly path: boolean;
}

/** The share of the first example's loss gradient left at each cell, of the largest. */
function pathOf(frame: ProbeFrame): Float64Array {
  const { layers, steps } = frame.layout;
  const norms = Float64Array.from({ length: layers * steps }, (_, i) => frame.horizon(Math.floor(i / steps), i % steps, "dHiddenOne"));
  const largest = norms.reduce((most, norm) => (Number.isFinite(norm) ? Math.max(most, norm) : most), 0);
  return largest > 0 ? norms.map((norm) => norm / largest) : norms.fill(0);
}

/** What a drawing of a frame shows, and the range of its colours. */
export function usePicture({ frame, quantity, pinned, geometry, plan, path }: Shown): {
  readonly picture: Picture | undefined;
  readonly range: ValueRange;
  readonly colours: readonly string[];
} {
  const ground = useGround();
  const colours = colourTable(quantity.scale === "signed" ? "diverging" : "sequential", ground);
  const values = useMemo(() => frame && valuesOf(frame, quantity), [frame, quantity]);
  const last = useRef<{ readonly id: string; readonly range: ValueRange } | undefined>(undefined);
  const before = last.current?.id === quantity.id ? last.current.range : undefined;
  const range = pinned ?? rangeOf(quantity.scale, before, values);
  last.current = { id: quantity.id, range };
  const picture = useMemo(() => {
    if (geometry === undefined || plan === undefined) return undefined;
    const fits = frame !== undefined && frame.layout.steps === geometry.steps && frame.layout.layers === geometry.layers;
    const shades = fits && values !== undefined ? shadeCells(frame, quantity, values, range, plan) : undefined;
    return { geometry, plan, shades, colours, path: path && fits ? pathOf(frame) : undefined };
  }, [geometry, plan, frame, values, quantity, range, colours, path]);
  return { picture, range, colours };
}
