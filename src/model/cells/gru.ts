import { gruFusedBackward, gruFusedForward } from "../../shaders/gru_fused";
import { gruSequenceBackward, gruSequenceForward } from "../../shaders/gru_sequence";
import { gruStepBackward, gruStepForward } from "../../shaders/gru_step";
import { linearGradients, productNn, productNt } from "../products";
import { type CellOps, slotFromAbove } from "./cell";
import { gateGradients } from "./parameterGradients";

/** Gated recurrent unit (Cho et al. 2014) as in PyTorch: the reset gate acts after the product; gate order r, z, n. */
export const gruCell: CellOps = {
  needsCell: false,
  needsHiddenTerm: true,

  forwardSequence(plan, { steps, batch, hiddenSize }, t) {
    plan.call(
      gruSequenceForward,
      { gates: t.gates, weight: t.packedForward, bias_hh: t.biasHh, hidden: t.hidden, hidden_term: t.hiddenTerm },
      { steps, batch, hidden_size: hiddenSize },
    );
  },

  backwardSequence(plan, { steps, batch, hiddenSize }, t, d) {
    plan.call(
      gruSequenceBackward,
      {
        gates: t.gates,
        hidden: t.hidden,
        hidden_term: t.hiddenTerm,
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
    plan.call(
      gruFusedForward,
      { gates: t.gates, weight: t.packedForward, bias_hh: t.biasHh, hidden: t.hidden, hidden_term: t.hiddenTerm },
      { step, batch, hidden_size: hiddenSize },
    );
  },

  backwardFused(plan, x, t, d, slot) {
    plan.call(
      gruFusedBackward,
      {
        gates: t.gates,
        hidden: t.hidden,
        hidden_term: t.hiddenTerm,
        weight: t.packedBackward,
        carry_scale: d.carryScale,
        d_hidden: d.dHidden,
        d_gates: d.dGates,
        d_hidden_term: d.dHiddenTerm,
      },
      { step: slot, steps: x.steps, batch: x.batch, hidden_size: x.hiddenSize, from_above: slotFromAbove(x, d, slot) },
    );
  },

  forwardStep(plan, { batch, hiddenSize }, t, step) {
    const size = batch * hiddenSize;
    const previous = { tensor: t.hidden, offset: step * size };
    productNt(plan, {
      m: batch,
      n: 2 * hiddenSize,
      k: hiddenSize,
      a: previous,
      b: { tensor: t.weightHh },
      c: { tensor: t.gates, offset: 3 * step * size, stride: 3 * hiddenSize },
      accumulate: true,
    });
    productNt(plan, {
      m: batch,
      n: hiddenSize,
      k: hiddenSize,
      a: previous,
      b: { tensor: t.weightHh, offset: 2 * hiddenSize * hiddenSize },
      c: { tensor: t.hiddenTerm, offset: step * size },
    });
    plan.call(
      gruStepForward,
      { gates: t.gates, bias_hh: t.biasHh, hidden: t.hidden, hidden_term: t.hiddenTerm },
      { step, batch, hidden_size: hiddenSize },
    );
  },

  backwardStep(plan, { steps, batch, hiddenSize }, t, d, step) {
    const size = batch * hiddenSize;
    plan.call(
      gruStepBackward,
      {
        gates: t.gates,
        hidden: t.hidden,
        hidden_term: t.hiddenTerm,
        carry_scale: d.carryScale,
        d_carry: d.dCarry,
        d_hidden: d.dHidden,
        d_gates: d.dGates,
        d_hidden_term: d.dHiddenTerm,
      },
      { step, steps, batch, hidden_size: hiddenSize },
    );
    productNn(plan, {
      m: batch,
      n: hiddenSize,
      k: 2 * hiddenSize,
      a: { tensor: d.dGates, offset: 3 * step * size, stride: 3 * hiddenSize },
      b: { tensor: t.weightHh },
      c: { tensor: d.dCarry },
      accumulate: true,
    });
    productNn(plan, {
      m: batch,
      n: hiddenSize,
      k: hiddenSize,
      a: { tensor: d.dHiddenTerm, offset: step * size },
      b: { tensor: t.weightHh, offset: 2 * hiddenSize * hiddenSize },
      c: { tensor: d.dCarry },
      accumulate: true,
    });
  },

  parameterGradients(plan, x, t, d, input) {
    const { steps, batch, hiddenSize } = x;
    gateGradients(plan, x, t, d, input, { recurrentRows: 2 * hiddenSize, dBiasHh: { tensor: d.dBiasHh } });
    // What W_n and b_n make goes through r before it reaches the gate, so its gradient is not that of x_n.
    linearGradients(plan, {
      a: { tensor: d.dHiddenTerm },
      m: hiddenSize,
      k: steps * batch,
      first: {
        input: { tensor: t.hidden },
        columns: hiddenSize,
        dWeight: { tensor: d.dWeightHh, offset: 2 * hiddenSize * hiddenSize },
        dBias: { tensor: d.dBiasHh, offset: 2 * hiddenSize },
      },
      gradients: d.gradientArena,
    });
  },
};
