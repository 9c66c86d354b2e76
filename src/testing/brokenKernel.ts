import type { AnyKernel } from "../shaders/kernel";
import type { CompiledCase } from "../verify/replay";

/** The same case with one kernel replaced in its training step. */
export function withKernel(compiled: CompiledCase, name: string, replace: (kernel: AnyKernel) => AnyKernel): CompiledCase {
  const train = compiled.program.plan(`train with another ${name}`);
  for (const call of compiled.train.calls) train.repeat(call.kernel.name === name ? { ...call, kernel: replace(call.kernel) } : call);
  return { ...compiled, train };
}
