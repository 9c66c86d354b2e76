import { initNormal, initUniform, threefryWords } from "../random_init";
import { type KernelCase, kernelCase, randomFloats, randomIntegers } from "./case";

const exact = { abs: 0, rel: 0 };
const ones = 0xffff_ffff;

/** Keys and counters of Random123's known answers. */
const knownAnswerBlocks = Uint32Array.of(0, 0, 0, 0, ones, ones, ones, ones, 0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3);

export function randomInitCases(): KernelCase[] {
  const uniform = (label: string, count: number, low: number, high: number, tolerance = exact) =>
    kernelCase(initUniform, label, { count, seed: 0xdead_beef, stream: 3, low, high }, { out: randomFloats(41, count + 3) }, tolerance);
  return [
    // Ranges in which every result is a number that f32 holds exactly: the 24 random bits themselves are compared.
    uniform("the bits", 130, 0, 2 ** 24),
    uniform("N=1", 1, -1, 1),
    uniform("N=1025", 1025, -0.125, 0.125),
    uniform("any range", 65, -0.3, 1.7, { abs: 2e-7, rel: 0 }),
    ...[1, 5, 1025].map((count) =>
      kernelCase(initNormal, `N=${count}`, { count, seed: 7, stream: 0, mean: 0, deviation: 1 }, { out: randomFloats(42, count + 3) }),
    ),
    kernelCase(
      initNormal,
      "mean and deviation",
      { count: 65, seed: ones, stream: ones, mean: 3, deviation: 0.02 },
      { out: randomFloats(43, 65) },
    ),
    kernelCase(threefryWords, "known answers", { count: 3 }, { blocks: knownAnswerBlocks, words: new Uint32Array(8).fill(1) }),
    kernelCase(threefryWords, "N=130", { count: 130 }, { blocks: randomIntegers(44, 520, ones), words: new Uint32Array(260) }),
  ];
}
