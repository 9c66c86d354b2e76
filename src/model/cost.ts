import type { Plan } from "../plan/plan";

/**
 * Floating-point operations of one replay, counting the products only (2 per multiply-add), as papers do:
 * the point-wise work beside them is small.
 */
export function planFlops(plan: Plan): number {
  let flops = 0;
  for (const { kernel, scalars } of plan.calls) {
    const { m = 0, n = 0, k = 0, steps = 0, batch = 0, hidden_size: hidden = 0 } = scalars;
    if (kernel.name.startsWith("matmul_")) flops += 2 * m * n * k;
    else if (kernel.name.includes("_sequence_")) flops += 2 * steps * batch * hidden * hidden * sequenceGates(kernel.name);
  }
  return flops;
}

function sequenceGates(kernelName: string): number {
  if (kernelName.startsWith("lstm")) return 4;
  return kernelName.startsWith("gru") ? 3 : 1;
}
