import { defineKernel } from "./kernel";
import { productForms } from "./matmul_forms";
import source from "./weight_gradients.wgsl?raw";

const scalarTypes = {
  m: "u32",
  k: "u32",
  n1: "u32",
  m2: "u32",
  n2: "u32",
  lda: "u32",
  ldb1: "u32",
  ldb2: "u32",
  a_offset: "u32",
  b1_offset: "u32",
  b2_offset: "u32",
  c1_offset: "u32",
  c2_offset: "u32",
  bias1_offset: "u32",
  bias2_offset: "u32",
} as const;

type Sizes = { readonly [K in keyof typeof scalarTypes]: number };

const { own, ...forms } = productForms<Sizes>({
  name: "weight_gradients",
  tensors: source,
  layout: { aByTerm: true, bByColumn: false },
  size: ({ m, n1, n2, k }) => ({ m, columns: [n1, n2], k }),
  places: (s) => ({ a: [s.lda, s.a_offset], b: [s.ldb1, s.b1_offset, ...(s.n2 > 0 ? [s.ldb2, s.b2_offset] : [])] }),
});

/**
 * The gradients of x W1^T + h W2^T + b over all k rows in one call: dW1 = A^T B1 [m, n1], dW2 = A^T B2 [m2, n2], and A's column sums
 * for the bias of the first product [m] and of the second [m2]. m2 = n2 = 0: no second product and no second bias; m2 is at most m.
 */
export const weightGradients = defineKernel({
  name: "weight_gradients",
  ...own,
  forms,
  onSoftware: "subgroups",
  onHardware: "tiled",
  bindings: {
    a: { type: "real", access: "read", shape: "[k, lda]" },
    b1: { type: "real", access: "read", shape: "[k, ldb1]" },
    b2: { type: "real", access: "read", shape: "[k, ldb2]" },
    gradients: { type: "f32", access: "read_write", shape: "[all parameters]" },
  },
  scalars: scalarTypes,
  twin({ a, b1, b2, gradients }, scalars) {
    const { m, k, n1, m2, n2, lda, a_offset: aOffset } = scalars;
    const product = (rows: number, columns: number, b: typeof a, ldb: number, bOffset: number, cOffset: number) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let p = 0; p < k; p++) sum += a[aOffset + p * lda + i]! * b[bOffset + p * ldb + j]!;
          gradients[cOffset + i * columns + j] = sum;
        }
      }
    };
    product(m, n1, b1, scalars.ldb1, scalars.b1_offset, scalars.c1_offset);
    product(m2, n2, b2, scalars.ldb2, scalars.b2_offset, scalars.c2_offset);
    for (let i = 0; i < m; i++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[aOffset + p * lda + i]!;
      gradients[scalars.bias1_offset + i] = sum;
      if (i < m2) gradients[scalars.bias2_offset + i] = sum;
    }
  },
});
