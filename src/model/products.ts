import type { Plan } from "../plan/plan";
import type { Tensor } from "../plan/tensor";
import { columnSum } from "../shaders/column_sum";
import { copyWithin } from "../shaders/copy";
import { matmulNn, matmulNt, matmulTn } from "../shaders/matmul";

/** A rows x columns block inside a tensor: from element `offset` on, rows `stride` elements apart (the columns unless given). */
export interface Block {
  readonly tensor: Tensor;
  readonly offset?: number;
  readonly stride?: number;
}

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Block;
  readonly b: Block;
  readonly c: Block;
  readonly bias?: Tensor;
  /** Adds to c instead of replacing it. */
  readonly accumulate?: boolean;
}

function record(plan: Plan, kernel: typeof matmulNn, p: Product, lda: number, ldb: number): void {
  plan.call(
    kernel,
    { a: p.a.tensor, b: p.b.tensor, bias: p.bias ?? plan.unused, c: p.c.tensor },
    {
      m: p.m,
      n: p.n,
      k: p.k,
      lda: p.a.stride ?? lda,
      ldb: p.b.stride ?? ldb,
      ldc: p.c.stride ?? p.n,
      a_offset: p.a.offset ?? 0,
      b_offset: p.b.offset ?? 0,
      c_offset: p.c.offset ?? 0,
      has_bias: p.bias === undefined ? 0 : 1,
      accumulate: p.accumulate === true ? 1 : 0,
    },
  );
}

/** C [m, n] = A [m, k] · B [k, n]. */
export const productNn = (plan: Plan, p: Product): void => record(plan, matmulNn, p, p.k, p.n);

/** C [m, n] = A [m, k] · Bᵀ, B [n, k]: a linear layer's forward pass, y = x Wᵀ + b. */
export const productNt = (plan: Plan, p: Product): void => record(plan, matmulNt, p, p.k, p.k);

/** C [m, n] = Aᵀ · B, A [k, m], B [k, n]: a weight gradient, dW = dyᵀ x. */
export const productTn = (plan: Plan, p: Product): void => record(plan, matmulTn, p, p.m, p.n);

/** out[j] = sum over the rows of a block [m, n]: a bias gradient. */
export function sumColumns(plan: Plan, m: number, n: number, a: Block, out: Block): void {
  plan.call(
    columnSum,
    { a: a.tensor, out: out.tensor },
    { m, n, lda: a.stride ?? n, a_offset: a.offset ?? 0, out_offset: out.offset ?? 0, accumulate: 0 },
  );
}

/** Copies `count` elements inside one tensor; the ranges must not overlap. */
export function copyInside(plan: Plan, data: Tensor, sourceOffset: number, targetOffset: number, count: number): void {
  plan.call(copyWithin, { data }, { source_offset: sourceOffset, target_offset: targetOffset, count });
}
