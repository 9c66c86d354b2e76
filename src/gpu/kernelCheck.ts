import type { DeviceFacts, Executor, HostArray } from "../plan/executor";
import { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import type { KernelCase } from "../shaders/cases/case";
import { agrees, defaultTolerance, type Tolerance } from "../shaders/cases/tolerance";
import type { FloatArray } from "../shaders/kernel";
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
    const group = byKernel.get(each.kernel.name) ?? [];
    group.push(each);
    byKernel.set(each.kernel.name, group);
  }
  const reports: KernelReport[] = [];
  for (const [kernel, group] of byKernel) {
    const report = await checkKernel(() => createWebGpuExecutor(device, facts), kernel, group, signal);
    reports.push(report);
    onReport(report);
  }
  return reports;
}

async function checkKernel(
  createExecutor: () => Executor,
  kernel: string,
  group: readonly KernelCase[],
  signal: AbortSignal | undefined,
): Promise<KernelReport> {
  let worst = 0;
  let failure: string | undefined;
  for (const each of group) {
    signal?.throwIfAborted();
    try {
      const actual = await runOnDevice(createExecutor, each);
      const comparison = compare(each, actual, runTwin(each));
      worst = Math.max(worst, comparison.worst);
      failure ??= comparison.failure;
    } catch (error) {
      if (isLoss(error)) throw error;
      worst = Number.POSITIVE_INFINITY;
      failure ??= `${kernel}, case "${each.label}": ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return { kernel, cases: group.length, passed: failure === undefined, worst, ...(failure === undefined ? {} : { failure }) };
}

const isLoss = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "device-lost";

type Buffers = Readonly<Record<string, HostArray>>;

async function runOnDevice(createExecutor: () => Executor, { kernel, scalars, buffers }: KernelCase): Promise<Buffers> {
  const program = new Program();
  const tensors = Object.entries(kernel.bindings).map(([name, spec]): [string, Tensor] => {
    const data = buffers[name];
    if (data === undefined) throw new RangeError(`the case has no buffer ${name}`);
    return [name, program.tensor(name, [data.length], spec.type)];
  });
  const plan = program.plan(kernel.name);
  plan.call(kernel, Object.fromEntries(tensors), scalars);
  const executor = createExecutor();
  try {
    await executor.load(program);
    for (const [name, tensor] of tensors) {
      const data = buffers[name];
      if (data !== undefined) executor.write(tensor, data);
    }
    await executor.submit(plan, 1);
    const outputs = tensors.filter(([name]) => kernel.bindings[name]?.access === "read_write");
    return Object.fromEntries(await Promise.all(outputs.map(async ([name, tensor]) => [name, await executor.read(tensor)] as const)));
  } finally {
    executor.destroy();
  }
}

function runTwin({ kernel, scalars, buffers }: KernelCase): Readonly<Record<string, FloatArray | Uint32Array>> {
  const copies = Object.entries(buffers).map(([name, data]): [string, FloatArray | Uint32Array] => [
    name,
    data instanceof Float32Array ? Float64Array.from(data) : data.slice(),
  ]);
  const result = Object.fromEntries(copies);
  kernel.twin(result, scalars);
  return result;
}

interface Comparison {
  readonly worst: number;
  readonly failure?: string;
}

function compare(
  { kernel, label, tolerance }: KernelCase,
  actual: Buffers,
  expected: Readonly<Record<string, FloatArray | Uint32Array>>,
): Comparison {
  let worst = 0;
  let failure: string | undefined;
  for (const [name, spec] of Object.entries(kernel.bindings)) {
    if (spec.access !== "read_write") continue;
    const allowed = spec.type === "f32" ? (tolerance ?? defaultTolerance.f32) : defaultTolerance.u32;
    const got = actual[name];
    const want = expected[name];
    if (got === undefined || want === undefined) throw new RangeError(`no result for ${name}`);
    for (let i = 0; i < want.length; i += 1) {
      // The oracle may exceed the range of f32, where an infinity is the right answer.
      const oracle = spec.type === "f32" ? inRange(want[i]!) : want[i]!;
      worst = Math.max(worst, ratio(got[i]!, oracle, allowed));
      if (failure !== undefined || agrees(got[i]!, oracle, allowed)) continue;
      failure = `${kernel.name}, case "${label}": ${name}[${i}] is ${got[i]}, and should be ${oracle}`;
    }
  }
  return { worst, ...(failure === undefined ? {} : { failure }) };
}

const inRange = (value: number): number => (Number.isFinite(Math.fround(value)) ? value : Math.fround(value));

function ratio(actual: number, expected: number, { abs, rel }: Tolerance): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const scaled = Math.abs(actual - expected) / (abs + rel * Math.abs(expected));
  return Number.isNaN(scaled) ? Number.POSITIVE_INFINITY : scaled;
}
