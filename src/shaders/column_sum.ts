import source from "./column_sum.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel";

/** out[j] = sum_i A[i, j] (+ out[j]), in an order that depends on m alone. n up to 524,280. */
export const columnSum = defineKernel({
  name: "column_sum",
  wgsl: source,
  bindings: {
    a: { type: "real", access: "read", shape: "[m, lda]" },
    out: { type: "f32", access: "read_write", shape: "[n]" },
  },
  scalars: { m: "u32", n: "u32", lda: "u32", a_offset: "u32", out_offset: "u32", accumulate: "u32" },
  workgroups: ({ n }) => [ceilDiv(n, 8), 1, 1],
  twin({ a, out }, { m, n, lda, a_offset: aOffset, out_offset: outOffset, accumulate }) {
    for (let j = 0; j < n; j++) {
      let sum = accumulate !== 0 ? out[outOffset + j]! : 0;
      for (let i = 0; i < m; i++) sum += a[aOffset + i * lda + j]!;
      out[outOffset + j] = sum;
    }
  },
});
