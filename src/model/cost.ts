import type { KernelCall, Plan } from "../plan/plan";

type Scalars = Readonly<Record<string, number>>;

/** Gate rows of weight_hh, in multiples of H, that a recurrent kernel multiplies in one step. */
function gatesOf(kernel: string): number {
  if (kernel.startsWith("lstm")) return 4;
  if (kernel.startsWith("rnn")) return 1;
  if (kernel.startsWith("gru_before_fused")) return /forward_gates|backward_output/.test(kernel) ? 2 : 1;
  return 3;
}

/** Multiply-adds of a call's matrix products. */
function multiplyAdds({ kernel: { name }, scalars }: Pick<KernelCall, "kernel" | "scalars">): number {
  const of = (scalar: keyof Scalars & string): number => scalars[scalar] ?? 0;
  if (name.startsWith("matmul_")) return of("m") * of("n") * of("k");
  if (name === "weight_gradients") return of("k") * (of("m") * of("n1") + of("m2") * of("n2"));
  const perStep = of("batch") * of("hidden_size") ** 2 * gatesOf(name);
  if (name.includes("_sequence_")) return of("steps") * perStep;
  // Nothing flows into the last state from a later step.
  if (name.includes("_fused_")) return scalars.step === scalars.steps ? 0 : perStep;
  return 0;
}

/**
 * Floating-point operations of one replay: the matrix products that the recorded mathematics needs, two for each multiply-add, as
 * papers count. Left out are what a kernel computes past the edge of its tiles, the sums of biases, and the point-wise work (gates,
 * softmax, optimizer), which is small beside the products. Where tokens come in by a table, the table's products count, not those
 * that it replaces.
 */
export const planFlops = (plan: Pick<Plan, "calls">): number => plan.calls.reduce((sum, call) => sum + 2 * multiplyAdds(call), 0);
