import type { Cell } from "./config";

/**
 * What the probes measure, and where each number lies in a row of them. A row is one probed training step: all numbers are f32, taken on
 * the device while the step runs. Norms are Euclidean; gradients are those of the step's mean loss, before clipping, without a loss scale.
 */

export interface ProbeGate {
  /** As in docs/notation.md; the RNN's only "gate" is its state. */
  readonly name: string;
  /** A sigmoid saturates under LOW and over HIGH, a tanh under -TANH and over TANH. */
  readonly kind: "sigmoid" | "tanh";
}

export const SATURATION = { low: 0.1, high: 0.9, tanh: 0.97 } as const;

const sigmoid = (name: string): ProbeGate => ({ name, kind: "sigmoid" });
const tanh = (name: string): ProbeGate => ({ name, kind: "tanh" });
const gruGates = [sigmoid("r"), sigmoid("z"), tanh("n")];

/** Steps from one probed step to the next, in the page. */
export const PROBE_EVERY = 10;
/** Of so many probed steps one has a horizon. */
export const HORIZON_EVERY = 5;

/**
 * What is probed of a step (1 is the first): nothing, all but the horizon, or all. It depends on the step's number alone, so that a run that
 * goes on probes the same steps as one that was never stopped.
 * @param every steps from one probed step to the next; 0: none is.
 */
export function probesAt(step: number, every: number): "nothing" | "states" | "horizon" {
  if (every < 1) return "nothing";
  if (step === 1 || step % (every * HORIZON_EVERY) === 0) return "horizon";
  return step % every === 0 ? "states" : "nothing";
}

/** The first probed step after this one; infinite if there is none. */
export const nextProbe = (step: number, every: number): number =>
  every < 1 ? Number.POSITIVE_INFINITY : step < 1 ? 1 : (Math.floor(step / every) + 1) * every;

/** The gates of a cell in the order of their rows. */
export const probeGates: Readonly<Record<Cell, readonly ProbeGate[]>> = {
  rnn_tanh: [tanh("h")],
  lstm: [sigmoid("i"), sigmoid("f"), tanh("g"), sigmoid("o")],
  gru: gruGates,
  gru_reset_before: gruGates,
};

/** The first numbers of a row. */
export const headerColumns = [
  "step",
  /** 1 if the row has a horizon, else 0 and that section holds an older one. */
  "hasHorizon",
  /** Cosine between the gradient and what clipping makes of it; 1 unless clipped by value. NaN if the gradient is not finite. */
  "clipCosine",
] as const;

/** Of each layer and time step; then for each gate the fractions of its values that are saturated low and high. */
export const stateColumns = [
  /** Norm of dL/dh_t over the whole batch. */
  "dHidden",
  /** The same of the batch's first example alone. */
  "dHiddenOne",
  /** Norm of dL/dc_t: the LSTM's, else 0. */
  "dCell",
  /** Mean and standard deviation of h_t over batch and units. */
  "hiddenMean",
  "hiddenDeviation",
  /** How many numbers of h_t and the gates, and of dL/dh_t and dL/dc_t, are infinite or not a number. */
  "nonFiniteForward",
  "nonFiniteBackward",
] as const;

/**
 * Of each layer and time step, from a backward pass of its own: the gradient of the loss at the last time step alone, not truncated.
 * dHidden is the root mean square over the examples of |d(loss of the example) / dh_t of the example|, dHiddenOne that of the first example.
 */
export const horizonColumns = ["dHidden", "dHiddenOne", "dCell"] as const;

/** Norms of each parameter: its gradient, its value after the step, and by how much the step changed it. */
export const parameterColumns = ["gradient", "weight", "update"] as const;

export type HeaderColumn = (typeof headerColumns)[number];
export type StateColumn = (typeof stateColumns)[number];
export type HorizonColumn = (typeof horizonColumns)[number];
export type ParameterColumn = (typeof parameterColumns)[number];

/** The shape of a run's probe rows; plain data, so that it can be sent in a message. */
export interface ProbeLayout {
  readonly cell: Cell;
  /** T and L. */
  readonly steps: number;
  readonly layers: number;
  /** PyTorch's names, in the order of the parameters. */
  readonly parameters: readonly string[];
  /** Numbers of a layer and time step in the state section. */
  readonly stateWidth: number;
  /** Where each section begins in a row, and a row's length. */
  readonly states: number;
  readonly horizon: number;
  readonly perParameter: number;
  /** Spectral radius of each layer's recurrent matrix, one number for each gate [L, G]. */
  readonly spectral: number;
  readonly width: number;
}

export function probeLayout(cell: Cell, steps: number, layers: number, parameters: readonly string[]): ProbeLayout {
  const gates = probeGates[cell].length;
  const stateWidth = stateColumns.length + 2 * gates;
  const states = headerColumns.length;
  const horizon = states + layers * steps * stateWidth;
  const perParameter = horizon + layers * steps * horizonColumns.length;
  const spectral = perParameter + parameters.length * parameterColumns.length;
  const width = spectral + layers * gates;
  return { cell, steps, layers, parameters, stateWidth, states, horizon, perParameter, spectral, width };
}

/** The rows of one `probes` message, in order of their steps. */
export const probeFrames = (layout: ProbeLayout, rows: Float32Array): ProbeFrame[] =>
  Array.from(
    { length: rows.length / layout.width },
    (_, i) => new ProbeFrame(layout, rows.subarray(i * layout.width, (i + 1) * layout.width)),
  );

/** Reads one row by name. */
export class ProbeFrame {
  constructor(
    readonly layout: ProbeLayout,
    readonly row: Float32Array,
  ) {}

  header(column: HeaderColumn): number {
    return this.#at(headerColumns.indexOf(column));
  }

  get step(): number {
    return this.header("step");
  }

  get hasHorizon(): boolean {
    return this.header("hasHorizon") === 1;
  }

  /** @param t 0 to T - 1. */
  state(layer: number, t: number, column: StateColumn): number {
    return this.#at(this.#stateStart(layer, t) + stateColumns.indexOf(column));
  }

  /** Fractions of a gate's values that are saturated. */
  saturation(layer: number, t: number, gate: number): { readonly low: number; readonly high: number } {
    const start = this.#stateStart(layer, t) + stateColumns.length + 2 * gate;
    return { low: this.#at(start), high: this.#at(start + 1) };
  }

  horizon(layer: number, t: number, column: HorizonColumn): number {
    const { horizon, steps } = this.layout;
    return this.#at(horizon + (layer * steps + t) * horizonColumns.length + horizonColumns.indexOf(column));
  }

  /** @param index of layout.parameters. */
  parameter(index: number, column: ParameterColumn): number {
    return this.#at(this.layout.perParameter + index * parameterColumns.length + parameterColumns.indexOf(column));
  }

  spectralRadius(layer: number, gate: number): number {
    return this.#at(this.layout.spectral + layer * probeGates[this.layout.cell].length + gate);
  }

  #stateStart(layer: number, t: number): number {
    const { states, steps, stateWidth } = this.layout;
    return states + (layer * steps + t) * stateWidth;
  }

  #at(index: number): number {
    return this.row[index] ?? Number.NaN;
  }
}
