import { gruSequenceBackward, gruSequenceForward } from "../../shaders/gru_sequence";
import { gruStepBackward, gruStepForward } from "../../shaders/gru_step";
import { productNn, productNt, productTn, sumColumns } from "../products";
import { copyBiasGradient } from "./biasGradient";
import type { CellOps } from "./cell";

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
      { steps, batch, hidden_size: hiddenSize },
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

  recurrentGradients(plan, { steps, batch, hiddenSize }, t, d) {
    const rows = steps * batch;
    productTn(plan, {
      m: 2 * hiddenSize,
      n: hiddenSize,
      k: rows,
      a: { tensor: d.dGates, stride: 3 * hiddenSize },
      b: { tensor: t.hidden },
      c: { tensor: d.dWeightHh },
    });
    productTn(plan, {
      m: hiddenSize,
      n: hiddenSize,
      k: rows,
      a: { tensor: d.dHiddenTerm },
      b: { tensor: t.hidden },
      c: { tensor: d.dWeightHh, offset: 2 * hiddenSize * hiddenSize },
    });
    copyBiasGradient(plan, d, 2 * hiddenSize);
    sumColumns(plan, rows, hiddenSize, { tensor: d.dHiddenTerm }, { tensor: d.dBiasHh, offset: 2 * hiddenSize });
  },
};
