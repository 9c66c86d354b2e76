import { randomFloats } from "./case";

/** 32 well-mixed bits of a 32-bit counter: the finalizer of MurmurHash3 (Appleby, public domain). */
function mixed(counter: number): number {
  let x = counter;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * [rows, blocks * Hp] with random values in ±scale; each block of `width` is padded with zeros to Hp, a multiple of 4.
 * The cases hold some ten million weights, which Threefry would take a second or more to draw, in one go.
 */
export function paddedWeight(seed: number, rows: number, blocks: number, width: number, scale: number): Float32Array {
  const padded = Math.ceil(width / 4) * 4;
  const weight = new Float32Array(rows * blocks * padded);
  const start = mixed(seed);
  for (let block = 0; block < rows * blocks; block++) {
    for (let i = block * padded; i < block * padded + width; i++) weight[i] = (mixed(start + i) / 2 ** 31 - 1) * scale;
  }
  return weight;
}

/**
 * d_hidden [T+1, B, H] as a backward pass finds it: random gradients from above in the slots of the last `fromAbove` steps (0: of all),
 * not-a-number where a kernel may not read. `slot` is B * H.
 */
export function gradientFromAbove(seed: number, steps: number, slot: number, fromAbove: number): Float32Array {
  const gradient = randomFloats(seed, (steps + 1) * slot);
  return gradient.fill(Number.NaN, 0, (fromAbove === 0 ? 1 : Math.max(0, steps - fromAbove) + 1) * slot);
}
