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

export interface OpenExecutor {
  readonly executor: Executor;
  /** Frees the executor's memory and the device that it alone uses. */
  close(): void;
}

/** @throws ExecutorError "no-webgpu" if WebGPU is asked for and there is none. */
export async function openExecutor(gpu: GPU | undefined, choice: ExecutorChoice): Promise<OpenExecutor> {
  const kind = choice === "auto" ? (await surveyDevices(gpu)).auto : choice;
  if (kind === "cpu") {
    const executor = await createCpuExecutor();
    return { executor, close: () => executor.destroy() };
  }
  const { device, facts } = await openGpu(gpu);
  const executor = createWebGpuExecutor(device, facts);
  return {
    executor,
    close() {
      executor.destroy();
      device.destroy();
    },
  };
}

/** @throws ExecutorError "no-webgpu" */
export async function openGpu(gpu: GPU | undefined): Promise<{ readonly device: GPUDevice; readonly facts: DeviceFacts }> {
  const found = await findAdapter(gpu);
  if (found.kind === "none") throw new ExecutorError("no-webgpu", found.reason);
  return { device: await openDevice(found.adapter), facts: found.facts };
}
