import { randomFloats } from "./case";

/** [rows, blocks * Hp] with random values in ±scale; each block of `width` is padded with zeros to Hp, a multiple of 4. */
export function paddedWeight(seed: number, rows: number, blocks: number, width: number, scale: number): Float32Array {
  const padded = Math.ceil(width / 4) * 4;
  return randomFloats(seed, rows * blocks * padded, -scale, scale).map((value, i) => (i % padded < width ? value : 0));
}
