import { matmulNn, matmulNt, matmulTn } from "../matmul";
import { type KernelCase, kernelCase, randomFloats } from "./case";

interface Layout {
  /** How much longer the rows of A, B and C are than they need to be. */
  readonly slack?: readonly [a: number, b: number, c: number];
  readonly offset?: readonly [a: number, b: number, c: number];
  readonly hasBias?: boolean;
  readonly accumulate?: boolean;
}

type Size = readonly [m: number, n: number, k: number];

function productCases(
  [m, n, k]: Size,
  { slack = [0, 0, 0], offset = [0, 0, 0], hasBias = false, accumulate = false }: Layout,
): KernelCase[] {
  const label = `${m}x${n}x${k} slack ${slack.join("/")} offset ${offset.join("/")}${hasBias ? " bias" : ""}${accumulate ? " accumulate" : ""}`;
  // Stored rows and row length of A and B; two rows more than needed stand guard at the end of C.
  const stored = [
    { kernel: matmulNn, a: [m, k], b: [k, n] },
    { kernel: matmulNt, a: [m, k], b: [n, k] },
    { kernel: matmulTn, a: [k, m], b: [k, n] },
  ] as const;
  return stored.map(({ kernel, a, b }) => {
    const [lda, ldb, ldc] = [a[1] + slack[0], b[1] + slack[1], n + slack[2]];
    return kernelCase(
      kernel,
      label,
      {
        ...{ m, n, k, lda, ldb, ldc },
        ...{ a_offset: offset[0], b_offset: offset[1], c_offset: offset[2] },
        ...{ has_bias: Number(hasBias), accumulate: Number(accumulate) },
      },
      {
        a: randomFloats(91, offset[0] + a[0] * lda),
        b: randomFloats(92, offset[1] + b[0] * ldb),
        bias: randomFloats(93, n),
        c: randomFloats(94, offset[2] + (m + 2) * ldc),
      },
    );
  });
}

export function matmulCases(): KernelCase[] {
  return [
    ...productCases([1, 1, 1], {}),
    ...productCases([3, 5, 17], { hasBias: true }),
    ...productCases([4, 8, 4], { accumulate: true }),
    ...productCases([5, 9, 6], { slack: [3, 7, 4], offset: [4, 8, 12] }),
    ...productCases([17, 65, 3], { slack: [1, 2, 3], offset: [5, 2, 7], hasBias: true, accumulate: true }),
    ...productCases([64, 64, 16], { hasBias: true }),
    ...productCases([65, 130, 28], { slack: [3, 2, 0], accumulate: true }),
    // Aligned, with rows, columns and terms left over
    ...productCases([38, 74, 30], { slack: [2, 2, 1], offset: [8, 4, 3], hasBias: true, accumulate: true }),
    // Cut along k
    ...productCases([1, 1, 300], { offset: [1, 2, 3] }),
    ...productCases([9, 17, 131], { slack: [1, 0, 5], hasBias: true, accumulate: true }),
    ...productCases([22, 42, 258], { slack: [2, 2, 0], hasBias: true }),
    ...productCases([12, 16, 128], { slack: [4, 8, 2], offset: [4, 4, 5], accumulate: true }),
  ];
}
