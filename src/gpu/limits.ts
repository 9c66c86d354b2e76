import { ExecutorError } from "../plan/executor";
import type { KernelCall } from "../plan/plan";
import type { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import type { Elements } from "./elements";
import { formatBytes } from "./usage";

/** Bytes of a tensor's bound range: rounded up to four elements, so that kernels may read vec4s. */
export const boundBytes = (tensor: Tensor, elements: Elements): number => Math.ceil(tensor.size / 4) * 4 * elements.bytes(tensor.type);

export type MemoryLimits = Pick<GPUSupportedLimits, "maxBufferSize" | "maxStorageBufferBindingSize" | "maxStorageBuffersPerShaderStage">;

/** Refuses a program that the device cannot hold, before anything is allocated. @throws ExecutorError naming the tensor and the sizes. */
export function checkLimits(program: Program, limits: MemoryLimits, elements: Elements): void {
  for (const arena of program.arenas) {
    const bytes = arena.length * elements.bytes(arena.type);
    if (bytes > limits.maxBufferSize) throw tooLarge(arena.name, bytes, limits.maxBufferSize, "one buffer");
  }
  for (const plan of program.plans.values()) {
    for (const call of plan.calls) checkCall(call, limits, elements);
  }
}

function checkCall({ kernel, tensors }: KernelCall, limits: MemoryLimits, elements: Elements): void {
  if (tensors.length > limits.maxStorageBuffersPerShaderStage) {
    const message = `The kernel ${kernel.name} uses ${tensors.length} buffers at once; this GPU allows ${limits.maxStorageBuffersPerShaderStage}.`;
    throw new ExecutorError("internal", message);
  }
  for (const tensor of tensors) {
    const bytes = boundBytes(tensor, elements);
    if (bytes > limits.maxStorageBufferBindingSize) {
      throw tooLarge(tensor.name, bytes, limits.maxStorageBufferBindingSize, `the kernel ${kernel.name}`);
    }
  }
}

function tooLarge(name: string, bytes: number, limit: number, where: string): ExecutorError {
  return new ExecutorError(
    "out-of-memory",
    `The tensor ${name} needs ${formatBytes(bytes)} in ${where}; this GPU allows ${formatBytes(limit)}.`,
  );
}
