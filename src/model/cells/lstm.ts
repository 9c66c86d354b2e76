import { lstmFusedBackward, lstmFusedForward } from "../../shaders/lstm_fused";
import { lstmSequenceBackward, lstmSequenceForward } from "../../shaders/lstm_sequence";
import { lstmStepBackward, lstmStepForward } from "../../shaders/lstm_step";
import { productNn, productNt } from "../products";
import { type CellOps, slotFromAbove } from "./cell";
import { gateGradients } from "./parameterGradients";

/** Long short-term memory (Hochreiter & Schmidhuber 1997, with Gers' forget gate); gate order i, f, g, o. */
export const lstmCell: CellOps = {
  needsCell: true,
  needsHiddenTerm: false,

  forwardSequence(plan, { steps, batch, hiddenSize }, t) {
    plan.call(
      lstmSequenceForward,
      { gates: t.gates, weight: t.packedForward, bias_hh: t.biasHh, hidden: t.hidden, cell: t.cell },
      { steps, batch, hidden_size: hiddenSize },
    );
  },

  backwardSequence(plan, { steps, batch, hiddenSize }, t, d) {
    plan.call(
      lstmSequenceBackward,
      {
        gates: t.gates,
        cell: t.cell,
        weight: t.packedBackward,
        carry_scale: d.carryScale,
        d_hidden: d.dHidden,
        d_cell: d.dCell,
        d_gates: d.dGates,
      },
      { steps, batch, hidden_size: hiddenSize, from_above: d.fromAbove },
    );
  },

  forwardFused(plan, { batch, hiddenSize }, t, step) {
    plan.call(
      lstmFusedForward,
      { gates: t.gates, weight: t.packedForward, bias_hh: t.biasHh, hidden: t.hidden, cell: t.cell },
      { step, batch, hidden_size: hiddenSize },
    );
  },

  backwardFused(plan, x, t, d, slot) {
    plan.call(
      lstmFusedBackward,
      {
        gates: t.gates,
        cell: t.cell,
        weight: t.packedBackward,
        carry_scale: d.carryScale,
        d_hidden: d.dHidden,
        d_cell: d.dCell,
        d_gates: d.dGates,
      },
      { step: slot, steps: x.steps, batch: x.batch, hidden_size: x.hiddenSize, from_above: slotFromAbove(x, d, slot) },
    );
  },

  forwardStep(plan, { batch, hiddenSize }, t, step) {
    productNt(plan, {
      m: batch,
      n: 4 * hiddenSize,
      k: hiddenSize,
      a: { tensor: t.hidden, offset: step * batch * hiddenSize },
      b: { tensor: t.weightHh },
      c: { tensor: t.gates, offset: step * batch * 4 * hiddenSize },
      accumulate: true,
    });
    plan.call(
      lstmStepForward,
      { gates: t.gates, bias_hh: t.biasHh, hidden: t.hidden, cell: t.cell },
      { step, batch, hidden_size: hiddenSize },
    );
  },

  backwardStep(plan, { steps, batch, hiddenSize }, t, d, step) {
    plan.call(
      lstmStepBackward,
      {
        gates: t.gates,
        cell: t.cell,
        carry_scale: d.carryScale,
        d_carry: d.dCarry,
        d_hidden: d.dHidden,
        d_cell: d.dCell,
        d_gates: d.dGates,
      },
      { step, steps, batch, hidden_size: hiddenSize },
    );
    productNn(plan, {
      m: batch,
      n: hiddenSize,
      k: 4 * hiddenSize,
      a: { tensor: d.dGates, offset: step * batch * 4 * hiddenSize },
      b: { tensor: t.weightHh },
      c: { tensor: d.dCarry },
    });
  },

  parameterGradients(plan, x, t, d, input) {
    gateGradients(plan, x, t, d, input, { recurrentRows: 4 * x.hiddenSize, dBiasHh: { tensor: d.dBiasHh } });
  },
};
