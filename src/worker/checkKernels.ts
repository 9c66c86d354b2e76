import { runCases } from "../gpu/kernelCheck";
import { allCases } from "../shaders/cases/all";
import { openGpu } from "./devices";
import type { KernelCheckResult } from "./protocol";

/** Runs every kernel pair on this browser's WebGPU device. @throws ExecutorError if there is none or it is lost. */
export async function checkKernels(gpu: GPU | undefined, onResult: (result: KernelCheckResult, total: number) => void): Promise<void> {
  const cases = allCases();
  const total = new Set(cases.map((each) => each.kernel.name)).size;
  const { device, facts } = await openGpu(gpu);
  await runCases(device, facts, cases, (report) => onResult(report, total));
}
