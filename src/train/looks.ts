import type { Cell } from "../config";
import type { CellTensors } from "../model/cells/cell";
import type { Tensor } from "../plan/tensor";
import { probeGates } from "../probes";

/** What a tensor of a training step is; for people see traceText. */
export type TraceName =
  /** Before the step. */
  | "parameter"
  | "half parameter"
  | "carried hidden"
  | "carried cell"
  /** Forward. */
  | "token table"
  | "embedded"
  | "projection"
  | "gate"
  | "hidden term"
  | "cell"
  | "hidden"
  | "logits"
  | "loss"
  /** Backward. */
  | "d logits"
  | "scaled d logits"
  | "from above"
  | "d hidden"
  | "d cell"
  | "d gates"
  | "d hidden term"
  | "d embedded"
  | "d token table"
  | "gradient";

/** One look at one tensor, slice by slice, and how to read a place in it. */
export interface Look {
  readonly name: TraceName;
  /** From 0. */
  readonly layer?: number;
  /** The gates that its columns hold side by side, H columns each. */
  readonly gates?: readonly string[];
  /** PyTorch's name. */
  readonly parameter?: string;
  readonly slices: number;
  /** The time step of the first slice, from 0, -1 being the state before the first step; absent where a slice is no step. */
  readonly firstStep?: number;
  /** Numbers in a row of a slice. */
  readonly columns: number;
  /** H, to tell gates apart. */
  readonly hiddenSize?: number;
  /** Rows of a slice: examples of the batch, tokens, or rows of a parameter. */
  readonly rowsAre: "examples" | "tokens" | "rows";
  /** Row of `found` of the first slice. */
  readonly firstFound: number;
}

interface Region {
  readonly tensor: Tensor;
  readonly scalars: {
    readonly slices: number;
    readonly slice_stride: number;
    readonly rows: number;
    readonly row_stride: number;
    readonly columns: number;
    readonly offset: number;
  };
}

interface Rows {
  readonly steps: number;
  /** Absent where the rows are those of a table of tokens. */
  readonly firstStep?: number;
  /** Rows of one step. */
  readonly batch: number;
}

interface RowOptions {
  readonly layer?: number;
  readonly hiddenSize?: number;
  /** Of each row only so many, from column `from` on; all without it. */
  readonly columns?: number;
  readonly from?: number;
  /** The gates that lie side by side in these columns; all of the cell's where there is a hiddenSize. */
  readonly gates?: readonly string[];
}

export const keepsCell = (cell: Cell): boolean => cell === "lstm";
const keepsHiddenTerm = (cell: Cell): boolean => cell === "gru" || cell === "gru_reset_before";

/** Looks at one stop, being listed before anything is recorded. */
export class LookList {
  readonly looks: (Omit<Look, "firstFound"> & { readonly region: Region })[] = [];
  readonly #cell: Cell;

  constructor(cell: Cell) {
    this.#cell = cell;
  }

  /** Rows of `found` that the looks take. */
  get slices(): number {
    return this.looks.reduce((sum, { slices }) => sum + slices, 0);
  }

  parameter(name: "parameter" | "half parameter" | "gradient", tensor: Tensor): void {
    const columns = tensor.shape[1] ?? tensor.size;
    const region = {
      tensor,
      scalars: { slices: 1, slice_stride: 0, rows: tensor.size / columns, row_stride: columns, columns, offset: 0 },
    };
    this.looks.push({ name, parameter: tensor.name, slices: 1, columns, rowsAre: "rows", region });
  }

  /** A tensor of rows, row t * B + b being step t of lane b; nothing if there is no such tensor. */
  rows(name: TraceName, tensor: Tensor | undefined, { steps, firstStep, batch }: Rows, options: RowOptions = {}): void {
    if (tensor === undefined) return;
    const stride = tensor.size / (steps * batch);
    const { layer, hiddenSize, columns = stride, from = 0, gates = gateNames(this.#cell) } = options;
    this.looks.push({
      name,
      ...(layer !== undefined && { layer }),
      ...(hiddenSize !== undefined && { hiddenSize, gates }),
      slices: steps,
      ...(firstStep !== undefined && { firstStep }),
      columns,
      rowsAre: firstStep === undefined ? "tokens" : "examples",
      region: { tensor, scalars: { slices: steps, slice_stride: batch * stride, rows: batch, row_stride: stride, columns, offset: from } },
    });
  }

  /** Some slots of a tensor [T+1, B, H]; slot t + 1 is step t. */
  slots(
    name: TraceName,
    layer: number,
    tensor: Tensor | undefined,
    { first, count }: { readonly first: number; readonly count: number },
    [, batch = 1, columns = 1]: readonly number[] = tensor?.shape ?? [],
  ): void {
    if (tensor === undefined) return;
    const size = batch * columns;
    const scalars = { slices: count, slice_stride: size, rows: batch, row_stride: columns, columns, offset: first * size };
    this.looks.push({ name, layer, slices: count, firstStep: first - 1, columns, rowsAre: "examples", region: { tensor, scalars } });
  }

  /** Gradients of a layer's gates, and of the hidden part of n, in the order in which a step makes them. */
  gateGradients(layer: number, dGates: Tensor | undefined, dHiddenTerm: Tensor | undefined, all: Rows, hiddenSize: number): void {
    if (this.#cell === "gru_reset_before") {
      // What comes through n back to r h goes on to r.
      const [r = "r", ...others] = gateNames(this.#cell);
      this.rows("d gates", dGates, all, { layer, hiddenSize, gates: others, from: hiddenSize, columns: others.length * hiddenSize });
      this.rows("d hidden term", dHiddenTerm, all, { layer });
      this.rows("d gates", dGates, all, { layer, hiddenSize, gates: [r], columns: hiddenSize });
      return;
    }
    this.rows("d gates", dGates, all, { layer, hiddenSize });
    if (this.#cell === "gru") this.rows("d hidden term", dHiddenTerm, all, { layer });
  }

  /** What a layer keeps of its forward pass, in the order in which a step makes it. */
  state(layer: number, { gates, hidden, cell, hiddenTerm }: CellTensors): void {
    const [steps = 1, batch = 1, width = 1] = gates.shape;
    const slots = { first: 1, count: steps };
    const names = probeGates[this.#cell];
    const columns = width / names.length;
    const all = { steps, firstStep: 0, batch };
    for (const [i, { name: gate }] of names.entries()) {
      // The RNN's only activation is the state itself, and its gates stay what the projection made.
      if (names.length === 1) break;
      // n is made with the hidden term.
      if (keepsHiddenTerm(this.#cell) && i === names.length - 1) this.rows("hidden term", hiddenTerm, all, { layer });
      this.rows("gate", gates, all, { layer, hiddenSize: columns, columns, from: i * columns, gates: [gate] });
    }
    if (keepsCell(this.#cell)) this.slots("cell", layer, cell, slots);
    this.slots("hidden", layer, hidden, slots);
  }
}

/** The RNN's projection has no gates to tell apart. */
const gateNames = (cell: Cell): readonly string[] => (cell === "rnn_tanh" ? [] : probeGates[cell].map(({ name }) => name));
