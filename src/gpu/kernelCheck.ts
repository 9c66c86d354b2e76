import { type DeviceFacts, ExecutorError } from "../plan/executor";
import { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { elementType, type KernelCase, variantName } from "../shaders/cases/case";
import { type CaseBuffers, compareCase, runTwin } from "../shaders/cases/compare";
import { pipelinesOf } from "./pipelines";
import { createWebGpuExecutor } from "./webgpuExecutor";

export interface KernelReport {
  readonly kernel: string;
  readonly cases: number;
  readonly passed: boolean;
  /** Largest |device - twin| / (abs + rel * |twin|) over all cases: 1 is the tolerance. Infinite where a comparison has no size. */
  readonly worst: number;
  /** The first thing that went wrong, for people; absent if nothing did. */
  readonly failure?: string;
}

/**
 * Runs every case on the device and on its f64 twin and compares every buffer that the kernel may write, in full.
 * Calls `onReport` for each kernel as it is done and returns all reports. A kernel that does not compile is a failed kernel.
 * @throws ExecutorError "device-lost" if the device is lost, or the signal's reason once it is aborted.
 */
export async function runCases(
  device: GPUDevice,
  facts: DeviceFacts,
  cases: readonly KernelCase[],
  onReport: (report: KernelReport) => void = () => {},
  signal?: AbortSignal,
): Promise<KernelReport[]> {
  const byKernel = new Map<string, KernelCase[]>();
  for (const each of cases) {
    const name = variantName(each);
    const group = byKernel.get(name) ?? [];
    group.push(each);
    byKernel.set(name, group);
  }
  const reports: KernelReport[] = [];
  for (const [kernel, group] of byKernel) {
    const report = await checkKernel(device, facts, kernel, group, signal);
    reports.push(report);
    onReport(report);
  }
  return reports;
}

async function checkKernel(
  device: GPUDevice,
  facts: DeviceFacts,
  kernel: string,
  group: readonly KernelCase[],
  signal: AbortSignal | undefined,
): Promise<KernelReport> {
  signal?.throwIfAborted();
  // Starts all compilations together. One that fails does so again, from the cache, for the case that needs it.
  for (const each of group)
    pipelinesOf(device)
      .pipeline(each)
      .catch(() => {});
  let worst = 0;
  let failure: string | undefined;
  for (const each of group) {
    signal?.throwIfAborted();
    try {
      const comparison = compareCase(each, await runOnDevice(device, facts, each), runTwin(each));
      worst = Math.max(worst, comparison.worst);
      failure ??= comparison.failure;
    } catch (error) {
      if (error instanceof ExecutorError && error.code === "device-lost") throw error;
      worst = Number.POSITIVE_INFINITY;
      failure ??= `${kernel}, case "${each.label}": ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return { kernel, cases: group.length, passed: failure === undefined, worst, ...(failure === undefined ? {} : { failure }) };
}

async function runOnDevice(device: GPUDevice, facts: DeviceFacts, { kernel, scalars, buffers, storage }: KernelCase): Promise<CaseBuffers> {
  const program = new Program();
  const inputs = Object.entries(kernel.bindings).map(([name, spec]) => {
    const data = buffers[name];
    if (data === undefined) throw new RangeError(`the case has no buffer ${name}`);
    return { name, spec, data, tensor: program.tensor(name, [data.length], elementType(spec.type, storage)) };
  });
  const plan = program.plan(kernel.name);
  plan.call(kernel, Object.fromEntries(inputs.map(({ name, tensor }): [string, Tensor] => [name, tensor])), scalars);
  const executor = createWebGpuExecutor(device, facts);
  try {
    await executor.load(program);
    for (const { tensor, data } of inputs) executor.write(tensor, data);
    await executor.submit(plan, 1);
    const outputs = inputs.filter(({ spec }) => spec.access === "read_write");
    return Object.fromEntries(await Promise.all(outputs.map(async ({ name, tensor }) => [name, await executor.read(tensor)] as const)));
  } finally {
    executor.destroy();
  }
}
