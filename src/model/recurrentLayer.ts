import type { Cell } from "../config";
import type { Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { fill } from "../shaders/copy";
import { finishCarry } from "../shaders/finish_carry";
import { packRecurrent } from "../shaders/recurrent_pack";
import type { CellGradients, CellOps, CellTensors, Extent } from "./cells/cell";
import { gruCell } from "./cells/gru";
import { gruBeforeCell } from "./cells/gruBefore";
import { lstmCell } from "./cells/lstm";
import { rnnCell } from "./cells/rnn";
import type { Parameters } from "./parameters";
import { type Block, copyInside, productNn, productNt, productTn, sumColumns } from "./products";
import { gateCount } from "./shape";

const cellOps: Readonly<Record<Cell, CellOps>> = { rnn_tanh: rnnCell, lstm: lstmCell, gru: gruCell, gru_reset_before: gruBeforeCell };

/** sequence: one dispatch for all steps. step: some dispatches per step. auto: by H and T. */
export type RecurrentForm = "auto" | "sequence" | "step";

/** Above this H a workgroup that owns whole batch rows would stream too many weights; below, launching per step costs more. */
const SEQUENCE_MAX_HIDDEN = 256;

export interface LayerOptions {
  readonly graph: string;
  readonly layer: number;
  readonly cell: Cell;
  readonly extent: Extent;
  /** I of this layer. */
  readonly inputSize: number;
  readonly training: boolean;
  readonly form: RecurrentForm;
}

/** Called while a backward pass is recorded, with dGates [T, B, G*H] of a layer. */
export type GateGradientHook = (layer: number, dGates: Tensor) => void;

/** One recurrent layer over T steps: input projection, recurrence and their gradients. */
export class RecurrentLayer {
  readonly tensors: CellTensors;
  readonly #options: LayerOptions;
  readonly #ops: CellOps;
  readonly #gates: number;
  readonly #form: "sequence" | "step";
  readonly #weightIh: Tensor;
  readonly #biasIh: Tensor;
  readonly #parameters: Parameters;
  readonly #program: Program;

  constructor(program: Program, parameters: Parameters, options: LayerOptions) {
    const { graph, layer, cell, extent, form } = options;
    const { steps, batch, hiddenSize } = extent;
    this.#program = program;
    this.#parameters = parameters;
    this.#options = options;
    this.#ops = cellOps[cell];
    this.#gates = gateCount[cell];
    const small = hiddenSize <= SEQUENCE_MAX_HIDDEN && steps > 1;
    this.#form = form === "auto" ? (small ? "sequence" : "step") : form;
    const { storage } = parameters;
    const weight = (name: string): Tensor => parameters.weights.get(`rnn.${name}_l${layer}`);
    const bias = (name: string): Tensor => parameters.values.get(`rnn.${name}_l${layer}`);
    this.#weightIh = weight("weight_ih");
    this.#biasIh = bias("bias_ih");

    const rows = this.#gates * hiddenSize;
    const padded = Math.ceil(hiddenSize / 4) * 4;
    const own = (name: string, shape: number[]): Tensor => program.tensor(`${graph} ${name} l${layer}`, shape, storage);
    /** Saved for the backward pass in training; only of use until the next layer otherwise. */
    const saved = (name: string, shape: number[]): Tensor =>
      options.training ? own(name, shape) : program.scratch(`${graph} ${name}`, shape, storage);
    const unused = (name: string): Tensor => program.scratch(`unused ${name}`, [1], storage);
    const sequence = this.#form === "sequence";
    this.tensors = {
      weightHh: weight("weight_hh"),
      biasHh: bias("bias_hh"),
      gates: saved("gates", [steps, batch, rows]),
      hidden: own("hidden", [steps + 1, batch, hiddenSize]),
      // The sum over all steps so far: small terms must not drown, so it is f32 always.
      cell: program.tensor(`${graph} cell l${layer}`, this.#ops.needsCell ? [steps + 1, batch, hiddenSize] : [1]),
      hiddenTerm: this.#ops.needsHiddenTerm ? saved("hidden term", [steps, batch, hiddenSize]) : unused("hidden term"),
      packedForward: sequence
        ? program.scratch(`packed forward l${layer}`, [hiddenSize, this.#gates * padded], storage)
        : unused("packed forward"),
      packedBackward: sequence ? program.scratch(`packed backward l${layer}`, [rows, padded], storage) : unused("packed backward"),
    };
  }

  /** h_t of all steps, rows t*B + b. */
  get output(): Block {
    const { batch, hiddenSize } = this.#options.extent;
    return { tensor: this.tensors.hidden, offset: batch * hiddenSize };
  }

  /** The states that carry from one window to the next. */
  get states(): Tensor[] {
    return this.#ops.needsCell ? [this.tensors.hidden, this.tensors.cell] : [this.tensors.hidden];
  }

  /** Input [T*B, I] to output [T*B, H], from the initial state in slot 0. */
  forward(plan: Plan, input: Block): void {
    const { extent, inputSize } = this.#options;
    const { steps, batch, hiddenSize } = extent;
    const rows = this.#gates * hiddenSize;
    productNt(plan, {
      m: steps * batch,
      n: rows,
      k: inputSize,
      a: input,
      b: { tensor: this.#weightIh },
      c: { tensor: this.tensors.gates },
      bias: this.#biasIh,
    });
    if (this.#form === "sequence") {
      plan.call(
        packRecurrent,
        { weight_hh: this.tensors.weightHh, forward: this.tensors.packedForward, backward: this.tensors.packedBackward },
        { gates: this.#gates, hidden: hiddenSize },
      );
      this.#ops.forwardSequence(plan, extent, this.tensors);
    } else {
      for (let step = 0; step < steps; step++) this.#ops.forwardStep(plan, extent, this.tensors, step);
    }
  }

  /**
   * dL/d(output), in slots 1..T of `dHidden`, to the gradients of this layer's parameters and, if asked for, of its input.
   * `dHidden` ends as the total dL/dh_t of every step, slot 0 being dL/dh_0.
   * @param onGateGradients may record more calls that look at this layer's complete dGates, before another layer's replace them.
   */
  backward(plan: Plan, input: Block, dHidden: Tensor, carryScale: Tensor, dInput: Block | null, onGateGradients?: GateGradientHook): void {
    const { layer, extent, inputSize } = this.#options;
    const { steps, batch, hiddenSize } = extent;
    const rows = this.#gates * hiddenSize;
    const d = this.#gradients(dHidden, carryScale);
    if (this.#form === "sequence") {
      this.#ops.backwardSequence(plan, extent, this.tensors, d);
    } else {
      for (let step = steps - 1; step >= 0; step--) this.#ops.backwardStep(plan, extent, this.tensors, d, step);
      plan.call(finishCarry, { carry_scale: carryScale, d_carry: d.dCarry, d_hidden: dHidden }, { batch, hidden_size: hiddenSize });
    }
    onGateGradients?.(layer, d.dGates);
    const dWeightIh = this.#parameters.gradients.get(`rnn.weight_ih_l${layer}`);
    productTn(plan, { m: rows, n: inputSize, k: steps * batch, a: { tensor: d.dGates }, b: input, c: { tensor: dWeightIh } });
    sumColumns(plan, steps * batch, rows, { tensor: d.dGates }, { tensor: d.dBiasIh });
    this.#ops.recurrentGradients(plan, extent, this.tensors, d);
    if (dInput !== null) {
      productNn(plan, {
        m: steps * batch,
        n: inputSize,
        k: rows,
        a: { tensor: d.dGates },
        b: { tensor: this.#weightIh },
        c: dInput,
      });
    }
  }

  /** The last state becomes the next window's initial state, detached: nothing flows back through a copy that is not recorded. */
  carry(plan: Plan): void {
    const { steps, batch, hiddenSize } = this.#options.extent;
    const size = batch * hiddenSize;
    for (const state of this.states) copyInside(plan, state, steps * size, 0, size);
  }

  #gradients(dHidden: Tensor, carryScale: Tensor): CellGradients {
    const { layer, extent } = this.#options;
    const { steps, batch, hiddenSize } = extent;
    const gradient = (name: string): Tensor => this.#parameters.gradients.get(`rnn.${name}_l${layer}`);
    const { storage } = this.#parameters;
    const scratch = (name: string, shape: number[]): Tensor => this.#program.scratch(name, shape, storage);
    return {
      carryScale,
      dHidden,
      dCell: this.#program.scratch("d cell", this.#ops.needsCell ? [steps + 1, batch, hiddenSize] : [1]),
      dGates: scratch("d gates", [steps, batch, this.#gates * hiddenSize]),
      dHiddenTerm: this.#ops.needsHiddenTerm ? scratch("d hidden term", [steps, batch, hiddenSize]) : scratch("unused d hidden term", [1]),
      dCarry: this.#program.scratch("d carry", [batch, hiddenSize]),
      dWeightHh: gradient("weight_hh"),
      gradientArena: this.#parameters.gradients.whole,
      dBiasIh: gradient("bias_ih"),
      dBiasHh: gradient("bias_hh"),
    };
  }
}

/** Zeros for every step's dL/dh_t, so that only those that a head writes count. */
export function zeroOutputGradient(plan: Plan, dHidden: Tensor, { steps, batch, hiddenSize }: Extent): void {
  plan.call(fill, { data: dHidden }, { offset: batch * hiddenSize, count: steps * batch * hiddenSize, value: 0 });
}
