import type { Plan } from "../../plan/plan";
import type { Tensor } from "../../plan/tensor";

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
  /** The weights laid out for the sequence kernels; see recurrent_pack.wgsl. */
  readonly packedForward: Tensor;
  readonly packedBackward: Tensor;
}

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
  readonly dWeightHh: Tensor;
  /** The whole gradient arena, of which the three d* parameters are views. */
  readonly gradientArena: Tensor;
  readonly dBiasIh: Tensor;
  readonly dBiasHh: Tensor;
}

/**
 * How one cell records its recurrence. The sequence form is one dispatch for all time steps (small H);
 * the step form is a product and a point-wise kernel for each step (large H, or a single step).
 */
export interface CellOps {
  readonly needsCell: boolean;
  readonly needsHiddenTerm: boolean;
  forwardSequence(plan: Plan, x: Extent, t: CellTensors): void;
  backwardSequence(plan: Plan, x: Extent, t: CellTensors, d: CellGradients): void;
  forwardStep(plan: Plan, x: Extent, t: CellTensors, step: number): void;
  /** Leaves in d.dCarry the gradient with respect to h_{t-1}, before carryScale. */
  backwardStep(plan: Plan, x: Extent, t: CellTensors, d: CellGradients, step: number): void;
  /** dWeightHh and dBiasHh over all T*B rows, once d.dGates is complete and dBiasIh is summed. */
  recurrentGradients(plan: Plan, x: Extent, t: CellTensors, d: CellGradients): void;
}
