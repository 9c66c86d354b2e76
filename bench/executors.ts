import { createCpuExecutor } from "../src/cpu/cpuExecutor";
import { createWebGpuExecutor } from "../src/gpu/webgpuExecutor";
import type { Executor } from "../src/plan/executor";
import { openGpu } from "../src/worker/devices";
import type { Where } from "./contestants/contestant";

/** What executes the plans of the benchmark's own commands, anew at each call. */
export const executorOf =
  (where: Where, on: "webgpu" | "cpu"): (() => Promise<Executor>) =>
  async () => {
    if (on === "cpu") return createCpuExecutor({ threads: where.threads });
    const { device, facts } = await openGpu(where.gpu());
    return createWebGpuExecutor(device, facts);
  };
