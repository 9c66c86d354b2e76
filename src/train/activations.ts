import type { RecurrentLayer } from "../model/recurrentLayer";
import type { ModelShape } from "../model/shape";
import type { Executor } from "../plan/executor";
import { bytesPerElement } from "../plan/tensor";
import { probeGates } from "../probes";

/**
 * What a unit of a cell can be looked at by, in the order in which it is kept: its state h, the LSTM's c, and its gates in the order of
 * their rows (docs/notation.md). The RNN has no gate besides its state.
 */
export function quantitiesOf(cell: ModelShape["cell"]): readonly string[] {
  const gates = probeGates[cell].map(({ name }) => name).filter((name) => name !== "h");
  return ["h", ...(cell === "lstm" ? ["c"] : []), ...gates];
}

type Sizes = Pick<ModelShape, "cell" | "hiddenSize" | "numLayers">;

/** Host memory that one time step of all units takes. */
export const activationBytes = ({ cell, hiddenSize, numLayers }: Sizes): number =>
  numLayers * quantitiesOf(cell).length * hiddenSize * bytesPerElement.f32;

/** Every quantity of every unit at each step of one sequence, copied from a graph with a batch of one. */
export class Activations {
  /** Each layer's [steps, Q, H]. */
  readonly layers: readonly Float32Array<ArrayBuffer>[];
  readonly quantities: readonly string[];
  readonly steps: number;
  readonly #hiddenSize: number;
  #filled = 0;

  constructor(sizes: Sizes, steps: number) {
    this.quantities = quantitiesOf(sizes.cell);
    this.steps = steps;
    this.#hiddenSize = sizes.hiddenSize;
    const length = steps * this.quantities.length * sizes.hiddenSize;
    this.layers = Array.from({ length: sizes.numLayers }, () => new Float32Array(length));
  }

  get bytes(): number {
    return this.layers.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Copies the first `count` steps that a graph's layers have just computed; the copies are enqueued before this first awaits. */
  async append(executor: Executor, layers: readonly RecurrentLayer[], count: number): Promise<void> {
    const H = this.#hiddenSize;
    const Q = this.quantities.length;
    const hasCell = this.quantities.includes("c");
    const gates = Q - (hasCell ? 2 : 1);
    const copies = layers.flatMap(({ tensors }) => [
      executor.read(tensors.hidden),
      ...(hasCell ? [executor.read(tensors.cell)] : []),
      ...(gates > 0 ? [executor.read(tensors.gates)] : []),
    ]);
    const arrays = await Promise.all(copies);
    const perLayer = arrays.length / layers.length;
    for (const [layer, target] of this.layers.entries()) {
      const own = arrays.slice(layer * perLayer, (layer + 1) * perLayer);
      for (let t = 0; t < count; t++) {
        let at = (this.#filled + t) * Q * H;
        for (const [i, array] of own.entries()) {
          const isGates = gates > 0 && i === own.length - 1;
          // Slot 0 of a state is the one before the first step.
          const row = isGates ? array.subarray(t * gates * H, (t + 1) * gates * H) : array.subarray((t + 1) * H, (t + 2) * H);
          target.set(row, at);
          at += row.length;
        }
      }
    }
    this.#filled += count;
  }

  /** One unit through time, [Q, steps]. @throws RangeError if there is no such unit. */
  unit(layer: number, unit: number): Float32Array<ArrayBuffer> {
    const source = this.layers[layer];
    const [H, Q] = [this.#hiddenSize, this.quantities.length];
    if (source === undefined || !Number.isInteger(unit) || unit < 0 || unit >= H) {
      throw new RangeError(`there is no unit ${unit} in layer ${layer}`);
    }
    const values = new Float32Array(Q * this.steps);
    for (let q = 0; q < Q; q++) {
      for (let t = 0; t < this.steps; t++) values[q * this.steps + t] = source[(t * Q + q) * H + unit] ?? 0;
    }
    return values;
  }

  /** All units at one step, [L, Q, H]. @throws RangeError if there is no such step. */
  step(at: number): Float32Array<ArrayBuffer> {
    const width = this.quantities.length * this.#hiddenSize;
    if (!Number.isInteger(at) || at < 0 || at >= this.steps) throw new RangeError(`there is no step ${at}`);
    const values = new Float32Array(this.layers.length * width);
    for (const [layer, source] of this.layers.entries()) values.set(source.subarray(at * width, (at + 1) * width), layer * width);
    return values;
  }
}
