import source from "./gru_step.wgsl?raw";
import { defineKernel } from "./kernel";
import { sigmoid } from "./sigmoid";
import { stridedWorkgroups } from "./strided";

/** One time step of a GRU that resets after the product, once the product W_hh h_{t-1} lies in `gates` (r, z) and `hidden_term` (n). */
export const gruStepForward = defineKernel({
  name: "gru_step_forward",
  wgsl: source,
  bindings: {
    gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    bias_hh: { type: "f32", access: "read", shape: "[3H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    hidden_term: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  workgroups: ({ batch, hidden_size: hiddenSize }) => stridedWorkgroups(batch * hiddenSize, 64),
  twin({ gates, bias_hh: biasHh, hidden, hidden_term: hiddenTerm }, { step, batch, hidden_size: hiddenSize }) {
    for (let b = 0; b < batch; b++) {
      const row = step * batch + b;
      for (let j = 0; j < hiddenSize; j++) {
        const at = row * hiddenSize + j;
        const gate = row * 3 * hiddenSize + j;
        // r = sigmoid(x_r + W_hr h + b_hr);  z likewise;  n = tanh(x_n + r (W_hn h + b_hn))
        const term = hiddenTerm[at]! + biasHh[2 * hiddenSize + j]!;
        const r = sigmoid(gates[gate]! + biasHh[j]!);
        const z = sigmoid(gates[gate + hiddenSize]! + biasHh[hiddenSize + j]!);
        const n = Math.tanh(gates[gate + 2 * hiddenSize]! + r * term);
        gates[gate] = r;
        gates[gate + hiddenSize] = z;
        gates[gate + 2 * hiddenSize] = n;
        hiddenTerm[at] = term;
        // h_t = (1 - z) n + z h_{t-1}
        hidden[at + batch * hiddenSize] = (1 - z) * n + z * hidden[at]!;
      }
    }
  },
});

/** The point-wise part of one step backwards; two products then add W_hh^T times what it wrote to `d_carry`. */
export const gruStepBackward = defineKernel({
  name: "gru_step_backward",
  wgsl: source,
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, 3H]" },
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    hidden_term: { type: "real", access: "read", shape: "[T, B, H]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_carry: { type: "f32", access: "read_write", shape: "[B, H]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    d_hidden_term: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { step: "u32", steps: "u32", batch: "u32", hidden_size: "u32" },
  workgroups: ({ batch, hidden_size: hiddenSize }) => stridedWorkgroups(batch * hiddenSize, 64),
  twin(buffers, { step, steps, batch, hidden_size: hiddenSize }) {
    const { gates, hidden, hidden_term: hiddenTerm, carry_scale: carryScale } = buffers;
    const { d_carry: dCarry, d_hidden: dHidden, d_gates: dGates, d_hidden_term: dHiddenTerm } = buffers;
    for (let b = 0; b < batch; b++) {
      const row = step * batch + b;
      for (let j = 0; j < hiddenSize; j++) {
        const at = row * hiddenSize + j;
        const next = at + batch * hiddenSize;
        const gate = row * 3 * hiddenSize + j;
        const r = gates[gate]!;
        const z = gates[gate + hiddenSize]!;
        const n = gates[gate + 2 * hiddenSize]!;
        const carry = step + 1 < steps ? carryScale[step + 1]! * dCarry[b * hiddenSize + j]! : 0;
        const dh = dHidden[next]! + carry;
        dHidden[next] = dh;
        // dn_pre = dh (1 - z) (1 - n^2);  d(W_hn h + b_hn) = dn_pre r
        const dn = dh * (1 - z) * (1 - n * n);
        dHiddenTerm[at] = dn * r;
        // dr_pre = dn_pre (W_hn h + b_hn) r (1 - r);  dz_pre = dh (h_{t-1} - n) z (1 - z)
        dGates[gate] = dn * hiddenTerm[at]! * r * (1 - r);
        dGates[gate + hiddenSize] = dh * (hidden[at]! - n) * z * (1 - z);
        dGates[gate + 2 * hiddenSize] = dn;
        // the part of dh_{t-1} that flows past the product
        dCarry[b * hiddenSize + j] = dh * z;
      }
    }
  },
});
