import source from "./threefry.wgsl?raw";

/** WGSL function `threefry2x32`, to be put in front of a module that draws random numbers. */
export const threefrySource: string = source;

/**
 * Threefry-2x32 with 20 rounds: a counter-based generator, so any element of a stream can be drawn alone and in any order.
 * Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC11. Arguments and results are u32.
 */
export function threefry2x32(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const key2 = key0 ^ key1 ^ 0x1bd11bda;
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  const mix = (rotation: number): void => {
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
  };
  const inject = (a: number, b: number): void => {
    x0 = (x0 + a) | 0;
    x1 = (x1 + b) | 0;
  };
  mix(13), mix(15), mix(26), mix(6);
  inject(key1, key2 + 1);
  mix(17), mix(29), mix(16), mix(24);
  inject(key2, key0 + 2);
  mix(13), mix(15), mix(26), mix(6);
  inject(key0, key1 + 3);
  mix(17), mix(29), mix(16), mix(24);
  inject(key1, key2 + 4);
  mix(13), mix(15), mix(26), mix(6);
  inject(key2, key0 + 5);
  return [x0 >>> 0, x1 >>> 0];
}

/** The number in [0, 1) that the top 24 bits of a word stand for; exact in f32. */
export const uniform24 = (word: number): number => (word >>> 8) / 0x100_0000;
