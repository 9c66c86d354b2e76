import { ceilDiv, defineKernel } from "./kernel";
import source from "./recurrent_pack.wgsl?raw";

/** Writes the two padded copies of weight_hh [G*H, H] that the sequence kernels read; to be run whenever it changes. */
export const packRecurrent = defineKernel({
  name: "pack_recurrent",
  wgsl: source,
  bindings: {
    weight_hh: { type: "real", access: "read", shape: "[G*H, H]" },
    forward: { type: "real", access: "read_write", shape: "[H, G*Hp]" },
    backward: { type: "real", access: "read_write", shape: "[G*H, Hp]" },
  },
  scalars: { gates: "u32", hidden: "u32" },
  workgroups: ({ gates, hidden }) => [Math.min(ceilDiv(gates * hidden * ceilDiv(hidden, 4) * 4, 64), 65_535), 1, 1],
  twin({ weight_hh: weightHh, forward, backward }, { gates, hidden }) {
    const width = ceilDiv(hidden, 4) * 4;
    forward.fill(0, 0, gates * hidden * width);
    backward.fill(0, 0, gates * hidden * width);
    for (let row = 0; row < gates * hidden; row++) {
      const gate = Math.floor(row / hidden);
      const j = row % hidden;
      for (let k = 0; k < hidden; k++) {
        forward[(k * gates + gate) * width + j] = weightHh[row * hidden + k]!;
        backward[row * width + k] = weightHh[row * hidden + k]!;
      }
    }
  },
});
