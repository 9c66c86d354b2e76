import { ceilDiv, defineKernel, type TwinBuffers } from "./kernel";
import source from "./matmul.wgsl?raw";

const scalarTypes = {
  m: "u32",
  n: "u32",
  k: "u32",
  lda: "u32",
  ldb: "u32",
  ldc: "u32",
  a_offset: "u32",
  b_offset: "u32",
  c_offset: "u32",
  has_bias: "u32",
  accumulate: "u32",
} as const;

const bindings = (a: string, b: string) =>
  ({
    a: { type: "real", access: "read", shape: a },
    b: { type: "real", access: "read", shape: b },
    bias: { type: "f32", access: "read", shape: "[n]" },
    c: { type: "result", access: "read_write", shape: "[m, ldc]" },
  }) as const;

type MatmulScalars = { readonly [K in keyof typeof scalarTypes]: number };

/** Below this many tiles of 4 x 8 a parallel adapter would idle, so long sums are cut into parts. */
const FEW_TILES = 4096;
const LONG_SUM = 128;

function constants({ m, n, k, lda, ldb, a_offset: aOffset, b_offset: bOffset }: MatmulScalars) {
  const aligned = [lda, ldb, aOffset, bOffset].every((value) => value % 4 === 0);
  const split = ceilDiv(m, 4) * ceilDiv(n, 8) < FEW_TILES && k >= LONG_SUM;
  return split
    ? { TILE_COLUMNS: 4, TILE_ROWS: 2, SPLIT: 8, PARTIAL_VECTORS: 128, ALIGNED: Number(aligned) }
    : { TILE_COLUMNS: 8, TILE_ROWS: 8, SPLIT: 1, PARTIAL_VECTORS: 1, ALIGNED: Number(aligned) };
}

function workgroups(scalars: MatmulScalars) {
  const { TILE_COLUMNS: columns, TILE_ROWS: rows } = constants(scalars);
  return [ceilDiv(scalars.n, 8 * columns), ceilDiv(scalars.m, 4 * rows), 1] as const;
}

/** C[i, j] = sum_p A[i, p] B[p, j] (+ bias[j]) (+ C[i, j]); the strides say how A and B are stored. */
function multiply(
  { a, b, bias, c }: TwinBuffers<ReturnType<typeof bindings>>,
  scalars: MatmulScalars,
  stride: { i: number; pa: number; pb: number; j: number },
): void {
  const { m, n, k, ldc, a_offset: aOffset, b_offset: bOffset, c_offset: cOffset, has_bias: hasBias, accumulate } = scalars;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[aOffset + i * stride.i + p * stride.pa]! * b[bOffset + p * stride.pb + j * stride.j]!;
      if (hasBias !== 0) sum += bias[j]!;
      const at = cOffset + i * ldc + j;
      c[at] = accumulate !== 0 ? sum + c[at]! : sum;
    }
  }
}

/** C = A B, with A stored [m, k] and B [k, n]. */
export const matmulNn = defineKernel({
  name: "matmul_nn",
  wgsl: source,
  bindings: bindings("[m, lda]", "[k, ldb]"),
  scalars: scalarTypes,
  workgroups,
  constants,
  twin: (buffers, scalars) => multiply(buffers, scalars, { i: scalars.lda, pa: 1, pb: scalars.ldb, j: 1 }),
});

/** C = A B^T, with A stored [m, k] and B [n, k]: a layer's x W^T. */
export const matmulNt = defineKernel({
  name: "matmul_nt",
  wgsl: source,
  bindings: bindings("[m, lda]", "[n, ldb]"),
  scalars: scalarTypes,
  workgroups,
  constants,
  twin: (buffers, scalars) => multiply(buffers, scalars, { i: scalars.lda, pa: 1, pb: 1, j: scalars.ldb }),
});

/** C = A^T B, with A stored [k, m] and B [k, n]: a weight's gradient. */
export const matmulTn = defineKernel({
  name: "matmul_tn",
  wgsl: source,
  bindings: bindings("[k, lda]", "[k, ldb]"),
  scalars: scalarTypes,
  workgroups,
  constants,
  twin: (buffers, scalars) => multiply(buffers, scalars, { i: 1, pa: scalars.lda, pb: scalars.ldb, j: 1 }),
});
