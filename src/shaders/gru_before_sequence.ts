import source from "./gru_before_sequence.wgsl?raw";
import backwardSubgroupsSource from "./gru_before_sequence_backward_subgroups.wgsl?raw";
import forwardSubgroupsSource from "./gru_before_sequence_forward_subgroups.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel";
import { comesFromAbove, rowConstants, rowForm, rowGroups, sequenceConstants, sequenceProduct } from "./sequence_product";
import { backwardSubgroups, forwardSubgroups } from "./sequence_subgroups";
import { sigmoid } from "./sigmoid";

const forward = {
  name: "gru_before_sequence_forward",
  bindings: {
    weight: { type: "real", access: "read", shape: "[H, 3Hp]" },
    gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    hidden_term: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { steps: "u32", batch: "u32", hidden_size: "u32" },
} as const;

/** All time steps of a GRU layer that resets before the product (Cho et al. 2014, Keras `reset_after=False`), in one dispatch. H up to 1024. */
export const gruBeforeSequenceForward = defineKernel({
  wgsl: sequenceProduct + source,
  ...forward,
  workgroups: ({ batch, hidden_size: hiddenSize }) => rowGroups(batch, hiddenSize),
  constants: ({ batch, hidden_size: hiddenSize }) => sequenceConstants(batch, hiddenSize, 1, 2),
  forms: {
    row: rowForm(sequenceProduct + source, rowConstants(1, 2)),
    subgroups: forwardSubgroups(forward, ["hidden", "hidden_term"], forwardSubgroupsSource),
  },
  onHardware: "row",
  onSoftware: "subgroups",
  twin({ gates, weight, hidden, hidden_term: hiddenTerm }, { steps, batch, hidden_size: hiddenSize }) {
    const width = ceilDiv(hiddenSize, 4) * 4;
    for (let t = 0; t < steps; t++) {
      for (let b = 0; b < batch; b++) {
        const row = t * batch + b;
        const previous = row * hiddenSize;
        const next = (row + batch) * hiddenSize;
        const gate = row * 3 * hiddenSize;
        for (let j = 0; j < hiddenSize; j++) {
          let sumR = 0;
          let sumZ = 0;
          for (let k = 0; k < hiddenSize; k++) {
            const h = hidden[previous + k]!;
            sumR += weight[k * 3 * width + j]! * h;
            sumZ += weight[(k * 3 + 1) * width + j]! * h;
          }
          // r = sigmoid(x_r + W_hr h_{t-1});  z = sigmoid(x_z + W_hz h_{t-1})
          const r = sigmoid(gates[gate + j]! + sumR);
          gates[gate + j] = r;
          gates[gate + hiddenSize + j] = sigmoid(gates[gate + hiddenSize + j]! + sumZ);
          hiddenTerm[row * hiddenSize + j] = r * hidden[previous + j]!;
        }
        for (let j = 0; j < hiddenSize; j++) {
          let sumN = 0;
          for (let k = 0; k < hiddenSize; k++) sumN += weight[(k * 3 + 2) * width + j]! * hiddenTerm[row * hiddenSize + k]!;
          // n = tanh(x_n + W_hn (r h_{t-1}));  h_t = (1 - z) n + z h_{t-1}
          const z = gates[gate + hiddenSize + j]!;
          const n = Math.tanh(gates[gate + 2 * hiddenSize + j]! + sumN);
          gates[gate + 2 * hiddenSize + j] = n;
          hidden[next + j] = (1 - z) * n + z * hidden[previous + j]!;
        }
      }
    }
  },
});

const backward = {
  name: "gru_before_sequence_backward",
  bindings: {
    weight: { type: "real", access: "read", shape: "[3H, Hp]" },
    gates: { type: "real", access: "read", shape: "[T, B, 3H]" },
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, 3H]" },
    d_hidden_term: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { steps: "u32", batch: "u32", hidden_size: "u32", from_above: "u32" },
} as const;

/** Backpropagation through all time steps of `gru_before_sequence_forward`, in one dispatch. H up to 1024. */
export const gruBeforeSequenceBackward = defineKernel({
  wgsl: sequenceProduct + source,
  ...backward,
  workgroups: ({ batch, hidden_size: hiddenSize }) => rowGroups(batch, hiddenSize),
  constants: ({ batch, hidden_size: hiddenSize }) => sequenceConstants(batch, hiddenSize, 2, 1),
  forms: {
    row: rowForm(sequenceProduct + source, rowConstants(2, 1)),
    subgroups: backwardSubgroups(backward, ["d_gates"], backwardSubgroupsSource),
  },
  onHardware: "row",
  onSoftware: "subgroups",
  twin(buffers, { steps, batch, hidden_size: hiddenSize, from_above: fromAbove }) {
    const { gates, hidden, weight, carry_scale: carryScale } = buffers;
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
          const z = gates[gate + hiddenSize + j]!;
          const n = gates[gate + 2 * hiddenSize + j]!;
          const dh = (fromAboveHere ? dHidden[next + j]! : 0) + dCarry[b * hiddenSize + j]!;
          dHidden[next + j] = dh;
          // dz_pre = dh (h_{t-1} - n) z (1 - z);  dn_pre = dh (1 - z) (1 - n^2)
          dGates[gate + hiddenSize + j] = dh * (hidden[previous + j]! - n) * z * (1 - z);
          dGates[gate + 2 * hiddenSize + j] = dh * (1 - z) * (1 - n * n);
        }
        for (let k = 0; k < hiddenSize; k++) {
          let sum = 0;
          for (let j = 0; j < hiddenSize; j++) sum += weight[(2 * hiddenSize + j) * width + k]! * dGates[gate + 2 * hiddenSize + j]!;
          // d(r h_{t-1}) = W_hn^T dn_pre;  dr_pre = d(r h_{t-1}) h_{t-1} r (1 - r)
          const r = gates[gate + k]!;
          dHiddenTerm[row * hiddenSize + k] = sum;
          dGates[gate + k] = sum * hidden[previous + k]! * r * (1 - r);
        }
        // dh_{t-1} = carry_scale_t (dh z + d(r h_{t-1}) r + W_hr^T dr_pre + W_hz^T dz_pre)
        for (let k = 0; k < hiddenSize; k++) {
          let sum = dHidden[next + k]! * gates[gate + hiddenSize + k]! + dHiddenTerm[row * hiddenSize + k]! * gates[gate + k]!;
          for (let j = 0; j < hiddenSize; j++) {
            sum += weight[j * width + k]! * dGates[gate + j]!;
            sum += weight[(hiddenSize + j) * width + k]! * dGates[gate + hiddenSize + j]!;
          }
          dCarry[b * hiddenSize + k] = carryScale[t]! * sum;
        }
      }
    }
    dHidden.set(dCarry, 0);
  },
});
