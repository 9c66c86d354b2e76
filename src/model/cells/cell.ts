import type { Plan } from "../../plan/plan";
import type { Tensor } from "../../plan/tensor";
import type { DenseInput } from "./parameterGradients";

/** T, B and H of one recurrent layer in one graph. */
export interface Extent {
  readonly steps: number;
  readonly batch: number;
  readonly hiddenSize: number;
}

/** What a layer's recurrence works on; shapes as in docs/notation.md. */
export interface CellTensors {
  /** [G*H, H] and [G*H]. */
  readonly weightHh: Tensor;
  readonly biasHh: Tensor;
  /** [T, B, G*H]: the input projection on entry, the saved post-activation gates after the forward pass. */
  readonly gates: Tensor;
  /** [T+1, B, H]: slot 0 is the initial state. */
  readonly hidden: Tensor;
  /** [T+1, B, H]: the LSTM's cell state; another cell's is never touched. */
  readonly cell: Tensor;
  /** [T, B, H]: the GRUs' saved hidden part of n; another cell's is never touched. */
  readonly hiddenTerm: Tensor;
  /** The weights laid out for the sequence kernels (recurrent_pack.wgsl) or the fused ones (fused_pack.wgsl). */
  readonly packedForward: Tensor;
  readonly packedBackward: Tensor;
}

/** Whether d.dHidden holds a gradient from above in a slot, as a scalar for kernels. */
export const slotFromAbove = ({ steps }: Extent, { fromAbove }: CellGradients, slot: number): number =>
  slot > 0 && (fromAbove === 0 || slot + fromAbove > steps) ? 1 : 0;

/** Gradients that the backward pass makes on its way; see docs/notation.md. */
export interface CellGradients {
  /** f32 [T]: scales what flows from step t back to t-1; zeros truncate. */
  readonly carryScale: Tensor;
  readonly dHidden: Tensor;
  readonly dCell: Tensor;
  readonly dGates: Tensor;
  readonly dHiddenTerm: Tensor;
  /** [B, H], step form only. */
  readonly dCarry: Tensor;
  /** The last so many steps have a gradient from above in dHidden; 0: all have. */
  readonly fromAbove: number;
  /** The whole gradient arena, of which the gradients of parameters are views. */
  readonly gradientArena: Tensor;
  readonly dWeightIh: Tensor;
  readonly dWeightHh: Tensor;
  readonly dBiasIh: Tensor;
  readonly dBiasHh: Tensor;
}

/**
 * How one cell records its recurrence. The sequence form is one dispatch for all time steps (small H), the fused form one for each
 * step (large H); the step form is a product and a point-wise kernel for each step (a single one).
 */
export interface CellOps {
  readonly needsCell: boolean;
  readonly needsHiddenTerm: boolean;
  forwardSequence(plan: Plan, x: Extent, t: CellTensors): void;
  backwardSequence(plan: Plan, x: Extent, t: CellTensors, d: CellGradients): void;
  forwardFused(plan: Plan, x: Extent, t: CellTensors, step: number): void;
  /** dL/dh of the state in slot `slot`, from T down to 0, and where a step made that state the gradients of the step. */
  backwardFused(plan: Plan, x: Extent, t: CellTensors, d: CellGradients, slot: number): void;
  forwardStep(plan: Plan, x: Extent, t: CellTensors, step: number): void;
  /** Leaves in d.dCarry the gradient with respect to h_{t-1}, before carryScale. */
  backwardStep(plan: Plan, x: Extent, t: CellTensors, d: CellGradients, step: number): void;
  /** Gradients of all four parameters over all T*B rows, once d.dGates is complete; without an input, of weight_hh and bias_hh alone. */
  parameterGradients(plan: Plan, x: Extent, t: CellTensors, d: CellGradients, input: DenseInput): void;
}
