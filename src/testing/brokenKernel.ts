import type { AnyKernel } from "../shaders/kernel";
import type { CompiledCase } from "../verify/replay";

/** The same case with one kernel replaced in its training step. */
export function withKernel(compiled: CompiledCase, name: string, replace: (kernel: AnyKernel) => AnyKernel): CompiledCase {
  const train = compiled.program.plan(`train with another ${name}`);
  for (const { kernel, tensors, scalars } of compiled.train.calls) {
    const buffers = Object.fromEntries(Object.keys(kernel.bindings).flatMap((key, i) => (tensors[i] ? [[key, tensors[i]]] : [])));
    train.call(kernel.name === name ? replace(kernel) : kernel, buffers, scalars);
  }
  return { ...compiled, train };
}
