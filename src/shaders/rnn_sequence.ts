import { ceilDiv, defineKernel } from "./kernel";
import source from "./rnn_sequence.wgsl?raw";
import backwardSubgroupsSource from "./rnn_sequence_backward_subgroups.wgsl?raw";
import forwardSubgroupsSource from "./rnn_sequence_forward_subgroups.wgsl?raw";
import { comesFromAbove, rowConstants, rowForm } from "./sequence_product";
import { backwardSubgroups, forwardSubgroups } from "./sequence_subgroups";

/** More rows per workgroup read each weight less often; fewer leave more workgroups, and need less memory. */
const rowsPerWorkgroup = (batch: number, hiddenSize: number): number =>
  batch < 2 || hiddenSize > 512 ? 1 : batch < 4 || hiddenSize > 256 ? 2 : 4;

const shape = ({ batch, hidden_size: hiddenSize }: { batch: number; hidden_size: number }) => {
  const rows = rowsPerWorkgroup(batch, hiddenSize);
  const quads = ceilDiv(hiddenSize, 4);
  const parts = quads <= 32 ? 2 : 1;
  return {
    WORKGROUP_SIZE: Math.min(64, quads * parts),
    ROWS: rows,
    PARTS: parts,
    STATE_VECTORS: rows * quads,
    PARTIAL_VECTORS: parts * rows * quads,
  };
};

const forward = {
  name: "rnn_sequence_forward",
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, H]" },
    weight: { type: "real", access: "read", shape: "[H, Hp]" },
    bias_hh: { type: "f32", access: "read", shape: "[H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
  },
  scalars: { steps: "u32", batch: "u32", hidden_size: "u32" },
} as const;

/** All time steps of a tanh RNN layer in one dispatch. H up to 1024. */
export const rnnSequenceForward = defineKernel({
  wgsl: source,
  ...forward,
  workgroups: ({ batch, hidden_size: hiddenSize }) => [ceilDiv(batch, rowsPerWorkgroup(batch, hiddenSize)), 1, 1],
  constants: shape,
  forms: { row: rowForm(source, rowConstants(1, 1)), subgroups: forwardSubgroups(forward, ["hidden"], forwardSubgroupsSource) },
  onHardware: "row",
  onSoftware: "subgroups",
  twin({ gates, weight, bias_hh: biasHh, hidden }, { steps, batch, hidden_size: hiddenSize }) {
    const width = ceilDiv(hiddenSize, 4) * 4;
    const slot = batch * hiddenSize;
    for (let t = 0; t < steps; t++) {
      for (let b = 0; b < batch; b++) {
        const at = t * slot + b * hiddenSize;
        for (let j = 0; j < hiddenSize; j++) {
          // h_t = tanh(x_t + W_hh h_{t-1} + b_hh)
          let sum = gates[at + j]! + biasHh[j]!;
          for (let k = 0; k < hiddenSize; k++) sum += weight[k * width + j]! * hidden[at + k]!;
          hidden[at + slot + j] = Math.tanh(sum);
        }
      }
    }
  },
});

const backward = {
  name: "rnn_sequence_backward",
  bindings: {
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    weight: { type: "real", access: "read", shape: "[H, Hp]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { steps: "u32", batch: "u32", hidden_size: "u32", from_above: "u32" },
} as const;

/** Backpropagation through all time steps of `rnn_sequence_forward`, in one dispatch. H up to 1024. */
export const rnnSequenceBackward = defineKernel({
  wgsl: source,
  ...backward,
  workgroups: ({ batch, hidden_size: hiddenSize }) => [ceilDiv(batch, rowsPerWorkgroup(batch, hiddenSize)), 1, 1],
  constants: shape,
  forms: { row: rowForm(source, rowConstants(1, 1)), subgroups: backwardSubgroups(backward, ["d_gates"], backwardSubgroupsSource) },
  onHardware: "row",
  onSoftware: "subgroups",
  twin(
    { hidden, weight, carry_scale: carryScale, d_hidden: dHidden, d_gates: dGates },
    { steps, batch, hidden_size: hiddenSize, from_above: fromAbove },
  ) {
    const width = ceilDiv(hiddenSize, 4) * 4;
    const slot = batch * hiddenSize;
    for (let t = steps - 1; t >= 0; t--) {
      const previousFromAbove = t > 0 && comesFromAbove(t - 1, steps, fromAbove);
      for (let b = 0; b < batch; b++) {
        const at = t * slot + b * hiddenSize;
        for (let j = 0; j < hiddenSize; j++) {
          // d = dh (1 - h^2)
          const h = hidden[at + slot + j]!;
          dGates[at + j] = dHidden[at + slot + j]! * (1 - h * h);
        }
        for (let k = 0; k < hiddenSize; k++) {
          // dh_{t-1} += carry_scale_t W_hh^T d
          let sum = 0;
          for (let j = 0; j < hiddenSize; j++) sum += weight[j * width + k]! * dGates[at + j]!;
          dHidden[at + k] = (previousFromAbove ? dHidden[at + k]! : 0) + carryScale[t]! * sum;
        }
      }
    }
  },
});
