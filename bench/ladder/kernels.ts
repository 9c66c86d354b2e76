import { ceilDiv, defineKernel, type TwinBuffers } from "../../src/shaders/kernel";
import pointwise from "./pointwise.wgsl?raw";
import naive from "./product_naive.wgsl?raw";
import shared from "./product_shared.wgsl?raw";

const productBindings = {
  a: { type: "f32", access: "read", shape: "[m, k]" },
  b: { type: "f32", access: "read", shape: "[k, n]" },
  c: { type: "f32", access: "read_write", shape: "[m, n]" },
} as const;
const productScalars = { m: "u32", n: "u32", k: "u32" } as const;
type Sizes = { readonly [K in keyof typeof productScalars]: number };

function multiply({ a, b, c }: TwinBuffers<typeof productBindings>, { m, n, k }: Sizes): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[p * n + j]!;
      c[i * n + j] = sum;
    }
  }
}

/** One invocation for each number of the result. */
export const productNaive = defineKernel({
  name: "product_naive",
  wgsl: naive,
  bindings: productBindings,
  scalars: productScalars,
  workgroups: ({ m, n }) => [ceilDiv(n, 8), ceilDiv(m, 8), 1],
  twin: multiply,
});

/** Tiles of 16 x 16 in workgroup memory. */
export const productShared = defineKernel({
  name: "product_shared",
  wgsl: shared,
  bindings: productBindings,
  scalars: productScalars,
  workgroups: ({ m, n }) => [ceilDiv(n, 16), ceilDiv(m, 16), 1],
  twin: multiply,
});

const pointBindings = {
  x: { type: "f32", access: "read", shape: "[count]" },
  y: { type: "f32", access: "read", shape: "[period] or [count]" },
  out: { type: "f32", access: "read_write", shape: "[count]" },
} as const;
const pointScalars = { count: "u32", period: "u32", x_offset: "u32", y_offset: "u32", out_offset: "u32" } as const;
type Places = { readonly [K in keyof typeof pointScalars]: number };

const pointKernel = (name: string, f: (x: number, y: number) => number) =>
  defineKernel({
    name,
    wgsl: pointwise,
    bindings: pointBindings,
    scalars: pointScalars,
    workgroups: ({ count }: Places) => [ceilDiv(count, 64), 1, 1],
    twin({ x, y, out }, s) {
      for (let i = 0; i < s.count; i++) out[s.out_offset + i] = f(x[s.x_offset + i]!, y[s.y_offset + (i % s.period)]!);
    },
  });

/** out = x + y, with y repeated every `period` numbers. */
export const addRows = pointKernel("add_rows", (x, y) => x + y);
/** out = tanh(x). */
export const tanhForward = pointKernel("tanh_forward", (x) => Math.tanh(x));
/** out = x (1 - y^2). */
export const tanhBackward = pointKernel("tanh_backward", (x, y) => x * (1 - y * y));
