import wgsl from "./find_non_finite.wgsl?raw";
import { defineKernel } from "./kernel";

/** Numbers that find_non_finite writes for a slice. */
export const FOUND_LENGTH = 4;
/** Where each of them lies. */
export const foundIndex = { place: 0, kind: 1, count: 2, largest: 3 } as const;
/** The place where there is nothing to be found. */
export const NOWHERE = 0xffff_ffff;
/** What stands at the place, by found[kind]. */
export const foundKinds = ["none", "nan", "infinity", "minus infinity"] as const;

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

function bitsOf(value: number): number {
  scratch[0] = value;
  return scratchBits[0]!;
}

/** The f32 of these bits, as found[largest] tells it. */
export function fromBits(bits: number): number {
  scratchBits[0] = bits;
  return scratch[0]!;
}

const kindOf = (value: number): number => (Number.isNaN(value) ? 1 : value > 0 ? 2 : 3);

/** Of each slice of a tensor: the first number that is not finite, how many there are, and the largest finite magnitude. */
export const findNonFinite = defineKernel({
  name: "find_non_finite",
  wgsl,
  bindings: {
    data: { type: "real", access: "read", shape: "[N]" },
    found: { type: "u32", access: "read_write", shape: "[F, 4]" },
  },
  scalars: {
    slices: "u32",
    slice_stride: "u32",
    rows: "u32",
    row_stride: "u32",
    columns: "u32",
    offset: "u32",
    first_found: "u32",
  },
  workgroups: ({ slices }) => [slices, 1, 1],
  twin({ data, found }, s) {
    for (let slice = 0; slice < s.slices; slice++) {
      let [place, kind, count, largest] = [NOWHERE, 0, 0, 0];
      for (let row = 0; row < s.rows; row++) {
        const start = s.offset + slice * s.slice_stride + row * s.row_stride;
        for (let column = 0; column < s.columns; column++) {
          const value = data[start + column]!;
          if (Number.isFinite(value)) {
            largest = Math.max(largest, Math.abs(value));
          } else {
            if (count === 0) [place, kind] = [row * s.columns + column, kindOf(value)];
            count += 1;
          }
        }
      }
      found.set([place, kind, count, bitsOf(largest)], FOUND_LENGTH * (s.first_found + slice));
    }
  },
});
