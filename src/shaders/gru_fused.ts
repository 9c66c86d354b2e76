import backwardShared from "./fused_backward.wgsl?raw";
import { backwardAt, forwardAt } from "./fused_pack";
import { fusedForms } from "./fused_product";
import backwardSource from "./gru_fused_backward.wgsl?raw";
import forwardSource from "./gru_fused_forward.wgsl?raw";
import { defineKernel } from "./kernel";
import { sigmoid } from "./sigmoid";

/** One time step of a GRU layer that resets after the product, in one dispatch. */
export const gruFusedForward = defineKernel({
  name: "gru_fused_forward",
  ...fusedForms("gru_fused_forward", forwardSource, "gates"),
  bindings: {
    gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    weight: { type: "real", access: "read", shape: "[up(4H)/8, H, 8]" },
    bias_hh: { type: "f32", access: "read", shape: "[3H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    hidden_term: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  twin({ gates, weight, bias_hh: biasHh, hidden, hidden_term: hiddenTerm }, { step, batch, hidden_size: hiddenSize }) {
    for (let b = 0; b < batch; b++) {
      const at = (step * batch + b) * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) {
        // W h_{t-1} + b of one gate
        const recurrent = (gate: number): number => {
          let sum = biasHh[gate * hiddenSize + j]!;
          for (let k = 0; k < hiddenSize; k++) sum += weight[forwardAt(3, hiddenSize, gate, j, k)]! * hidden[at + k]!;
          return sum;
        };
        const gate = 3 * at + j;
        // r = sigmoid(x_r + W_hr h + b_hr);  z likewise;  n = tanh(x_n + r (W_hn h + b_hn))
        const r = sigmoid(gates[gate]! + recurrent(0));
        const z = sigmoid(gates[gate + hiddenSize]! + recurrent(1));
        const term = recurrent(2);
        const n = Math.tanh(gates[gate + 2 * hiddenSize]! + r * term);
        gates[gate] = r;
        gates[gate + hiddenSize] = z;
        gates[gate + 2 * hiddenSize] = n;
        hiddenTerm[at + j] = term;
        // h_t = (1 - z) n + z h_{t-1}
        hidden[at + batch * hiddenSize + j] = (1 - z) * n + z * hidden[at + j]!;
      }
    }
  },
});

/**
 * The gradient of the state in slot `step` (from T down to 0) and of the step that made it, in one dispatch. `from_above` says
 * whether d_hidden holds one from above.
 */
export const gruFusedBackward = defineKernel({
  name: "gru_fused_backward",
  ...fusedForms("gru_fused_backward", backwardShared + backwardSource, "units"),
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, 3H]" },
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    hidden_term: { type: "real", access: "read", shape: "[T, B, H]" },
    weight: { type: "real", access: "read", shape: "[up(H)/8, 3H, 8]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    d_hidden_term: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { step: "u32", steps: "u32", batch: "u32", hidden_size: "u32", from_above: "u32" },
  twin(buffers, { step, steps, batch, hidden_size: hiddenSize, from_above: fromAbove }) {
    const { gates, hidden, hidden_term: hiddenTerm, weight, carry_scale: carryScale } = buffers;
    const { d_hidden: dHidden, d_gates: dGates, d_hidden_term: dHiddenTerm } = buffers;
    const slot = batch * hiddenSize;
    const rows = 3 * hiddenSize;
    for (let b = 0; b < batch; b++) {
      const at = step * slot + b * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) {
        // dh_t = dh_t from above + carry_scale_{t+1} (dh_{t+1} z + W_hr^T dr + W_hz^T dz + W_hn^T dm)
        let dh = fromAbove !== 0 ? dHidden[at + j]! : 0;
        if (step < steps) {
          let sum = dHidden[at + slot + j]! * gates[3 * at + hiddenSize + j]!;
          for (let row = 0; row < rows; row++) {
            const gradient = row < 2 * hiddenSize ? dGates[3 * at + row]! : dHiddenTerm[at + row - 2 * hiddenSize]!;
            sum += weight[backwardAt(rows, row, j)]! * gradient;
          }
          dh += carryScale[step]! * sum;
        }
        dHidden[at + j] = dh;
        if (step === 0) continue;
        const previous = at - slot;
        const gate = 3 * previous + j;
        const r = gates[gate]!;
        const z = gates[gate + hiddenSize]!;
        const n = gates[gate + 2 * hiddenSize]!;
        // dn_pre = dh (1 - z) (1 - n^2);  d(W_hn h + b_hn) = dn_pre r
        const dn = dh * (1 - z) * (1 - n * n);
        dHiddenTerm[previous + j] = dn * r;
        // dr_pre = dn_pre (W_hn h + b_hn) r (1 - r);  dz_pre = dh (h_{t-1} - n) z (1 - z)
        dGates[gate] = dn * hiddenTerm[previous + j]! * r * (1 - r);
        dGates[gate + hiddenSize] = dh * (hidden[previous + j]! - n) * z * (1 - z);
        dGates[gate + 2 * hiddenSize] = dn;
      }
    }
  },
});
