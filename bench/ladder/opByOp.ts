import type { Plan } from "../../src/plan/plan";
import type { Program } from "../../src/plan/program";
import type { Tensor } from "../../src/plan/tensor";
import { matmulNn, matmulNt, matmulTn } from "../../src/shaders/matmul";
import { addRows, tanhBackward, tanhForward } from "./kernels";

interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
}

/** A sum that grows by one term a time step; WebGPU lets no dispatch read what it writes, so it changes places each time. */
class RunningSum {
  readonly #places: readonly [Tensor, Tensor];
  #at = 0;

  constructor(program: Program, name: string, length: number) {
    this.#places = [program.tensor(`${name} a`, [length]), program.tensor(`${name} b`, [length])];
  }

  add(plan: Plan, term: Tensor): void {
    const [a, b] = this.#places;
    const [x, out] = this.#at === 0 ? [a, b] : [b, a];
    const count = term.size;
    plan.call(addRows, { x, y: term, out }, { count, period: count, x_offset: 0, y_offset: 0, out_offset: 0 });
    this.#at = 1 - this.#at;
  }
}

/**
 * A tanh RNN layer, forward and backward, as automatic differentiation records it from its formula: every time step by itself, every
 * operation a dispatch, gradients of parameters summed up step by step.
 */
export function recordOpByOp(program: Program, plan: Plan, { steps, batch, inputSize, hiddenSize }: Sizes): void {
  const size = batch * hiddenSize;
  const x = program.tensor("x", [steps, batch, inputSize]);
  const weightIh = program.tensor("weight ih", [hiddenSize, inputSize]);
  const weightHh = program.tensor("weight hh", [hiddenSize, hiddenSize]);
  const bias = program.tensor("bias", [hiddenSize]);
  const states = program.tensor("states", [steps + 1, batch, hiddenSize]);
  const dAbove = program.tensor("d above", [steps, batch, hiddenSize]);
  const state = (name: string): Tensor => program.tensor(name, [batch, hiddenSize]);
  const [p, q, sum, total] = [state("p"), state("q"), state("sum"), state("total")];
  const [dState, dSum, dNext] = [state("d state"), state("d sum"), state("d next")];
  const [dIh, dHh] = [program.tensor("d ih", [hiddenSize, inputSize]), program.tensor("d hh", [hiddenSize, hiddenSize])];
  const dBias = program.tensor("d bias", [hiddenSize]);
  const ones = program.tensor("ones", [batch]);

  const product = { a_offset: 0, b_offset: 0, c_offset: 0, has_bias: 0, accumulate: 0 };
  const forward = { ...product, m: batch, n: hiddenSize, ldc: hiddenSize };
  const points = { count: size, period: size, x_offset: 0, y_offset: 0, out_offset: 0 };
  const none = plan.unused;
  for (let t = 0; t < steps; t++) {
    const inputs = { ...forward, k: inputSize, lda: inputSize, ldb: inputSize, a_offset: t * batch * inputSize };
    plan.call(matmulNt, { a: x, b: weightIh, bias: none, c: p }, inputs);
    const recurrent = { ...forward, k: hiddenSize, lda: hiddenSize, ldb: hiddenSize, a_offset: t * size };
    plan.call(matmulNt, { a: states, b: weightHh, bias: none, c: q }, recurrent);
    plan.call(addRows, { x: p, y: q, out: sum }, points);
    plan.call(addRows, { x: sum, y: bias, out: total }, { ...points, period: hiddenSize });
    plan.call(tanhForward, { x: total, y: none, out: states }, { ...points, out_offset: (t + 1) * size });
  }

  const sums = {
    ih: new RunningSum(program, "sum ih", dIh.size),
    hh: new RunningSum(program, "sum hh", dHh.size),
    bias: new RunningSum(program, "sum bias", dBias.size),
  };
  for (let t = steps - 1; t >= 0; t--) {
    plan.call(addRows, { x: dNext, y: dAbove, out: dState }, { ...points, y_offset: t * size });
    plan.call(tanhBackward, { x: dState, y: states, out: dSum }, { ...points, y_offset: (t + 1) * size });
    const back = { ...product, m: batch, n: hiddenSize, k: hiddenSize, lda: hiddenSize, ldb: hiddenSize, ldc: hiddenSize };
    plan.call(matmulNn, { a: dSum, b: weightHh, bias: none, c: dNext }, back);
    const weights = { ...product, m: hiddenSize, k: batch, lda: hiddenSize };
    const ofInput = { ...weights, n: inputSize, ldb: inputSize, ldc: inputSize, b_offset: t * batch * inputSize };
    plan.call(matmulTn, { a: dSum, b: x, bias: none, c: dIh }, ofInput);
    const ofState = { ...weights, n: hiddenSize, ldb: hiddenSize, ldc: hiddenSize, b_offset: t * size };
    plan.call(matmulTn, { a: dSum, b: states, bias: none, c: dHh }, ofState);
    // A sum over rows, as a product with ones.
    const ofBias = { ...product, m: 1, n: hiddenSize, k: batch, lda: batch, ldb: hiddenSize, ldc: hiddenSize };
    plan.call(matmulNn, { a: ones, b: dSum, bias: none, c: dBias }, ofBias);
    sums.ih.add(plan, dIh);
    sums.hh.add(plan, dHh);
    sums.bias.add(plan, dBias);
  }
}
