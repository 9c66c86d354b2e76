import type { Cell } from "../config";
import {
  type HorizonColumn,
  horizonColumns,
  ProbeFrame,
  type ProbeLayout,
  probeGates,
  probeLayout,
  type StateColumn,
  stateColumns,
} from "../probes";

interface Made {
  readonly cell?: Cell;
  readonly steps?: number;
  readonly layers?: number;
  readonly step?: number;
  readonly hasHorizon?: boolean;
  readonly state?: (layer: number, t: number, column: StateColumn) => number;
  readonly saturation?: (layer: number, t: number, gate: number) => { readonly low: number; readonly high: number };
  readonly horizon?: (layer: number, t: number, column: HorizonColumn) => number;
  readonly spectralRadius?: number;
}

/** The layout of a small network. */
export const madeLayout = ({ cell = "rnn_tanh", steps = 10, layers = 2 }: Pick<Made, "cell" | "steps" | "layers"> = {}): ProbeLayout =>
  probeLayout(cell, steps, layers, ["rnn.weight_hh_l0"]);

/** A probe row made of functions, for tests of the page. */
export function madeFrame(made: Made = {}): ProbeFrame {
  const layout = madeLayout(made);
  const row = new Float32Array(layout.width);
  row.set([made.step ?? 1, made.hasHorizon === false ? 0 : 1, 1]);
  const gates = probeGates[layout.cell];
  for (let layer = 0; layer < layout.layers; layer++) {
    for (let t = 0; t < layout.steps; t++) {
      const place = layer * layout.steps + t;
      const states = stateColumns.map((column) => made.state?.(layer, t, column) ?? 0);
      const saturations = gates.flatMap((_, gate) => {
        const { low, high } = made.saturation?.(layer, t, gate) ?? { low: 0, high: 0 };
        return [low, high];
      });
      row.set([...states, ...saturations], layout.states + place * layout.stateWidth);
      row.set(
        horizonColumns.map((column) => made.horizon?.(layer, t, column) ?? 0),
        layout.horizon + place * horizonColumns.length,
      );
    }
  }
  row.fill(made.spectralRadius ?? 1, layout.spectral);
  return new ProbeFrame(layout, row);
}
