import source from "./fused_pack.wgsl?raw";
import { defineKernel } from "./kernel";
import { stridedWorkgroups } from "./strided";

/** Columns of a panel. */
const PANEL = 8;

/** Columns are filled up to a multiple of this: the panels of the widest workgroup. */
const padded = (columns: number): number => Math.ceil(columns / 64) * 64;

/** Columns of one unit in the forward order. */
const widthOf = (gates: number): number => (gates === 1 ? 1 : 4);

/** Elements of a weight_hh [G*H, H] as packed. */
export const packedSize = (gates: number, hiddenSize: number) => ({
  forward: padded(widthOf(gates) * hiddenSize) * hiddenSize,
  backward: padded(hiddenSize) * gates * hiddenSize,
});

const at = (length: number, column: number, k: number): number => (Math.floor(column / PANEL) * length + k) * PANEL + (column % PANEL);

/** Where `forward` has W_hh[gate H + unit, k]. */
export const forwardAt = (gates: number, hiddenSize: number, gate: number, unit: number, k: number): number =>
  at(hiddenSize, unit * widthOf(gates) + gate, k);

/** Where `backward` has W_hh[row, unit], of `rows` = G*H. */
export const backwardAt = (rows: number, row: number, unit: number): number => at(rows, unit, row);

/** Writes the copies of weight_hh [G*H, H] that the fused step kernels read; to be run whenever it changes. */
export const fusedPack = defineKernel({
  name: "fused_pack",
  wgsl: source,
  bindings: {
    weight_hh: { type: "real", access: "read", shape: "[G*H, H]" },
    forward: { type: "real", access: "read_write", shape: "[up(width*H)/8, H, 8]" },
    backward: { type: "real", access: "read_write", shape: "[up(H)/8, G*H, 8]" },
  },
  scalars: { gates: "u32", hidden_size: "u32", has_backward: "u32" },
  workgroups: ({ gates, hidden_size: hiddenSize }) => stridedWorkgroups(packedSize(gates, hiddenSize).forward, 64),
  twin({ weight_hh: weightHh, forward, backward }, { gates, hidden_size: hiddenSize, has_backward: hasBackward }) {
    const rows = gates * hiddenSize;
    const size = packedSize(gates, hiddenSize);
    forward.fill(0, 0, size.forward);
    if (hasBackward !== 0) backward.fill(0, 0, size.backward);
    for (let gate = 0; gate < gates; gate++) {
      for (let j = 0; j < hiddenSize; j++) {
        const row = gate * hiddenSize + j;
        for (let k = 0; k < hiddenSize; k++) {
          forward[forwardAt(gates, hiddenSize, gate, j, k)] = weightHh[row * hiddenSize + k]!;
          if (hasBackward !== 0) backward[backwardAt(rows, row, k)] = weightHh[row * hiddenSize + k]!;
        }
      }
    }
  },
});
