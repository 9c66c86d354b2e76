import { createCpuExecutor } from "../cpu/cpuExecutor";
import { reportAdapter } from "../gpu/adapterReport";
import { runCases } from "../gpu/kernelCheck";
import { createWebGpuExecutor } from "../gpu/webgpuExecutor";
import { type CheckCasesOptions, checkCases, type KernelReport } from "../plan/checkCases";
import type { DeviceFacts, Executor } from "../plan/executor";
import { allCases } from "../shaders/cases/all";
import { casesByVariant, type KernelCase } from "../shaders/cases/case";
import { formCases } from "../shaders/cases/forms";
import { halfCases } from "../shaders/cases/half";
import { failureText } from "../train/failure";
import { checkedNets, checkGradients } from "../train/gradientCheck";
import { openGpu } from "./devices";
import type { CheckTarget, DeviceCheck } from "./reports";

interface Subject {
  readonly facts: DeviceFacts;
  readonly adapter?: DeviceCheck["adapter"];
  readonly open: () => Executor | Promise<Executor>;
  readonly checkKernels: (cases: readonly KernelCase[], options: CheckCasesOptions) => Promise<KernelReport[]>;
}

/** @throws ExecutorError "no-webgpu" if there is none. */
async function openSubject(gpu: GPU | undefined, target: CheckTarget): Promise<Subject> {
  if (target === "webgpu") {
    const { device, facts, adapter } = await openGpu(gpu);
    return {
      facts,
      adapter: reportAdapter(adapter),
      open: () => createWebGpuExecutor(device, facts),
      checkKernels: (cases, options) => runCases(device, facts, cases, options),
    };
  }
  const executor = await createCpuExecutor();
  executor.destroy();
  // A turn for the event loop before each case: one that computes without pause would never hear of a Cancel.
  const open = async (): Promise<Executor> => {
    await new Promise((resolve) => setTimeout(resolve));
    return createCpuExecutor();
  };
  return { facts: executor.facts, open, checkKernels: (cases, options) => checkCases(open, cases, options) };
}

/**
 * All cases that a device can run, f16 after f32. Where it has no f16, that could only be emulated, which says nothing about it.
 * On WebGPU every form of a kernel that it can run, since any may be chosen; the CPU executor has one.
 */
export function casesFor({ executor, half, features }: Pick<DeviceFacts, "executor" | "half" | "features">): readonly KernelCase[] {
  const own = allCases();
  const single = executor === "cpu" ? own : [...own, ...formCases(own, features)];
  return half === "native" ? [...single, ...halfCases(single)] : single;
}

/**
 * Runs every kernel of a device, where it has f16 with that as well, then the gradient of a small network of each cell, of one with f16 too, against double precision.
 * Calls `onChange` with all that is known, whenever there is more; the last time with an `end`. Never throws.
 */
export async function checkDevice(
  gpu: GPU | undefined,
  target: CheckTarget,
  onChange: (check: DeviceCheck) => void,
  signal: AbortSignal,
): Promise<void> {
  const start = performance.now();
  let check: DeviceCheck = {
    target,
    kernels: [],
    kernelTotal: 0,
    gradients: [],
    gradientTotal: checkedNets(false).length,
    ms: 0,
  };
  const change = (by: Partial<DeviceCheck>): void => {
    check = { ...check, ...by, ms: performance.now() - start };
    onChange(check);
  };
  try {
    const { facts, adapter, open, checkKernels } = await openSubject(gpu, target);
    const cases = casesFor(facts);
    const half = facts.half === "native";
    const totals = { kernelTotal: casesByVariant(cases).size, gradientTotal: checkedNets(half).length };
    change({ device: facts, ...(adapter !== undefined && { adapter }), ...totals });
    await checkKernels(cases, {
      signal,
      onStart: (kernel) => change({ current: kernel }),
      onReport: (report) => change({ kernels: [...check.kernels, report] }),
    });
    await checkGradients(open, {
      half,
      signal,
      onStart: ({ name }) => change({ current: `the gradient of ${name}` }),
      onReport: (report) => change({ gradients: [...check.gradients, report] }),
    });
    change({ end: "done" });
  } catch (error) {
    if (signal.aborted) change({ end: "cancelled" });
    else change({ end: "failed", failure: failureText(error) });
  }
}
