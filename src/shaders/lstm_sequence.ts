import { ceilDiv, defineKernel } from "./kernel";
import backwardSource from "./lstm_sequence_backward.wgsl?raw";
import backwardSubgroupsSource from "./lstm_sequence_backward_subgroups.wgsl?raw";
import forwardSource from "./lstm_sequence_forward.wgsl?raw";
import forwardSubgroupsSource from "./lstm_sequence_forward_subgroups.wgsl?raw";
import { comesFromAbove, rowForm } from "./sequence_product";
import { backwardSubgroups, forwardSubgroups } from "./sequence_subgroups";
import { sigmoid } from "./sigmoid";

/** Default limit of WebGPU: 16 KiB of workgroup memory, in vectors of four numbers. */
const WORKGROUP_VECTORS = 1024;

/** How a layer is spread over workgroups, the same forward and backward. @throws RangeError if H is over 816. */
function layout({ batch, hidden_size: hiddenSize }: { batch: number; hidden_size: number }) {
  const quads = ceilDiv(hiddenSize, 4);
  const parts = quads < 32 ? 4 : quads < 64 ? 2 : 1;
  const rows = [4, 2, 1].find((count) => (count === 1 || count <= batch) && (4 + parts) * count * quads <= WORKGROUP_VECTORS);
  if (rows === undefined) throw new RangeError(`the LSTM sequence kernels take a hidden size of at most 816, not ${hiddenSize}`);
  return { quads, parts, rows, groups: ceilDiv(batch, rows) };
}

const forwardRow = (quads: number) => ({
  WORKGROUP_SIZE: Math.min(256, 4 * quads),
  ROWS: 1,
  STATE_VECTORS: quads,
  PARTIAL_VECTORS: 4 * quads,
});

const backwardRow = (quads: number) => {
  // Each part takes whole gates.
  const parts = [4, 2].find((count) => count * quads <= 256 && (4 + count) * quads <= WORKGROUP_VECTORS) ?? 1;
  return { WORKGROUP_SIZE: Math.min(256, parts * quads), ROWS: 1, PARTS: parts, STATE_VECTORS: 4 * quads, PARTIAL_VECTORS: parts * quads };
};

const forward = {
  name: "lstm_sequence_forward",
  bindings: {
    gates: { type: "real", access: "read_write", shape: "[T, B, 4H]" },
    weight: { type: "real", access: "read", shape: "[H, 4*Hp]" },
    bias_hh: { type: "f32", access: "read", shape: "[4H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    cell: { type: "f32", access: "read_write", shape: "[T+1, B, H]" },
  },
  scalars: { steps: "u32", batch: "u32", hidden_size: "u32" },
} as const;

/** All time steps of an LSTM layer in one dispatch. H up to 816; lstm_step has no limit. */
export const lstmSequenceForward = defineKernel({
  wgsl: forwardSource,
  ...forward,
  workgroups: (scalars) => [layout(scalars).groups, 1, 1],
  constants: (scalars) => {
    const { quads, rows } = layout(scalars);
    return { WORKGROUP_SIZE: Math.min(64, 4 * quads), ROWS: rows, STATE_VECTORS: rows * quads, PARTIAL_VECTORS: 4 * rows * quads };
  },
  forms: { row: rowForm(forwardSource, forwardRow, 816), subgroups: forwardSubgroups(forward, ["hidden"], forwardSubgroupsSource) },
  onHardware: "row",
  onSoftware: "subgroups",
  twin({ gates, weight, bias_hh: biasHh, hidden, cell }, { steps, batch, hidden_size: hiddenSize }) {
    const width = ceilDiv(hiddenSize, 4) * 4;
    const slot = batch * hiddenSize;
    for (let t = 0; t < steps; t++) {
      for (let b = 0; b < batch; b++) {
        const at = t * slot + b * hiddenSize;
        // a = x_t + W_hh h_{t-1} + b_hh
        for (let gate = 0; gate < 4; gate++) {
          for (let j = 0; j < hiddenSize; j++) {
            let sum = gates[4 * at + gate * hiddenSize + j]! + biasHh[gate * hiddenSize + j]!;
            for (let k = 0; k < hiddenSize; k++) sum += weight[(k * 4 + gate) * width + j]! * hidden[at + k]!;
            gates[4 * at + gate * hiddenSize + j] = gate === 2 ? Math.tanh(sum) : sigmoid(sum);
          }
        }
        for (let j = 0; j < hiddenSize; j++) {
          const i = gates[4 * at + j]!;
          const f = gates[4 * at + hiddenSize + j]!;
          const g = gates[4 * at + 2 * hiddenSize + j]!;
          const o = gates[4 * at + 3 * hiddenSize + j]!;
          // c_t = f c_{t-1} + i g
          const c = f * cell[at + j]! + i * g;
          cell[at + slot + j] = c;
          // h_t = o tanh(c_t)
          hidden[at + slot + j] = o * Math.tanh(c);
        }
      }
    }
  },
});

const backward = {
  name: "lstm_sequence_backward",
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, 4H]" },
    cell: { type: "f32", access: "read", shape: "[T+1, B, H]" },
    weight: { type: "real", access: "read", shape: "[4H, Hp]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_cell: { type: "f32", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, 4H]" },
  },
  scalars: { steps: "u32", batch: "u32", hidden_size: "u32", from_above: "u32" },
} as const;

/** Backpropagation through all time steps of `lstm_sequence_forward`, in one dispatch. H up to 816. */
export const lstmSequenceBackward = defineKernel({
  wgsl: backwardSource,
  ...backward,
  workgroups: (scalars) => [layout(scalars).groups, 1, 1],
  constants: (scalars) => {
    const { quads, parts, rows } = layout(scalars);
    return {
      WORKGROUP_SIZE: Math.min(64, parts * quads),
      ROWS: rows,
      PARTS: parts,
      STATE_VECTORS: 4 * rows * quads,
      PARTIAL_VECTORS: parts * rows * quads,
    };
  },
  forms: { row: rowForm(backwardSource, backwardRow, 816), subgroups: backwardSubgroups(backward, ["d_gates"], backwardSubgroupsSource) },
  onHardware: "row",
  onSoftware: "subgroups",
  twin(
    { gates, cell, weight, carry_scale: carryScale, d_hidden: dHidden, d_cell: dCell, d_gates: dGates },
    { steps, batch, hidden_size: hiddenSize, from_above: fromAbove },
  ) {
    const width = ceilDiv(hiddenSize, 4) * 4;
    const slot = batch * hiddenSize;
    for (let t = steps - 1; t >= 0; t--) {
      const previousFromAbove = t > 0 && comesFromAbove(t - 1, steps, fromAbove);
      const scale = carryScale[t]!;
      for (let b = 0; b < batch; b++) {
        const at = t * slot + b * hiddenSize;
        for (let j = 0; j < hiddenSize; j++) {
          const i = gates[4 * at + j]!;
          const f = gates[4 * at + hiddenSize + j]!;
          const g = gates[4 * at + 2 * hiddenSize + j]!;
          const o = gates[4 * at + 3 * hiddenSize + j]!;
          const tanhC = Math.tanh(cell[at + slot + j]!);
          const dh = dHidden[at + slot + j]!;
          // dc_t = dh_t o (1 - tanh(c_t)^2) + carry_scale_{t+1} dc_{t+1} f_{t+1}; the last term is in the slot already
          const dc = dh * o * (1 - tanhC * tanhC) + (t + 1 < steps ? dCell[at + slot + j]! : 0);
          dCell[at + slot + j] = dc;
          dCell[at + j] = scale * dc * f;
          // da_i = dc g i (1 - i)
          dGates[4 * at + j] = dc * g * i * (1 - i);
          // da_f = dc c_{t-1} f (1 - f)
          dGates[4 * at + hiddenSize + j] = dc * cell[at + j]! * f * (1 - f);
          // da_g = dc i (1 - g^2)
          dGates[4 * at + 2 * hiddenSize + j] = dc * i * (1 - g * g);
          // da_o = dh tanh(c_t) o (1 - o)
          dGates[4 * at + 3 * hiddenSize + j] = dh * tanhC * o * (1 - o);
        }
        for (let k = 0; k < hiddenSize; k++) {
          // dh_{t-1} += carry_scale_t W_hh^T da_t
          let sum = 0;
          for (let row = 0; row < 4 * hiddenSize; row++) sum += weight[row * width + k]! * dGates[4 * at + row]!;
          dHidden[at + k] = (previousFromAbove ? dHidden[at + k]! : 0) + scale * sum;
        }
      }
    }
  },
});
