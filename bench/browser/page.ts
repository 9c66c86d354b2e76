import type { ChildMessage } from "../child";
import type { Job } from "../jobs";

declare global {
  interface Window {
    /** Runs a job in a worker of its own; called by the benchmark's host. */
    runBenchJob?: (job: Job) => Promise<ChildMessage>;
  }
}

window.runBenchJob = (job) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<ChildMessage>) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(job);
  });
