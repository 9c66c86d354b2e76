import source from "./gru_sequence.wgsl?raw";
import backwardSubgroupsSource from "./gru_sequence_backward_subgroups.wgsl?raw";
import forwardSubgroupsSource from "./gru_sequence_forward_subgroups.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel";
import { comesFromAbove, rowConstants, rowForm, rowGroups, sequenceConstants, sequenceProduct } from "./sequence_product";
import { backwardSubgroups, forwardSubgroups } from "./sequence_subgroups";
import { sigmoid } from "./sigmoid";

const forward = {
  name: "gru_sequence_forward",
  bindings: {
    weight: { type: "real", access: "read", shape: "[H, 3Hp]" },
    gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    bias_hh: { type: "f32", access: "read", shape: "[3H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    hidden_term: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { steps: "u32", batch: "u32", hidden_size: "u32" },
} as const;

/** All time steps of a GRU layer that resets after the product (PyTorch, cuDNN), in one dispatch. H up to 1024. */
export const gruSequenceForward = defineKernel({
  wgsl: sequenceProduct + source,
  ...forward,
  workgroups: ({ batch, hidden_size: hiddenSize }) => rowGroups(batch, hiddenSize),
  constants: ({ batch, hidden_size: hiddenSize }) => sequenceConstants(batch, hiddenSize, 1, 3),
  forms: {
    row: rowForm(sequenceProduct + source, rowConstants(1, 3)),
    subgroups: forwardSubgroups(forward, ["hidden"], forwardSubgroupsSource),
  },
  onHardware: "row",
  onSoftware: "subgroups",
  twin({ gates, weight, bias_hh: biasHh, hidden, hidden_term: hiddenTerm }, { steps, batch, hidden_size: hiddenSize }) {
    const width = ceilDiv(hiddenSize, 4) * 4;
    for (let t = 0; t < steps; t++) {
      for (let b = 0; b < batch; b++) {
        const row = t * batch + b;
        const previous = row * hiddenSize;
        const next = (row + batch) * hiddenSize;
        const gate = row * 3 * hiddenSize;
        for (let j = 0; j < hiddenSize; j++) {
          // W_hh h_{t-1} + b_hh, for each of r, z, n
          let sumR = biasHh[j]!;
          let sumZ = biasHh[hiddenSize + j]!;
          let sumN = biasHh[2 * hiddenSize + j]!;
          for (let k = 0; k < hiddenSize; k++) {
            const h = hidden[previous + k]!;
            sumR += weight[k * 3 * width + j]! * h;
            sumZ += weight[(k * 3 + 1) * width + j]! * h;
            sumN += weight[(k * 3 + 2) * width + j]! * h;
          }
          // r = sigmoid(x_r + W_hr h + b_hr);  z likewise;  n = tanh(x_n + r (W_hn h + b_hn))
          const r = sigmoid(gates[gate + j]! + sumR);
          const z = sigmoid(gates[gate + hiddenSize + j]! + sumZ);
          const n = Math.tanh(gates[gate + 2 * hiddenSize + j]! + r * sumN);
          gates[gate + j] = r;
          gates[gate + hiddenSize + j] = z;
          gates[gate + 2 * hiddenSize + j] = n;
          hiddenTerm[row * hiddenSize + j] = sumN;
          // h_t = (1 - z) n + z h_{t-1}
          hidden[next + j] = (1 - z) * n + z * hidden[previous + j]!;
        }
      }
    }
  },
});

const backward = {
  name: "gru_sequence_backward",
  bindings: {
    weight: { type: "real", access: "read", shape: "[3H, Hp]" },
    gates: { type: "real", access: "read", shape: "[T, B, 3H]" },
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    hidden_term: { type: "real", access: "read", shape: "[T, B, H]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    d_hidden_term: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { steps: "u32", batch: "u32", hidden_size: "u32", from_above: "u32" },
} as const;

/** Backpropagation through all time steps of `gru_sequence_forward`, in one dispatch. H up to 1024. */
export const gruSequenceBackward = defineKernel({
  wgsl: sequenceProduct + source,
  ...backward,
  workgroups: ({ batch, hidden_size: hiddenSize }) => rowGroups(batch, hiddenSize),
  constants: ({ batch, hidden_size: hiddenSize }) => sequenceConstants(batch, hiddenSize, 3, 1),
  forms: {
    row: rowForm(sequenceProduct + source, rowConstants(3, 1)),
    subgroups: backwardSubgroups(backward, ["d_gates", "d_hidden_term"], backwardSubgroupsSource),
  },
  onHardware: "row",
  onSoftware: "subgroups",
  twin(buffers, { steps, batch, hidden_size: hiddenSize, from_above: fromAbove }) {
    const { gates, hidden, hidden_term: hiddenTerm, weight, carry_scale: carryScale } = buffers;
    const { d_hidden: dHidden, d_gates: dGates, d_hidden_term: dHiddenTerm } = buffers;
    const width = ceilDiv(hiddenSize, 4) * 4;
    const dCarry = new Float64Array(batch * hiddenSize);
    for (let t = steps - 1; t >= 0; t--) {
      const fromAboveHere = comesFromAbove(t, steps, fromAbove);
      for (let b = 0; b < batch; b++) {
        const row = t * batch + b;
        const previous = row * hiddenSize;
        const next = (row + batch) * hiddenSize;
        const gate = row * 3 * hiddenSize;
        for (let j = 0; j < hiddenSize; j++) {
          const r = gates[gate + j]!;
          const z = gates[gate + hiddenSize + j]!;
          const n = gates[gate + 2 * hiddenSize + j]!;
          const dh = (fromAboveHere ? dHidden[next + j]! : 0) + dCarry[b * hiddenSize + j]!;
          dHidden[next + j] = dh;
          // dn_pre = dh (1 - z) (1 - n^2);  d(W_hn h + b_hn) = dn_pre r
          const dn = dh * (1 - z) * (1 - n * n);
          dHiddenTerm[row * hiddenSize + j] = dn * r;
          // dr_pre = dn_pre (W_hn h + b_hn) r (1 - r);  dz_pre = dh (h_{t-1} - n) z (1 - z)
          dGates[gate + j] = dn * hiddenTerm[row * hiddenSize + j]! * r * (1 - r);
          dGates[gate + hiddenSize + j] = dh * (hidden[previous + j]! - n) * z * (1 - z);
          dGates[gate + 2 * hiddenSize + j] = dn;
        }
        // dh_{t-1} = carry_scale_t (dh z + W_hr^T dr_pre + W_hz^T dz_pre + W_hn^T d(W_hn h + b_hn))
        for (let k = 0; k < hiddenSize; k++) {
          let sum = dHidden[next + k]! * gates[gate + hiddenSize + k]!;
          for (let j = 0; j < hiddenSize; j++) {
            sum += weight[j * width + k]! * dGates[gate + j]!;
            sum += weight[(hiddenSize + j) * width + k]! * dGates[gate + hiddenSize + j]!;
            sum += weight[(2 * hiddenSize + j) * width + k]! * dHiddenTerm[row * hiddenSize + j]!;
          }
          dCarry[b * hiddenSize + k] = carryScale[t]! * sum;
        }
      }
    }
    dHidden.set(dCarry, 0);
  },
});
