import { ceilDiv, defineKernel } from "./kernel";
import source from "./lstm_step.wgsl?raw";
import { sigmoid } from "./sigmoid";

const pointwise = ({ batch, hidden_size: hiddenSize }: { batch: number; hidden_size: number }) =>
  [Math.min(ceilDiv(batch * hiddenSize, 64), 65_535), 1, 1] as const;

/** The point-wise part of one step of an LSTM; a matmul has added W_hh h_{t-1} to the gates. */
export const lstmStepForward = defineKernel({
  name: "lstm_step_forward",
  wgsl: source,
  bindings: {
    gates: { type: "real", access: "read_write", shape: "[T, B, 4H]" },
    bias_hh: { type: "f32", access: "read", shape: "[4H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    cell: { type: "f32", access: "read_write", shape: "[T+1, B, H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  workgroups: pointwise,
  twin({ gates, bias_hh: biasHh, hidden, cell }, { step, batch, hidden_size: hiddenSize }) {
    const slot = batch * hiddenSize;
    for (let b = 0; b < batch; b++) {
      for (let j = 0; j < hiddenSize; j++) {
        const at = step * slot + b * hiddenSize + j;
        const gate = 4 * (at - j) + j;
        const i = sigmoid(gates[gate]! + biasHh[j]!);
        const f = sigmoid(gates[gate + hiddenSize]! + biasHh[hiddenSize + j]!);
        const g = Math.tanh(gates[gate + 2 * hiddenSize]! + biasHh[2 * hiddenSize + j]!);
        const o = sigmoid(gates[gate + 3 * hiddenSize]! + biasHh[3 * hiddenSize + j]!);
        gates[gate] = i;
        gates[gate + hiddenSize] = f;
        gates[gate + 2 * hiddenSize] = g;
        gates[gate + 3 * hiddenSize] = o;
        // c_t = f c_{t-1} + i g
        const c = f * cell[at]! + i * g;
        cell[at + slot] = c;
        // h_t = o tanh(c_t)
        hidden[at + slot] = o * Math.tanh(c);
      }
    }
  },
});

/** Backward of `lstm_step_forward`; a matmul then makes d_carry = d_gates[step] W_hh for the step before. */
export const lstmStepBackward = defineKernel({
  name: "lstm_step_backward",
  wgsl: source,
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, 4H]" },
    cell: { type: "f32", access: "read", shape: "[T+1, B, H]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_carry: { type: "f32", access: "read", shape: "[B, H]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_cell: { type: "f32", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, 4H]" },
  },
  scalars: { step: "u32", steps: "u32", batch: "u32", hidden_size: "u32" },
  workgroups: pointwise,
  twin(
    { gates, cell, carry_scale: carryScale, d_carry: dCarry, d_hidden: dHidden, d_cell: dCell, d_gates: dGates },
    { step, steps, batch, hidden_size: hiddenSize },
  ) {
    const slot = batch * hiddenSize;
    const isLast = step + 1 === steps;
    for (let b = 0; b < batch; b++) {
      for (let j = 0; j < hiddenSize; j++) {
        const at = step * slot + b * hiddenSize + j;
        const gate = 4 * (at - j) + j;
        const i = gates[gate]!;
        const f = gates[gate + hiddenSize]!;
        const g = gates[gate + 2 * hiddenSize]!;
        const o = gates[gate + 3 * hiddenSize]!;
        const tanhC = Math.tanh(cell[at + slot]!);
        // dh_t = dh_t from above + carry_scale_{t+1} (W_hh^T da_{t+1})
        const dh = dHidden[at + slot]! + (isLast ? 0 : carryScale[step + 1]! * dCarry[b * hiddenSize + j]!);
        dHidden[at + slot] = dh;
        // dc_t = dh_t o (1 - tanh(c_t)^2) + carry_scale_{t+1} dc_{t+1} f_{t+1}; the last term is in the slot already
        const dc = dh * o * (1 - tanhC * tanhC) + (isLast ? 0 : dCell[at + slot]!);
        dCell[at + slot] = dc;
        dCell[at] = carryScale[step]! * dc * f;
        // da_i = dc g i (1 - i)
        dGates[gate] = dc * g * i * (1 - i);
        // da_f = dc c_{t-1} f (1 - f)
        dGates[gate + hiddenSize] = dc * cell[at]! * f * (1 - f);
        // da_g = dc i (1 - g^2)
        dGates[gate + 2 * hiddenSize] = dc * i * (1 - g * g);
        // da_o = dh tanh(c_t) o (1 - o)
        dGates[gate + 3 * hiddenSize] = dh * tanhC * o * (1 - o);
      }
    }
  },
});
