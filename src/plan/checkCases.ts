import { casesByVariant, elementType, type KernelCase } from "../shaders/cases/case";
import { type CaseBuffers, compareCase, runTwin } from "../shaders/cases/compare";
import { type Executor, ExecutorError } from "./executor";
import { Program } from "./program";
import type { Tensor } from "./tensor";

export interface KernelReport {
  readonly kernel: string;
  readonly cases: number;
  readonly passed: boolean;
  /** Largest |device - twin| / (abs + rel * |twin|) over all cases: 1 is the tolerance. Infinite where a comparison has no size. */
  readonly worst: number;
  /** The first thing that went wrong, for people; absent if nothing did. */
  readonly failure?: string;
}

export interface CheckCasesOptions {
  /** Called before the first case of each kernel, with all of them. */
  readonly onStart?: (kernel: string, cases: readonly KernelCase[]) => void;
  readonly onReport?: (report: KernelReport) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs every case on an executor of its own and on its f64 twin, and compares every buffer that the kernel may write, in full.
 * Returns a report for each kernel. A kernel that does not compile is a failed kernel.
 * @throws ExecutorError "device-lost" or "out-of-memory", which say nothing of a kernel, or the signal's reason once it is aborted.
 */
export async function checkCases(
  open: () => Executor | Promise<Executor>,
  cases: readonly KernelCase[],
  { onStart, onReport, signal }: CheckCasesOptions = {},
): Promise<KernelReport[]> {
  const reports: KernelReport[] = [];
  for (const [kernel, group] of casesByVariant(cases)) {
    signal?.throwIfAborted();
    onStart?.(kernel, group);
    const report = await checkKernel(open, kernel, group, signal);
    reports.push(report);
    onReport?.(report);
  }
  return reports;
}

/** True for a failure that is no kernel's: the device was lost, or others have taken its memory. */
export const isTheDevices = (error: unknown): boolean =>
  error instanceof ExecutorError && (error.code === "device-lost" || error.code === "out-of-memory");

async function checkKernel(
  open: () => Executor | Promise<Executor>,
  kernel: string,
  group: readonly KernelCase[],
  signal: AbortSignal | undefined,
): Promise<KernelReport> {
  let worst = 0;
  let failure: string | undefined;
  for (const each of group) {
    signal?.throwIfAborted();
    try {
      const comparison = compareCase(each, await runCase(await open(), each), runTwin(each));
      worst = Math.max(worst, comparison.worst);
      failure ??= comparison.failure;
    } catch (error) {
      if (isTheDevices(error)) throw error;
      worst = Number.POSITIVE_INFINITY;
      failure ??= `${kernel}, case "${each.label}": ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return { kernel, cases: group.length, passed: failure === undefined, worst, ...(failure === undefined ? {} : { failure }) };
}

async function runCase(executor: Executor, { kernel, form, scalars, buffers, storage }: KernelCase): Promise<CaseBuffers> {
  try {
    const program = new Program(() => form);
    const inputs = Object.entries(kernel.bindings).map(([name, spec]) => {
      const data = buffers[name];
      if (data === undefined) throw new RangeError(`the case has no buffer ${name}`);
      return { name, spec, data, tensor: program.tensor(name, [data.length], elementType(spec.type, storage)) };
    });
    const plan = program.plan(kernel.name);
    plan.call(kernel, Object.fromEntries(inputs.map(({ name, tensor }): [string, Tensor] => [name, tensor])), scalars);
    await executor.load(program);
    for (const { tensor, data } of inputs) executor.write(tensor, data);
    await executor.submit(plan, 1);
    const outputs = inputs.filter(({ spec }) => spec.access === "read_write");
    return Object.fromEntries(await Promise.all(outputs.map(async ({ name, tensor }) => [name, await executor.read(tensor)] as const)));
  } finally {
    executor.destroy();
  }
}
