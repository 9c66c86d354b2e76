import { rnnFusedBackward, rnnFusedForward } from "../../shaders/rnn_fused";
import { rnnSequenceBackward, rnnSequenceForward } from "../../shaders/rnn_sequence";
import { rnnStepBackward, rnnStepForward } from "../../shaders/rnn_step";
import { productNn, productNt } from "../products";
import { type CellOps, slotFromAbove } from "./cell";
import { gateGradients } from "./parameterGradients";

/** Elman's network with tanh: h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh). */
export const rnnCell: CellOps = {
  needsCell: false,
  needsHiddenTerm: false,

  forwardSequence(plan, { steps, batch, hiddenSize }, t) {
    plan.call(
      rnnSequenceForward,
      { gates: t.gates, weight: t.packedForward, bias_hh: t.biasHh, hidden: t.hidden },
      { steps, batch, hidden_size: hiddenSize },
    );
  },

  backwardSequence(plan, { steps, batch, hiddenSize }, t, d) {
    plan.call(
      rnnSequenceBackward,
      { hidden: t.hidden, weight: t.packedBackward, carry_scale: d.carryScale, d_hidden: d.dHidden, d_gates: d.dGates },
      { steps, batch, hidden_size: hiddenSize, from_above: d.fromAbove },
    );
  },

  forwardFused(plan, { batch, hiddenSize }, t, step) {
    plan.call(
      rnnFusedForward,
      { gates: t.gates, weight: t.packedForward, bias_hh: t.biasHh, hidden: t.hidden },
      { step, batch, hidden_size: hiddenSize },
    );
  },

  backwardFused(plan, x, t, d, slot) {
    plan.call(
      rnnFusedBackward,
      { hidden: t.hidden, weight: t.packedBackward, carry_scale: d.carryScale, d_hidden: d.dHidden, d_gates: d.dGates },
      { step: slot, steps: x.steps, batch: x.batch, hidden_size: x.hiddenSize, from_above: slotFromAbove(x, d, slot) },
    );
  },

  forwardStep(plan, { batch, hiddenSize }, t, step) {
    const size = batch * hiddenSize;
    productNt(plan, {
      m: batch,
      n: hiddenSize,
      k: hiddenSize,
      a: { tensor: t.hidden, offset: step * size },
      b: { tensor: t.weightHh },
      c: { tensor: t.gates, offset: step * size },
      accumulate: true,
    });
    plan.call(rnnStepForward, { gates: t.gates, bias_hh: t.biasHh, hidden: t.hidden }, { step, batch, hidden_size: hiddenSize });
  },

  backwardStep(plan, { steps, batch, hiddenSize }, t, d, step) {
    plan.call(
      rnnStepBackward,
      { hidden: t.hidden, carry_scale: d.carryScale, d_carry: d.dCarry, d_hidden: d.dHidden, d_gates: d.dGates },
      { step, steps, batch, hidden_size: hiddenSize },
    );
    productNn(plan, {
      m: batch,
      n: hiddenSize,
      k: hiddenSize,
      a: { tensor: d.dGates, offset: step * batch * hiddenSize },
      b: { tensor: t.weightHh },
      c: { tensor: d.dCarry },
    });
  },

  parameterGradients(plan, x, t, d, input) {
    gateGradients(plan, x, t, d, input, { recurrentRows: x.hiddenSize, dBiasHh: { tensor: d.dBiasHh } });
  },
};
