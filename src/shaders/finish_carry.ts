import source from "./finish_carry.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel";

/** Writes the gradient of the initial hidden state after the last of the step kernels' backward calls. */
export const finishCarry = defineKernel({
  name: "finish_carry",
  wgsl: source,
  bindings: {
    carry_scale: { type: "f32", access: "read", shape: "[T]" },
    d_carry: { type: "f32", access: "read", shape: "[B, H]" },
    d_hidden: { type: "real", access: "read_write", shape: "[T+1, B, H]" },
  },
  scalars: { batch: "u32", hidden_size: "u32" },
  workgroups: ({ batch, hidden_size: hiddenSize }) => [Math.min(ceilDiv(batch * hiddenSize, 64), 65_535), 1, 1],
  twin({ carry_scale: carryScale, d_carry: dCarry, d_hidden: dHidden }, { batch, hidden_size: hiddenSize }) {
    // dh_0 = carry_scale_0 d_carry
    for (let i = 0; i < batch * hiddenSize; i++) dHidden[i] = carryScale[0]! * dCarry[i]!;
  },
});
