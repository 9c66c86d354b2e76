import { isSoftwareAdapter } from "../src/gpu/device";
import { dawn } from "../src/headless/dawn";
import type { Where } from "./contestants/contestant";
import { type Job, runJob, usesWebGpu } from "./jobs";
import { places } from "./places";

/** What the parent is told: one message, the last thing that the child does. */
export type ChildMessage = { readonly result: unknown } | { readonly failure: string };

/** Node's own, which `dawn` replaces. */
const { setImmediate } = globalThis;

/**
 * On a software adapter Dawn is asked for finished work by a timer, as Unroll does in Node (`headless/dawn.ts`); on a real GPU, where a
 * core more does not matter and a millisecond does, as Dawn itself would. The same for every contestant.
 */
async function pollAsSuits(gpu: GPU): Promise<void> {
  const adapter = await gpu.requestAdapter();
  if (adapter !== null && !isSoftwareAdapter(adapter.info)) Object.assign(globalThis, { setImmediate });
}

/** Puts WebGPU where libraries look for it, which Node does not do by itself. */
function startWebGpu(): GPU {
  const gpu = dawn();
  // Node 20 has no navigator at all; libraries ask it for the browser's name.
  const navigator = "navigator" in globalThis ? globalThis.navigator : { userAgent: `Node.js/${process.versions.node}` };
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  return gpu;
}

/** Does the job and ends the process: Dawn keeps Node alive after its devices are gone. */
export async function runChild(job: Job): Promise<void> {
  let gpu: GPU | undefined;
  const start = (): GPU => {
    gpu ??= startWebGpu();
    return gpu;
  };
  const where: Where = { gpu: start, threads: job.threads, tfjsWasm: places.tfjsWasm };
  process.once("disconnect", () => process.exit(1));
  let message: ChildMessage;
  try {
    if (usesWebGpu(job)) await pollAsSuits(start());
    message = { result: await runJob(job, where) };
  } catch (error) {
    message = { failure: error instanceof Error ? error.message : JSON.stringify(error) };
  }
  process.send?.(message, () => process.exit(0));
}
