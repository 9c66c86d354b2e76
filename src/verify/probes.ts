import { type ModelShape, parameterSpecs } from "../model/shape";
import { type HorizonColumn, ProbeFrame, type ProbeLayout, parameterColumns, probeGates, probeLayout, type StateColumn } from "../probes";

/** How often the spectral radius is looked for before it is compared: the power iteration goes on from time to time. */
export const SPECTRAL_REPLAYS = 80;

const PREFIX = "probe.";

/** Whether a quantity is a probe of the first training step. */
export const isProbe = (name: string): boolean => name.startsWith(PREFIX);

export function caseLayout(shape: ModelShape, steps: number): ProbeLayout {
  return probeLayout(
    shape.cell,
    steps,
    shape.numLayers,
    parameterSpecs(shape).map(({ name }) => name),
  );
}

interface Quantity {
  readonly dims: readonly number[];
  readonly why: string;
  /** Its numbers, row-major. */
  read(frame: ProbeFrame): number[];
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** What of the first training step's probes a case may expect, by name; shapes as in docs/verification.md. */
export function probeQuantities(layout: ProbeLayout): ReadonlyMap<string, Quantity> {
  const { cell, layers, steps, parameters } = layout;
  const gates = probeGates[cell].length;
  const places = range(layers).flatMap((layer) => range(steps).map((t) => [layer, t] as const));
  const byStep = (read: (frame: ProbeFrame, layer: number, t: number) => number): Quantity => ({
    dims: [layers, steps],
    why: "[L, T]",
    read: (frame) => places.map(([layer, t]) => read(frame, layer, t)),
  });
  const state = (column: StateColumn) => byStep((frame, layer, t) => frame.state(layer, t, column));
  const horizon = (column: HorizonColumn) => byStep((frame, layer, t) => frame.horizon(layer, t, column));
  const ofCell = cell === "lstm";
  const all: [string, Quantity][] = [
    ["d_hidden", state("dHidden")],
    ["d_hidden_one", state("dHiddenOne")],
    ...(ofCell ? [["d_cell", state("dCell")] satisfies [string, Quantity]] : []),
    ["hidden_mean", state("hiddenMean")],
    ["hidden_deviation", state("hiddenDeviation")],
    [
      "saturation",
      {
        dims: [layers, steps, gates, 2],
        why: "[L, T, G, 2]",
        read: (frame) =>
          places.flatMap(([layer, t]) =>
            range(gates).flatMap((gate) => {
              const { low, high } = frame.saturation(layer, t, gate);
              return [low, high];
            }),
          ),
      },
    ],
    [
      "spectral_radius",
      {
        dims: [layers, gates],
        why: "[L, G]",
        read: (frame) => range(layers).flatMap((layer) => range(gates).map((gate) => frame.spectralRadius(layer, gate))),
      },
    ],
    [
      "parameters",
      {
        dims: [parameters.length, parameterColumns.length],
        why: "[parameters, 3]",
        read: (frame) => parameters.flatMap((_, index) => parameterColumns.map((column) => frame.parameter(index, column))),
      },
    ],
    ["clip_cosine", { dims: [1], why: "one number", read: (frame) => [frame.header("clipCosine")] }],
    ["horizon_d_hidden", horizon("dHidden")],
    ["horizon_d_hidden_one", horizon("dHiddenOne")],
    ...(ofCell ? [["horizon_d_cell", horizon("dCell")] satisfies [string, Quantity]] : []),
  ];
  return new Map(all.map(([name, quantity]) => [PREFIX + name, quantity]));
}

/** All probes of the first row of a ring, by the names under which a case expects them. */
export function readProbes(layout: ProbeLayout, ring: Float32Array): Map<string, number[]> {
  const frame = new ProbeFrame(layout, ring.subarray(0, layout.width));
  return new Map([...probeQuantities(layout)].map(([name, { read }]) => [name, read(frame)]));
}
