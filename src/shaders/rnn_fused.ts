import backwardShared from "./fused_backward.wgsl?raw";
import { backwardAt, forwardAt } from "./fused_pack";
import { fusedForms } from "./fused_product";
import { defineKernel } from "./kernel";
import backwardSource from "./rnn_fused_backward.wgsl?raw";
import forwardSource from "./rnn_fused_forward.wgsl?raw";

/** One time step of a tanh RNN layer in one dispatch: the recurrent product and what follows it. */
export const rnnFusedForward = defineKernel({
  name: "rnn_fused_forward",
  ...fusedForms("rnn_fused_forward", forwardSource, "units"),
  bindings: {
    gates: { type: "real", access: "read", shape: "[T, B, H]" },
    weight: { type: "real", access: "read", shape: "[up(H)/8, H, 8]" },
    bias_hh: { type: "f32", access: "read", shape: "[H]" },
    hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
  },
  scalars: { step: "u32", batch: "u32", hidden_size: "u32" },
  twin({ gates, weight, bias_hh: biasHh, hidden }, { step, batch, hidden_size: hiddenSize }) {
    for (let b = 0; b < batch; b++) {
      const at = (step * batch + b) * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) {
        // h_t = tanh(x_t + W_hh h_{t-1} + b_hh)
        let sum = gates[at + j]! + biasHh[j]!;
        for (let k = 0; k < hiddenSize; k++) sum += weight[forwardAt(1, hiddenSize, 0, j, k)]! * hidden[at + k]!;
        hidden[at + batch * hiddenSize + j] = Math.tanh(sum);
      }
    }
  },
});

/**
 * The gradient of the state in slot `step` (from T down to 0) and of the step that made it, in one dispatch. `from_above` says
 * whether d_hidden holds one from above.
 */
export const rnnFusedBackward = defineKernel({
  name: "rnn_fused_backward",
  ...fusedForms("rnn_fused_backward", backwardShared + backwardSource, "units"),
  bindings: {
    hidden: { type: "real", access: "read", shape: "[T+1, B, H]" },
    weight: { type: "real", access: "read", shape: "[up(H)/8, H, 8]" },
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
    d_gates: { type: "real", access: "read_write", shape: "[T, B, H]" },
  },
  scalars: { step: "u32", steps: "u32", batch: "u32", hidden_size: "u32", from_above: "u32" },
  twin(
    { hidden, weight, carry_scale: carryScale, d_hidden: dHidden, d_gates: dGates },
    { step, steps, batch, hidden_size: hiddenSize, from_above: fromAbove },
  ) {
    for (let b = 0; b < batch; b++) {
      const at = (step * batch + b) * hiddenSize;
      for (let j = 0; j < hiddenSize; j++) {
        // dh_t = dh_t from above + carry_scale_{t+1} (W_hh^T d_{t+1})
        let dh = fromAbove !== 0 ? dHidden[at + j]! : 0;
        if (step < steps) {
          let sum = 0;
          for (let row = 0; row < hiddenSize; row++) sum += weight[backwardAt(hiddenSize, row, j)]! * dGates[at + row]!;
          dh += carryScale[step]! * sum;
        }
        dHidden[at + j] = dh;
        // d = dh (1 - h^2)
        if (step > 0) dGates[at - batch * hiddenSize + j] = dh * (1 - hidden[at + j]! ** 2);
      }
    }
  },
});
