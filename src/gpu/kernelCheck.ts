import { type CheckCasesOptions, checkCases, type KernelReport } from "../plan/checkCases";
import type { DeviceFacts } from "../plan/executor";
import type { KernelCase } from "../shaders/cases/case";
import { pipelinesOf } from "./pipelines";
import { createWebGpuExecutor } from "./webgpuExecutor";

/**
 * Checks every kernel of the cases on a WebGPU device, see `checkCases`.
 * @throws ExecutorError "device-lost" or "out-of-memory", or the signal's reason once it is aborted.
 */
export function runCases(
  device: GPUDevice,
  facts: DeviceFacts,
  cases: readonly KernelCase[],
  { onStart, ...options }: CheckCasesOptions = {},
): Promise<KernelReport[]> {
  return checkCases(() => createWebGpuExecutor(device, facts, { emulateHalf: true }), cases, {
    ...options,
    onStart: (kernel, group) => {
      // Starts all compilations together. One that fails does so again, from the cache, for the case that needs it.
      for (const each of group)
        pipelinesOf(device)
          .pipeline(each)
          .catch(() => {});
      onStart?.(kernel, group);
    },
  });
}
