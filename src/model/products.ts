import type { Plan } from "../plan/plan";
import type { Tensor } from "../plan/tensor";
import { matmulNn, matmulNt } from "../shaders/matmul";
import { weightGradients } from "../shaders/weight_gradients";

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

/** The parameters of one product and where their gradients go: views into the gradient arena, from `offset` elements on. */
interface Linear {
  /** What the weight was multiplied with, [k, columns]. */
  readonly input: Block;
  readonly columns: number;
  readonly dWeight: Block;
  readonly dBias: Block;
}

interface LinearGradients {
  /** dL/dy, [k, m]. */
  readonly a: Block;
  readonly m: number;
  readonly k: number;
  /** With all m rows. */
  readonly first: Linear;
  /** With the first `rows` of the m. */
  readonly second?: Linear & { readonly rows: number };
  /** The whole gradient arena. */
  readonly gradients: Tensor;
}

const placeOf = ({ tensor, offset = 0 }: Block): number => tensor.offset + offset;

/** Gradients of the weights and biases of y = x1 W1ᵀ + b1 + x2 W2ᵀ + b2, over all k rows, in one call. */
export function linearGradients(plan: Plan, { a, m, k, first, second, gradients }: LinearGradients): void {
  const other = second ?? { ...first, rows: 0, columns: 0 };
  plan.call(
    weightGradients,
    { a: a.tensor, b1: first.input.tensor, b2: other.input.tensor, gradients },
    {
      ...{ m, k, n1: first.columns, m2: other.rows, n2: other.columns },
      lda: a.stride ?? m,
      ldb1: first.input.stride ?? first.columns,
      ldb2: other.input.stride ?? other.columns,
      a_offset: a.offset ?? 0,
      b1_offset: first.input.offset ?? 0,
      b2_offset: other.input.offset ?? 0,
      c1_offset: placeOf(first.dWeight),
      c2_offset: placeOf(other.dWeight),
      bias1_offset: placeOf(first.dBias),
      bias2_offset: placeOf(other.dBias),
    },
  );
}
