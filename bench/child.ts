import { dawn } from "../src/headless/dawn";
import type { Where } from "./contestants/contestant";
import { type Job, runJob, usesWebGpu } from "./jobs";
import { places } from "./places";

/** What the parent is told: one message, the last thing that the child does. */
export type ChildMessage = { readonly result: unknown } | { readonly failure: string };

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
    // Dawn learns what kind of adapter there is before a library might ask it in another way.
    if (usesWebGpu(job)) await start().requestAdapter();
    message = { result: await runJob(job, where) };
  } catch (error) {
    message = { failure: error instanceof Error ? error.message : JSON.stringify(error) };
  }
  process.send?.(message, () => process.exit(0));
}
