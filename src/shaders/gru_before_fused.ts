import backwardShared from "./fused_backward.wgsl?raw";
import { backwardAt, forwardAt } from "./fused_pack";
import { fusedForms } from "./fused_product";
import backwardOutputSource from "./gru_before_fused_backward_output.wgsl?raw";
import backwardResetSource from "./gru_before_fused_backward_reset.wgsl?raw";
import forwardGatesSource from "./gru_before_fused_forward_gates.wgsl?raw";
import forwardOutputSource from "./gru_before_fused_forward_output.wgsl?raw";
import { defineKernel } from "./kernel";
import { sigmoid } from "./sigmoid";

/** First half of one time step of a GRU that resets before the product, in one dispatch: r, z and r h_{t-1}. */
export const gruBeforeFusedForwardGates = defineKernel({
  name: "gru_before_fused_forward_gates",
  ...fusedForms("gru_before_fused_forward_gates", forwardGatesSource, "gates"),
  bindings: {
    gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    weight: { type: "real", access: "read", shape: "[up(4H)/8, H, 8]" },
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    hidden_term: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  twin({ gates, weight, hidden, hidden_term: hiddenTerm }, { step, batch, hidden_size: hiddenSize }) {
    for (let b = 0; b < batch; b++) {
      const at = (step * batch + b) * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) {
        // r = sigmoid(x_r + W_hr h_{t-1});  z = sigmoid(x_z + W_hz h_{t-1})
        for (const gate of [0, 1]) {
          let sum = gates[3 * at + gate * hiddenSize + j]!;
          for (let k = 0; k < hiddenSize; k++) sum += weight[forwardAt(3, hiddenSize, gate, j, k)]! * hidden[at + k]!;
          gates[3 * at + gate * hiddenSize + j] = sigmoid(sum);
        }
        hiddenTerm[at + j] = gates[3 * at + j]! * hidden[at + j]!;
      }
    }
  },
});

/** Second half, once the first is complete: n and h_t. */
export const gruBeforeFusedForwardOutput = defineKernel({
  name: "gru_before_fused_forward_output",
  ...fusedForms("gru_before_fused_forward_output", forwardOutputSource, "gates"),
  bindings: {
    gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    weight: { type: "real", access: "read", shape: "[up(4H)/8, H, 8]" },
    hidden_term: { type: "real", access: "read", shape: "[T, B, H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  twin({ gates, weight, hidden_term: hiddenTerm, hidden }, { step, batch, hidden_size: hiddenSize }) {
    for (let b = 0; b < batch; b++) {
      const at = (step * batch + b) * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) {
        const gate = 3 * at + j;
        // n = tanh(x_n + W_hn (r h_{t-1}));  h_t = (1 - z) n + z h_{t-1}
        let sum = gates[gate + 2 * hiddenSize]!;
        for (let k = 0; k < hiddenSize; k++) sum += weight[forwardAt(3, hiddenSize, 2, j, k)]! * hiddenTerm[at + k]!;
        const n = Math.tanh(sum);
        const z = gates[gate + hiddenSize]!;
        gates[gate + 2 * hiddenSize] = n;
        hidden[at + batch * hiddenSize + j] = (1 - z) * n + z * hidden[at + j]!;
      }
    }
  },
});

/**
 * The gradient of the state in slot `step` (from T down to 0) and of the second half of the step that made it, in one dispatch.
 * `from_above` says whether d_hidden holds one from above.
 */
export const gruBeforeFusedBackwardOutput = defineKernel({
  name: "gru_before_fused_backward_output",
  ...fusedForms("gru_before_fused_backward_output", backwardShared + backwardOutputSource, "units"),
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, 3H]" },
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    weight: { type: "real", access: "read", shape: "[up(H)/8, 3H, 8]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_hidden_term: { type: "real", access: "read", shape: "[T, B, H]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
  },
  scalars: { step: "u32", steps: "u32", batch: "u32", hidden_size: "u32", from_above: "u32" },
  twin(buffers, { step, steps, batch, hidden_size: hiddenSize, from_above: fromAbove }) {
    const { gates, hidden, weight, carry_scale: carryScale } = buffers;
    const { d_hidden_term: dHiddenTerm, d_hidden: dHidden, d_gates: dGates } = buffers;
    const slot = batch * hiddenSize;
    for (let b = 0; b < batch; b++) {
      const at = step * slot + b * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) {
        // dh_t = dh_t from above + carry_scale_{t+1} (dh_{t+1} z + d(r h_t) r + W_hr^T dr + W_hz^T dz)
        let dh = fromAbove !== 0 ? dHidden[at + j]! : 0;
        if (step < steps) {
          let sum = dHidden[at + slot + j]! * gates[3 * at + hiddenSize + j]! + dHiddenTerm[at + j]! * gates[3 * at + j]!;
          for (let row = 0; row < 2 * hiddenSize; row++) sum += weight[backwardAt(3 * hiddenSize, row, j)]! * dGates[3 * at + row]!;
          dh += carryScale[step]! * sum;
        }
        dHidden[at + j] = dh;
        if (step === 0) continue;
        const gate = 3 * (at - slot) + j;
        const z = gates[gate + hiddenSize]!;
        const n = gates[gate + 2 * hiddenSize]!;
        // dz_pre = dh (h_{t-1} - n) z (1 - z);  dn_pre = dh (1 - z) (1 - n^2)
        dGates[gate + hiddenSize] = dh * (hidden[at - slot + j]! - n) * z * (1 - z);
        dGates[gate + 2 * hiddenSize] = dh * (1 - z) * (1 - n * n);
      }
    }
  },
});

/** The first half of time step `step` backwards, once dn_pre is complete: d(r h_{t-1}) and dr. */
export const gruBeforeFusedBackwardReset = defineKernel({
  name: "gru_before_fused_backward_reset",
  ...fusedForms("gru_before_fused_backward_reset", backwardShared + backwardResetSource, "units"),
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, 3H]" },
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    weight: { type: "real", access: "read", shape: "[up(H)/8, 3H, 8]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    d_hidden_term: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  twin({ gates, hidden, weight, d_gates: dGates, d_hidden_term: dHiddenTerm }, { step, batch, hidden_size: hiddenSize }) {
    const rows = 3 * hiddenSize;
    for (let b = 0; b < batch; b++) {
      const at = (step * batch + b) * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) {
        // d(r h_{t-1}) = W_hn^T dn_pre
        let sum = 0;
        for (let row = 2 * hiddenSize; row < rows; row++) sum += weight[backwardAt(rows, row, j)]! * dGates[3 * at + row]!;
        dHiddenTerm[at + j] = sum;
        // dr_pre = d(r h_{t-1}) h_{t-1} r (1 - r)
        const r = gates[3 * at + j]!;
        dGates[3 * at + j] = sum * hidden[at + j]! * r * (1 - r);
      }
    }
  },
});
