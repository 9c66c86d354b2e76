import { createCpuExecutor } from "../cpu/cpuExecutor";
import { findAdapter, openDevice } from "../gpu/device";
import { createWebGpuExecutor } from "../gpu/webgpuExecutor";
import { type DeviceFacts, type Executor, ExecutorError } from "../plan/executor";
import type { ExecutorChoice } from "./protocol";

/** What the browser offers, and what `auto` takes of it. */
export interface DeviceChoice {
  readonly auto: "webgpu" | "cpu";
  /** One sentence for the person; empty on a real GPU. */
  readonly notice: string;
  readonly adapter: DeviceFacts | null;
}

export async function surveyDevices(gpu: GPU | undefined): Promise<DeviceChoice> {
  const found = await findAdapter(gpu);
  if (found.kind === "none") {
    return { auto: "cpu", notice: `${found.reason} Training runs on the CPU through WebAssembly instead.`, adapter: null };
  }
  const { facts } = found;
  if (!facts.isSoftware) return { auto: "webgpu", notice: "", adapter: facts };
  const notice = `The only WebGPU adapter here, ${facts.name}, computes on the CPU itself, so training runs through WebAssembly, which is faster.`;
  return { auto: "cpu", notice, adapter: facts };
}

interface OpenExecutorOptions {
  /** Takes programs of half precision where the device has none, for checks. */
  readonly emulateHalf?: boolean;
  /** Of the CPU executor; as many as suit the machine without it. */
  readonly threads?: number;
}

/** @throws ExecutorError "no-webgpu" if WebGPU is asked for and there is none. */
export async function openExecutor(
  gpu: GPU | undefined,
  choice: ExecutorChoice,
  { emulateHalf = false, threads }: OpenExecutorOptions = {},
): Promise<Executor> {
  const kind = choice === "auto" ? (await surveyDevices(gpu)).auto : choice;
  if (kind === "cpu") return createCpuExecutor({ emulateHalf, ...(threads !== undefined && { threads }) });
  const { device, facts } = await openGpu(gpu);
  return createWebGpuExecutor(device, facts, { emulateHalf });
}

interface OpenGpu {
  readonly device: GPUDevice;
  /** That it was opened from, for what it tells: it opens no second device. */
  readonly adapter: GPUAdapter;
  readonly facts: DeviceFacts;
}

/** The one device of this worker or process. It outlives its runs, and so do its compiled kernels, which the next run finds ready. */
let opened: OpenGpu | null = null;

/** The device, opened at the first call and again after it was lost. @throws ExecutorError "no-webgpu" */
export async function openGpu(gpu: GPU | undefined): Promise<OpenGpu> {
  if (opened !== null) return opened;
  const found = await findAdapter(gpu);
  if (found.kind === "none") throw new ExecutorError("no-webgpu", found.reason);
  const { adapter, facts } = found;
  const fresh: OpenGpu = { device: await openDevice(adapter), adapter, facts };
  opened = fresh;
  void fresh.device.lost.then(() => {
    if (opened === fresh) opened = null;
  });
  return fresh;
}
