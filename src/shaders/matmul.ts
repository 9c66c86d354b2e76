import { defineKernel, type TwinBuffers } from "./kernel";
import source from "./matmul.wgsl?raw";
import { productForms } from "./matmul_forms";

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

/** The form "subgroups" of matmul_nn and matmul_nt is one pipeline: on the adapters that it is for, each takes long to compile. */
const forms = (name: string, aByTerm: boolean, bByColumn: boolean) => {
  const { own, ...others } = productForms<MatmulScalars>({
    name,
    ...(aByTerm ? {} : { shared: { name: "matmul", bByColumn: "s.b_by_column != 0u" } }),
    tensors: source,
    layout: { aByTerm, bByColumn },
    size: ({ m, n, k }) => ({ m, columns: [n], k }),
    places: (scalars) => ({ a: [scalars.lda, scalars.a_offset], b: [scalars.ldb, scalars.b_offset] }),
  });
  return { ...own, forms: others, fixed: { b_by_column: Number(bByColumn) }, onSoftware: "subgroups", onHardware: "tiled" } as const;
};

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
  ...forms("matmul_nn", false, false),
  bindings: bindings("[m, lda]", "[k, ldb]"),
  scalars: scalarTypes,
  twin: (buffers, scalars) => multiply(buffers, scalars, { i: scalars.lda, pa: 1, pb: scalars.ldb, j: 1 }),
});

/** C = A B^T, with A stored [m, k] and B [n, k]: a layer's x W^T. */
export const matmulNt = defineKernel({
  name: "matmul_nt",
  ...forms("matmul_nt", false, true),
  bindings: bindings("[m, lda]", "[n, ldb]"),
  scalars: scalarTypes,
  twin: (buffers, scalars) => multiply(buffers, scalars, { i: scalars.lda, pa: 1, pb: 1, j: scalars.ldb }),
});

/** C = A^T B, with A stored [k, m] and B [k, n]: a weight's gradient. */
export const matmulTn = defineKernel({
  name: "matmul_tn",
  ...forms("matmul_tn", true, false),
  bindings: bindings("[k, lda]", "[k, ldb]"),
  scalars: scalarTypes,
  twin: (buffers, scalars) => multiply(buffers, scalars, { i: 1, pa: scalars.lda, pb: scalars.ldb, j: 1 }),
});
