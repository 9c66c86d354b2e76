import { weightGradients } from "../weight_gradients";
import { type KernelCase, kernelCase, randomFloats } from "./case";

interface Layout {
  /** How much longer the rows of A, B1 and B2 are than they need to be. */
  readonly slack?: readonly [a: number, b1: number, b2: number];
  readonly offset?: readonly [a: number, b1: number, b2: number];
  /** Unused numbers before each of dW1, db1, dW2, db2, and after the last. */
  readonly gap?: number;
}

type Size = readonly [m: number, n1: number, m2: number, n2: number, k: number];

function gradientCase([m, n1, m2, n2, k]: Size, { slack = [0, 0, 0], offset = [0, 0, 0], gap = 0 }: Layout): KernelCase {
  const [lda, ldb1, ldb2] = [m + slack[0], n1 + slack[1], n2 + slack[2]];
  const c1 = gap;
  const bias1 = c1 + m * n1 + gap;
  const c2 = bias1 + m + gap;
  const bias2 = c2 + m2 * n2 + gap;
  return kernelCase(
    weightGradients,
    `${m}x${n1} and ${m2}x${n2}, ${k} terms, slack ${slack.join("/")} offset ${offset.join("/")} gap ${gap}`,
    {
      ...{ m, k, n1, m2, n2, lda, ldb1, ldb2 },
      ...{ a_offset: offset[0], b1_offset: offset[1], b2_offset: offset[2] },
      ...{ c1_offset: c1, c2_offset: c2, bias1_offset: bias1, bias2_offset: bias2 },
    },
    {
      a: randomFloats(97, offset[0] + k * lda),
      b1: randomFloats(98, offset[1] + k * ldb1),
      // A product that is left out still binds a tensor.
      b2: randomFloats(99, offset[2] + Math.max(1, k * ldb2)),
      gradients: randomFloats(100, bias2 + m2 + gap + 1),
    },
  );
}

export function weightGradientCases(): KernelCase[] {
  return [
    gradientCase([1, 1, 1, 1, 1], {}),
    gradientCase([5, 3, 0, 0, 7], { gap: 2 }),
    gradientCase([8, 4, 8, 8, 12], {}),
    gradientCase([10, 16, 0, 0, 130], { slack: [2, 0, 0], offset: [4, 8, 0] }),
    // Fewer rows in the second product, as where only some of the gates take the state.
    gradientCase([21, 9, 13, 18, 37], { slack: [3, 1, 2], offset: [1, 2, 3], gap: 5 }),
    gradientCase([36, 28, 24, 20, 150], { slack: [0, 4, 8], offset: [8, 4, 12], gap: 4 }),
    gradientCase([70, 33, 70, 66, 90], { slack: [2, 3, 6], gap: 1 }),
    gradientCase([64, 64, 64, 64, 64], {}),
    gradientCase([3, 2, 3, 5, 1000], { gap: 3 }),
    // Rows of B2 alone unaligned
    gradientCase([12, 8, 12, 8, 260], { slack: [0, 0, 1], offset: [0, 0, 1] }),
  ];
}
