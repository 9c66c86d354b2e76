import source from "./threefry.wgsl?raw";

/** WGSL function `threefry2x32`, to be put in front of a module that draws random numbers. */
export const threefrySource: string = source;

const rotations = Uint8Array.of(13, 15, 26, 6, 17, 29, 16, 24);

/**
 * Threefry-2x32 with 20 rounds: a counter-based generator, so any element of a stream can be drawn alone and in any order.
 * Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC11. Arguments and results are u32.
 */
export function threefry2x32(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  let [a, b, c] = [key0 | 0, key1 | 0, key0 ^ key1 ^ 0x1bd11bda];
  let x0 = (counter0 + a) | 0;
  let x1 = (counter1 + b) | 0;
  for (let round = 0; round < 20; round++) {
    const rotation = rotations[round & 7]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    if ((round & 3) === 3) {
      x0 = (x0 + b) | 0;
      x1 = (x1 + c + ((round + 1) >> 2)) | 0;
      [a, b, c] = [b, c, a];
    }
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** The number in [0, 1) that the top 24 bits of a word stand for; exact in f32. */
export const uniform24 = (word: number): number => (word >>> 8) / 0x100_0000;
