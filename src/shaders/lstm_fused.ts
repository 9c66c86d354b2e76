import backwardShared from "./fused_backward.wgsl?raw";
import { backwardAt, forwardAt } from "./fused_pack";
import { fusedForms } from "./fused_product";
import { defineKernel } from "./kernel";
import backwardSource from "./lstm_fused_backward.wgsl?raw";
import forwardSource from "./lstm_fused_forward.wgsl?raw";
import { sigmoid } from "./sigmoid";

/** One time step of an LSTM layer in one dispatch: the recurrent product, the gates and the states. */
export const lstmFusedForward = defineKernel({
  name: "lstm_fused_forward",
  ...fusedForms("lstm_fused_forward", forwardSource, "gates"),
  bindings: {
    gates: { type: "real", access: "read_write", shape: "[T, B, 4H]" },
    weight: { type: "real", access: "read", shape: "[up(4H)/8, H, 8]" },
    bias_hh: { type: "f32", access: "read", shape: "[4H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    cell: { type: "f32", access: "read_write", shape: "[T+1, B, H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  twin({ gates, weight, bias_hh: biasHh, hidden, cell }, { step, batch, hidden_size: hiddenSize }) {
    const slot = batch * hiddenSize;
    for (let b = 0; b < batch; b++) {
      const at = step * slot + b * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) {
        // a = x_t + W_hh h_{t-1} + b_hh
        const preactivation = (gate: number): number => {
          let sum = gates[4 * at + gate * hiddenSize + j]! + biasHh[gate * hiddenSize + j]!;
          for (let k = 0; k < hiddenSize; k++) sum += weight[forwardAt(4, hiddenSize, gate, j, k)]! * hidden[at + k]!;
          return sum;
        };
        const i = sigmoid(preactivation(0));
        const f = sigmoid(preactivation(1));
        const g = Math.tanh(preactivation(2));
        const o = sigmoid(preactivation(3));
        for (const [gate, value] of [i, f, g, o].entries()) gates[4 * at + gate * hiddenSize + j] = value;
        // c_t = f c_{t-1} + i g
        const c = f * cell[at + j]! + i * g;
        cell[at + slot + j] = c;
        // h_t = o tanh(c_t)
        hidden[at + slot + j] = o * Math.tanh(c);
      }
    }
  },
});

/**
 * The gradient of the state in slot `step` (from T down to 0) and of the step that made it, in one dispatch. `from_above` says
 * whether d_hidden holds one from above.
 */
export const lstmFusedBackward = defineKernel({
  name: "lstm_fused_backward",
  ...fusedForms("lstm_fused_backward", backwardShared + backwardSource, "units"),
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, 4H]" },
    cell: { type: "f32", access: "read", shape: "[T+1, B, H]" },
    weight: { type: "real", access: "read", shape: "[up(H)/8, 4H, 8]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_cell: { type: "f32", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, 4H]" },
  },
  scalars: { step: "u32", steps: "u32", batch: "u32", hidden_size: "u32", from_above: "u32" },
  twin(
    { gates, cell, weight, carry_scale: carryScale, d_hidden: dHidden, d_cell: dCell, d_gates: dGates },
    { step, steps, batch, hidden_size: hiddenSize, from_above: fromAbove },
  ) {
    const slot = batch * hiddenSize;
    const rows = 4 * hiddenSize;
    for (let b = 0; b < batch; b++) {
      const at = step * slot + b * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) {
        // dh_t = dh_t from above + carry_scale_{t+1} (W_hh^T da_{t+1})
        let dh = fromAbove !== 0 ? dHidden[at + j]! : 0;
        if (step < steps) {
          let sum = 0;
          for (let row = 0; row < rows; row++) sum += weight[backwardAt(rows, row, j)]! * dGates[4 * at + row]!;
          dh += carryScale[step]! * sum;
        }
        dHidden[at + j] = dh;
        if (step === 0) continue;
        const previous = at - slot;
        const gate = 4 * previous + j;
        const i = gates[gate]!;
        const f = gates[gate + hiddenSize]!;
        const g = gates[gate + 2 * hiddenSize]!;
        const o = gates[gate + 3 * hiddenSize]!;
        const tanhC = Math.tanh(cell[at + j]!);
        // dc_t = dh_t o (1 - tanh(c_t)^2) + carry_scale_{t+1} dc_{t+1} f_{t+1}; the last term is in the slot already
        const dc = dh * o * (1 - tanhC * tanhC) + (step < steps ? dCell[at + j]! : 0);
        dCell[at + j] = dc;
        dCell[previous + j] = carryScale[step - 1]! * dc * f;
        // da_i = dc g i (1 - i);  da_f = dc c_{t-1} f (1 - f);  da_g = dc i (1 - g^2);  da_o = dh tanh(c_t) o (1 - o)
        dGates[gate] = dc * g * i * (1 - i);
        dGates[gate + hiddenSize] = dc * cell[previous + j]! * f * (1 - f);
        dGates[gate + 2 * hiddenSize] = dc * i * (1 - g * g);
        dGates[gate + 3 * hiddenSize] = dh * tanhC * o * (1 - o);
      }
    }
  },
});
