import type { Cell } from "../config";
import type { Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { carryState, fill } from "../shaders/copy";
import { finishCarry } from "../shaders/finish_carry";
import { fusedPack, packedSize } from "../shaders/fused_pack";
import { packRecurrent } from "../shaders/recurrent_pack";
import type { CellGradients, CellOps, CellTensors, Extent } from "./cells/cell";
import { gruCell } from "./cells/gru";
import { gruBeforeCell } from "./cells/gruBefore";
import { lstmCell } from "./cells/lstm";
import { rnnCell } from "./cells/rnn";
import type { Parameters } from "./parameters";
import { type Block, productNn, productNt } from "./products";
import { gateCount } from "./shape";
import { TokenTable } from "./tokenTable";

const cellOps: Readonly<Record<Cell, CellOps>> = { rnn_tanh: rnnCell, lstm: lstmCell, gru: gruCell, gru_reset_before: gruBeforeCell };

/** sequence: one dispatch for all steps. fused: one for each step. step: a product and a point-wise kernel for each. auto: by H and T. */
export type RecurrentForm = "auto" | "sequence" | "fused" | "step";

/** Above this H a workgroup that owns whole batch rows would stream too many weights; below, launching per step costs more. */
const SEQUENCE_MAX_HIDDEN = 256;

/** A single step reads each weight once, so packing them first would be most of the work. */
const autoForm = ({ steps, hiddenSize }: Extent): "sequence" | "fused" | "step" =>
  steps === 1 ? "step" : hiddenSize <= SEQUENCE_MAX_HIDDEN ? "sequence" : "fused";

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

/** Called while a backward pass is recorded, once the gradients of a layer's states and gates are complete; the next layer's replace them. */
export type LayerGradientHook = (layer: number, tensors: CellTensors, gradients: CellGradients) => void;

/** What a layer reads: rows [T*B, I] of numbers, or tokens, by way of a table of what each comes to. */
export type LayerInput = Block | TokenTable;

export interface LayerBackward {
  /** What `forward` was given. */
  readonly input: LayerInput;
  /** dL/d(output) in slots 1..T. Ends as the total dL/dh_t of every step, slot 0 being dL/dh_0. */
  readonly dHidden: Tensor;
  /** The last so many slots of dHidden are filled, the others may hold anything; 0: all are. */
  readonly fromAbove: number;
  /** f32 [T], see docs/notation.md. */
  readonly carryScale: Tensor;
  /** Gets the gradient of a block of numbers, if given. */
  readonly dInput?: Block | undefined;
  /** May record more calls that look at this layer's gradients. */
  readonly onGradients?: LayerGradientHook | undefined;
  /** false: the gradients of this layer's parameters are not written. */
  readonly parameters?: boolean | undefined;
}

/** One recurrent layer over T steps: input projection, recurrence and their gradients. */
export class RecurrentLayer {
  readonly tensors: CellTensors;
  readonly #options: LayerOptions;
  readonly #ops: CellOps;
  readonly #gates: number;
  readonly #form: "sequence" | "fused" | "step";
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
    this.#form = form === "auto" ? autoForm(extent) : form;
    const { storage } = parameters;
    const weight = (name: string): Tensor => parameters.weights.get(`rnn.${name}_l${layer}`);
    const bias = (name: string): Tensor => parameters.values.get(`rnn.${name}_l${layer}`);
    this.#weightIh = weight("weight_ih");
    this.#biasIh = bias("bias_ih");

    const rows = this.#gates * hiddenSize;
    const own = (name: string, shape: number[]): Tensor => program.tensor(`${graph} ${name} l${layer}`, shape, storage);
    /** Saved for the backward pass in training; only of use until the next layer otherwise. */
    const saved = (name: string, shape: number[]): Tensor =>
      options.training ? own(name, shape) : program.scratch(`${graph} ${name}`, shape, storage);
    const unused = (name: string): Tensor => program.scratch(`unused ${name}`, [1], storage);
    this.tensors = {
      weightHh: weight("weight_hh"),
      biasHh: bias("bias_hh"),
      gates: saved("gates", [steps, batch, rows]),
      hidden: own("hidden", [steps + 1, batch, hiddenSize]),
      // The sum over all steps so far: small terms must not drown, so it is f32 always.
      cell: program.tensor(`${graph} cell l${layer}`, this.#ops.needsCell ? [steps + 1, batch, hiddenSize] : [1]),
      hiddenTerm: this.#ops.needsHiddenTerm ? saved("hidden term", [steps, batch, hiddenSize]) : unused("hidden term"),
      packedForward: this.#packed("forward", this.#form !== "step"),
      packedBackward: this.#packed("backward", this.#form === "sequence" || (this.#form === "fused" && options.training)),
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

  /** Input to output [T*B, H], from the initial state in slot 0. */
  forward(plan: Plan, input: LayerInput): void {
    const { extent, inputSize } = this.#options;
    const { steps, batch, hiddenSize } = extent;
    if (input instanceof TokenTable) {
      input.forward(plan, this.tensors.gates);
    } else {
      productNt(plan, {
        m: steps * batch,
        n: this.#gates * hiddenSize,
        k: inputSize,
        a: input,
        b: { tensor: this.#weightIh },
        c: { tensor: this.tensors.gates },
        bias: this.#biasIh,
      });
    }
    this.#recur(plan);
  }

  /** The output's gradient to those of this layer's parameters, unless they are not wanted, and, if asked for, of its input. */
  backward(plan: Plan, options: LayerBackward): void {
    const { layer, extent, inputSize } = this.#options;
    const { steps, batch, hiddenSize } = extent;
    const { input, dHidden, carryScale, dInput, onGradients, parameters = true } = options;
    const d = this.#gradients(options);
    if (this.#form === "sequence") {
      this.#ops.backwardSequence(plan, extent, this.tensors, d);
    } else if (this.#form === "fused") {
      for (let slot = steps; slot >= 0; slot--) this.#ops.backwardFused(plan, extent, this.tensors, d, slot);
    } else {
      if (d.fromAbove !== 0) clearOutputGradient(plan, dHidden, extent, d.fromAbove);
      for (let step = steps - 1; step >= 0; step--) this.#ops.backwardStep(plan, extent, this.tensors, d, step);
      plan.call(finishCarry, { carry_scale: carryScale, d_carry: d.dCarry, d_hidden: dHidden }, { batch, hidden_size: hiddenSize });
    }
    onGradients?.(layer, this.tensors, d);
    if (input instanceof TokenTable) {
      if (!parameters) return;
      this.#ops.parameterGradients(plan, extent, this.tensors, d, null);
      input.backward(plan, d.dGates);
      return;
    }
    if (parameters) this.#ops.parameterGradients(plan, extent, this.tensors, d, { block: input, size: inputSize });
    if (dInput !== undefined) {
      productNn(plan, {
        m: steps * batch,
        n: inputSize,
        k: this.#gates * hiddenSize,
        a: { tensor: d.dGates },
        b: { tensor: this.#weightIh },
        c: dInput,
      });
    }
  }

  /** From x_t of all steps in `gates` to the states of all steps. */
  #recur(plan: Plan): void {
    const { extent, training } = this.#options;
    const { weightHh, packedForward, packedBackward } = this.tensors;
    const { steps, hiddenSize } = extent;
    const weights = { weight_hh: weightHh, forward: packedForward, backward: packedBackward };
    switch (this.#form) {
      case "sequence":
        plan.call(packRecurrent, weights, { gates: this.#gates, hidden: hiddenSize });
        this.#ops.forwardSequence(plan, extent, this.tensors);
        break;
      case "fused":
        plan.call(fusedPack, weights, { gates: this.#gates, hidden_size: hiddenSize, has_backward: training ? 1 : 0 });
        for (let step = 0; step < steps; step++) this.#ops.forwardFused(plan, extent, this.tensors, step);
        break;
      case "step":
        for (let step = 0; step < steps; step++) this.#ops.forwardStep(plan, extent, this.tensors, step);
        break;
      default:
        this.#form satisfies never;
    }
  }

  /** Memory for the weights in one of their packed orders, which plans share: each packs them anew. */
  #packed(direction: "forward" | "backward", isUsed: boolean): Tensor {
    const { layer, extent } = this.#options;
    const { hiddenSize } = extent;
    const size =
      this.#form === "fused" ? packedSize(this.#gates, hiddenSize)[direction] : this.#gates * hiddenSize * Math.ceil(hiddenSize / 4) * 4;
    const { storage } = this.#parameters;
    return isUsed
      ? this.#program.scratch(`packed ${direction} l${layer}`, [size], storage)
      : this.#program.scratch(`unused packed ${direction}`, [1], storage);
  }

  /** The last state becomes the next window's initial state, detached: nothing flows back through a copy that is not recorded. */
  carry(plan: Plan): void {
    const { steps, batch, hiddenSize } = this.#options.extent;
    const { hidden, cell } = this.tensors;
    plan.call(carryState, { hidden, cell }, { steps, size: batch * hiddenSize, has_cell: this.#ops.needsCell ? 1 : 0 });
  }

  #gradients({ dHidden, fromAbove, carryScale }: LayerBackward): CellGradients {
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
      fromAbove,
      dWeightIh: gradient("weight_ih"),
      dWeightHh: gradient("weight_hh"),
      gradientArena: this.#parameters.gradients.whole,
      dBiasIh: gradient("bias_ih"),
      dBiasHh: gradient("bias_hh"),
    };
  }
}

/** Zeros for the dL/dh_t of all but the last `kept` steps, which have none from above. */
function clearOutputGradient(plan: Plan, dHidden: Tensor, { steps, batch, hiddenSize }: Extent, kept: number): void {
  const size = batch * hiddenSize;
  if (steps > kept) plan.call(fill, { data: dHidden }, { offset: size, count: (steps - kept) * size, value: 0 });
}
