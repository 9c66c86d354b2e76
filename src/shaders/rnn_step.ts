import { ceilDiv, defineKernel } from "./kernel";
import source from "./rnn_step.wgsl?raw";

const pointwise = ({ batch, hidden_size: hiddenSize }: { batch: number; hidden_size: number }) =>
  [Math.min(ceilDiv(batch * hiddenSize, 64), 65_535), 1, 1] as const;

/** The point-wise part of one step of a tanh RNN; a matmul has added W_hh h_{t-1} to the gates. */
export const rnnStepForward = defineKernel({
  name: "rnn_step_forward",
  wgsl: source,
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, H]" },
    bias_hh: { type: "f32", access: "read", shape: "[H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  workgroups: pointwise,
  twin({ gates, bias_hh: biasHh, hidden }, { step, batch, hidden_size: hiddenSize }) {
    const slot = batch * hiddenSize;
    for (let i = 0; i < slot; i++) {
      // h_t = tanh(x_t + b_hh)
      hidden[(step + 1) * slot + i] = Math.tanh(gates[step * slot + i]! + biasHh[i % hiddenSize]!);
    }
  },
});

/** Backward of `rnn_step_forward`; a matmul then makes d_carry = d_gates[step] W_hh for the step before. */
export const rnnStepBackward = defineKernel({
  name: "rnn_step_backward",
  wgsl: source,
  bindings: {
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_carry: { type: "f32", access: "read", shape: "[B, H]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { step: "u32", steps: "u32", batch: "u32", hidden_size: "u32" },
  workgroups: pointwise,
  twin(
    { hidden, carry_scale: carryScale, d_carry: dCarry, d_hidden: dHidden, d_gates: dGates },
    { step, steps, batch, hidden_size: hiddenSize },
  ) {
    const slot = batch * hiddenSize;
    for (let i = 0; i < slot; i++) {
      const next = (step + 1) * slot + i;
      // dh_t = dh_t from above + carry_scale_{t+1} (W_hh^T d_{t+1})
      const dh = dHidden[next]! + (step + 1 < steps ? carryScale[step + 1]! * dCarry[i]! : 0);
      dHidden[next] = dh;
      // d = dh (1 - h^2)
      dGates[step * slot + i] = dh * (1 - hidden[next]! ** 2);
    }
  },
});
