import source from "./gru_before_step.wgsl?raw";
import { defineKernel } from "./kernel";
import { sigmoid } from "./sigmoid";
import { stridedWorkgroups } from "./strided";

/** First half of one step of a GRU that resets before the product: r, z and r h_{t-1}, once W_hr h and W_hz h lie in `gates`. */
export const gruBeforeStepForwardGates = defineKernel({
  name: "gru_before_step_forward_gates",
  wgsl: source,
  bindings: {
    gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    hidden_term: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  workgroups: ({ batch, hidden_size: hiddenSize }) => stridedWorkgroups(batch * hiddenSize, 64),
  twin({ gates, hidden, hidden_term: hiddenTerm }, { step, batch, hidden_size: hiddenSize }) {
    for (let b = 0; b < batch; b++) {
      const row = step * batch + b;
      for (let j = 0; j < hiddenSize; j++) {
        const gate = row * 3 * hiddenSize + j;
        // r = sigmoid(x_r + W_hr h_{t-1});  z = sigmoid(x_z + W_hz h_{t-1})
        const r = sigmoid(gates[gate]!);
        gates[gate] = r;
        gates[gate + hiddenSize] = sigmoid(gates[gate + hiddenSize]!);
        hiddenTerm[row * hiddenSize + j] = r * hidden[row * hiddenSize + j]!;
      }
    }
  },
});

/** Second half: n and h_t, once W_hn (r h_{t-1}) has been added to the n block of `gates`. */
export const gruBeforeStepForwardOutput = defineKernel({
  name: "gru_before_step_forward_output",
  wgsl: source,
  bindings: {
    gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  workgroups: ({ batch, hidden_size: hiddenSize }) => stridedWorkgroups(batch * hiddenSize, 64),
  twin({ gates, hidden }, { step, batch, hidden_size: hiddenSize }) {
    for (let b = 0; b < batch; b++) {
      const row = step * batch + b;
      for (let j = 0; j < hiddenSize; j++) {
        const at = row * hiddenSize + j;
        const gate = row * 3 * hiddenSize + j;
        // n = tanh(x_n + W_hn (r h_{t-1}));  h_t = (1 - z) n + z h_{t-1}
        const z = gates[gate + hiddenSize]!;
        const n = Math.tanh(gates[gate + 2 * hiddenSize]!);
        gates[gate + 2 * hiddenSize] = n;
        hidden[at + batch * hiddenSize] = (1 - z) * n + z * hidden[at]!;
      }
    }
  },
});

/** Second half backwards: dz and dn; a product then makes d_hidden_term = W_hn^T dn_pre. */
export const gruBeforeStepBackwardOutput = defineKernel({
  name: "gru_before_step_backward_output",
  wgsl: source,
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, 3H]" },
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_carry: { type: "f32", access: "read_write", shape: "[B, H]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
  },
  scalars: { step: "u32", steps: "u32", batch: "u32", hidden_size: "u32" },
  workgroups: ({ batch, hidden_size: hiddenSize }) => stridedWorkgroups(batch * hiddenSize, 64),
  twin(buffers, { step, steps, batch, hidden_size: hiddenSize }) {
    const { gates, hidden, carry_scale: carryScale, d_carry: dCarry, d_hidden: dHidden, d_gates: dGates } = buffers;
    for (let b = 0; b < batch; b++) {
      const row = step * batch + b;
      for (let j = 0; j < hiddenSize; j++) {
        const at = row * hiddenSize + j;
        const next = at + batch * hiddenSize;
        const gate = row * 3 * hiddenSize + j;
        const z = gates[gate + hiddenSize]!;
        const n = gates[gate + 2 * hiddenSize]!;
        const carry = step + 1 < steps ? carryScale[step + 1]! * dCarry[b * hiddenSize + j]! : 0;
        const dh = dHidden[next]! + carry;
        dHidden[next] = dh;
        // dz_pre = dh (h_{t-1} - n) z (1 - z);  dn_pre = dh (1 - z) (1 - n^2)
        dGates[gate + hiddenSize] = dh * (hidden[at]! - n) * z * (1 - z);
        dGates[gate + 2 * hiddenSize] = dh * (1 - z) * (1 - n * n);
        // the part of dh_{t-1} that flows past both products
        dCarry[b * hiddenSize + j] = dh * z;
      }
    }
  },
});

/** First half backwards: dr, once d_hidden_term is known; a product then adds W_hr^T dr_pre + W_hz^T dz_pre to `d_carry`. */
export const gruBeforeStepBackwardReset = defineKernel({
  name: "gru_before_step_backward_reset",
  wgsl: source,
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, 3H]" },
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    d_hidden_term: { type: "real", access: "read", shape: "[T, B, H]" },
    d_carry: { type: "f32", access: "read_write", shape: "[B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  workgroups: ({ batch, hidden_size: hiddenSize }) => stridedWorkgroups(batch * hiddenSize, 64),
  twin({ gates, hidden, d_hidden_term: dHiddenTerm, d_carry: dCarry, d_gates: dGates }, { step, batch, hidden_size: hiddenSize }) {
    for (let b = 0; b < batch; b++) {
      const row = step * batch + b;
      for (let j = 0; j < hiddenSize; j++) {
        const at = row * hiddenSize + j;
        const gate = row * 3 * hiddenSize + j;
        // dr_pre = d(r h_{t-1}) h_{t-1} r (1 - r);  dh_{t-1} += d(r h_{t-1}) r
        const r = gates[gate]!;
        dGates[gate] = dHiddenTerm[at]! * hidden[at]! * r * (1 - r);
        dCarry[b * hiddenSize + j]! += dHiddenTerm[at]! * r;
      }
    }
  },
});
