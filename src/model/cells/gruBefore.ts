import {
  gruBeforeFusedBackwardOutput,
  gruBeforeFusedBackwardReset,
  gruBeforeFusedForwardGates,
  gruBeforeFusedForwardOutput,
} from "../../shaders/gru_before_fused";
import { gruBeforeSequenceBackward, gruBeforeSequenceForward } from "../../shaders/gru_before_sequence";
import {
  gruBeforeStepBackwardOutput,
  gruBeforeStepBackwardReset,
  gruBeforeStepForwardGates,
  gruBeforeStepForwardOutput,
} from "../../shaders/gru_before_step";
import { linearGradients, productNn, productNt } from "../products";
import { type CellOps, slotFromAbove } from "./cell";
import { gateGradients } from "./parameterGradients";

/**
 * The GRU as first published (Cho et al. 2014, v1) and in Keras with reset_after=False: the reset gate acts on h before the
 * product, so a step has two dependent products. bias_hh is zero and has no gradient.
 */
export const gruBeforeCell: CellOps = {
  needsCell: false,
  needsHiddenTerm: true,

  forwardSequence(plan, { steps, batch, hiddenSize }, t) {
    plan.call(
      gruBeforeSequenceForward,
      { gates: t.gates, weight: t.packedForward, hidden: t.hidden, hidden_term: t.hiddenTerm },
      { steps, batch, hidden_size: hiddenSize },
    );
  },

  backwardSequence(plan, { steps, batch, hiddenSize }, t, d) {
    plan.call(
      gruBeforeSequenceBackward,
      {
        gates: t.gates,
        hidden: t.hidden,
        weight: t.packedBackward,
        carry_scale: d.carryScale,
        d_hidden: d.dHidden,
        d_gates: d.dGates,
        d_hidden_term: d.dHiddenTerm,
      },
      { steps, batch, hidden_size: hiddenSize, from_above: d.fromAbove },
    );
  },

  forwardFused(plan, { batch, hiddenSize }, t, step) {
    const scalars = { step, batch, hidden_size: hiddenSize };
    const tensors = { gates: t.gates, weight: t.packedForward, hidden: t.hidden, hidden_term: t.hiddenTerm };
    plan.call(gruBeforeFusedForwardGates, tensors, scalars);
    plan.call(gruBeforeFusedForwardOutput, tensors, scalars);
  },

  backwardFused(plan, x, t, d, slot) {
    const { steps, batch, hiddenSize } = x;
    const shared = { gates: t.gates, hidden: t.hidden, weight: t.packedBackward, d_gates: d.dGates, d_hidden_term: d.dHiddenTerm };
    plan.call(
      gruBeforeFusedBackwardOutput,
      { ...shared, carry_scale: d.carryScale, d_hidden: d.dHidden },
      { step: slot, steps, batch, hidden_size: hiddenSize, from_above: slotFromAbove(x, d, slot) },
    );
    if (slot > 0) plan.call(gruBeforeFusedBackwardReset, shared, { step: slot - 1, batch, hidden_size: hiddenSize });
  },

  forwardStep(plan, { batch, hiddenSize }, t, step) {
    const size = batch * hiddenSize;
    const scalars = { step, batch, hidden_size: hiddenSize };
    const gates = { tensor: t.gates, offset: 3 * step * size, stride: 3 * hiddenSize };
    productNt(plan, {
      m: batch,
      n: 2 * hiddenSize,
      k: hiddenSize,
      a: { tensor: t.hidden, offset: step * size },
      b: { tensor: t.weightHh },
      c: gates,
      accumulate: true,
    });
    plan.call(gruBeforeStepForwardGates, { gates: t.gates, hidden: t.hidden, hidden_term: t.hiddenTerm }, scalars);
    productNt(plan, {
      m: batch,
      n: hiddenSize,
      k: hiddenSize,
      a: { tensor: t.hiddenTerm, offset: step * size },
      b: { tensor: t.weightHh, offset: 2 * hiddenSize * hiddenSize },
      c: { ...gates, offset: gates.offset + 2 * hiddenSize },
      accumulate: true,
    });
    plan.call(gruBeforeStepForwardOutput, { gates: t.gates, hidden: t.hidden }, scalars);
  },

  backwardStep(plan, { steps, batch, hiddenSize }, t, d, step) {
    const size = batch * hiddenSize;
    const dGates = { tensor: d.dGates, offset: 3 * step * size, stride: 3 * hiddenSize };
    plan.call(
      gruBeforeStepBackwardOutput,
      {
        gates: t.gates,
        hidden: t.hidden,
        carry_scale: d.carryScale,
        d_carry: d.dCarry,
        d_hidden: d.dHidden,
        d_gates: d.dGates,
      },
      { step, steps, batch, hidden_size: hiddenSize },
    );
    productNn(plan, {
      m: batch,
      n: hiddenSize,
      k: hiddenSize,
      a: { ...dGates, offset: dGates.offset + 2 * hiddenSize },
      b: { tensor: t.weightHh, offset: 2 * hiddenSize * hiddenSize },
      c: { tensor: d.dHiddenTerm, offset: step * size },
    });
    plan.call(
      gruBeforeStepBackwardReset,
      { gates: t.gates, hidden: t.hidden, d_hidden_term: d.dHiddenTerm, d_carry: d.dCarry, d_gates: d.dGates },
      { step, batch, hidden_size: hiddenSize },
    );
    productNn(plan, {
      m: batch,
      n: hiddenSize,
      k: 2 * hiddenSize,
      a: dGates,
      b: { tensor: t.weightHh },
      c: { tensor: d.dCarry },
      accumulate: true,
    });
  },

  parameterGradients(plan, x, t, d, input) {
    const { steps, batch, hiddenSize } = x;
    gateGradients(plan, x, t, d, input, { recurrentRows: 2 * hiddenSize, dBiasHh: { tensor: d.dBiasIh } });
    // W_n was multiplied with r h_{t-1}.
    linearGradients(plan, {
      a: { tensor: d.dGates, offset: 2 * hiddenSize, stride: 3 * hiddenSize },
      m: hiddenSize,
      k: steps * batch,
      first: {
        input: { tensor: t.hiddenTerm },
        columns: hiddenSize,
        dWeight: { tensor: d.dWeightHh, offset: 2 * hiddenSize * hiddenSize },
        dBias: { tensor: d.dBiasIh, offset: 2 * hiddenSize },
      },
      gradients: d.gradientArena,
    });
  },
};
