import { type DigitSet, type DigitsData, IMAGE_BYTES, packBytes } from "../data/digits";

/** Images of noise, for tests of what needs no real digits. */
function noise(count: number, seed: number): DigitSet {
  const pixels = Uint8Array.from({ length: count * IMAGE_BYTES }, (_, i) => ((i * 2_654_435_761 + seed) >>> 13) & 255);
  return { count, images: packBytes(pixels), labels: Uint32Array.from({ length: count }, (_, i) => i % 10) };
}

export const noiseDigits: DigitsData = { kind: "digits", train: noise(64, 1), test: noise(16, 2) };
export const noisePicture = Uint8Array.from({ length: IMAGE_BYTES }, (_, i) => (i % 3 === 0 ? (i * 7) & 255 : 0));
