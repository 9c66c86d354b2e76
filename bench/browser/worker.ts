import type { ChildMessage } from "../child";
import type { Where } from "../contestants/contestant";
import { type Job, runJob } from "../jobs";

/** Every contestant runs in a worker, as the page's training does, so that none shares a thread with the browser's interface. */
globalThis.onmessage = async ({ data: job }: MessageEvent<Job>) => {
  const where: Where = {
    gpu: () => navigator.gpu,
    threads: job.threads,
    tfjsWasm: new URL("../tfjs/", globalThis.location.href).href,
  };
  let message: ChildMessage;
  try {
    message = { result: await runJob(job, where) };
  } catch (error) {
    message = { failure: error instanceof Error ? error.message : JSON.stringify(error) };
  }
  globalThis.postMessage(message);
};
