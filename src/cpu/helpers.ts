import { builtin } from "./node";
import text from "./sharedCall.js?raw";

/** A thread that helps with kernel calls. It takes messages until it starts to help, and none from then on. */
export interface Helper {
  send(message: unknown): void;
  /** Resolves when it has ended. */
  end(): Promise<unknown>;
}

/** What a helper runs: a module without imports, so that it needs no file of its own in any kind of build. */
const program = `${text}\nserve();\n`;

/** How long a helper may take to start. */
const START_MS = 5_000;
const MOST_THREADS = 8;

/**
 * Whether several threads can share a memory here: in a browser that takes a cross-origin isolated page. Its main thread may not
 * wait for others, so there it takes a worker.
 */
export const canShare = (): boolean =>
  typeof SharedArrayBuffer === "function" &&
  (builtin !== undefined || (typeof Worker === "function" && globalThis.crossOriginIsolated && typeof document === "undefined"));

/** How many threads to use: two of two cores, and of more all but one, which is left for the page; at most eight. */
export function defaultThreads(): number {
  const cores = builtin?.("node:os").availableParallelism() ?? navigator.hardwareConcurrency;
  return cores <= 2 ? Math.max(1, cores) : Math.min(cores - 1, MOST_THREADS);
}

/** Starts a helper. @throws if this takes too long or cannot be done. */
export function startHelper(): Promise<Helper> {
  return builtin === undefined ? startInBrowser() : startInNode(builtin);
}

function startInNode(modules: typeof process.getBuiltinModule): Promise<Helper> {
  const { Worker } = modules("node:worker_threads");
  // The options that the process itself was started with are not meant for this program.
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`), { execArgv: [], name: "kernels" });
  const end = (): Promise<unknown> => worker.terminate();
  return ready(end, (resolve, reject) => {
    worker.once("message", () => {
      // From here on it must not keep the process alive.
      worker.unref();
      worker.on("error", () => {});
      resolve({ send: (message) => worker.postMessage(message), end });
    });
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("a helper ended")));
  });
}

function startInBrowser(): Promise<Helper> {
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module", name: "kernels" });
  const end = async (): Promise<void> => worker.terminate();
  return ready(end, (resolve, reject) => {
    worker.onmessage = () => resolve({ send: (message) => worker.postMessage(message), end });
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
  }).finally(() => URL.revokeObjectURL(url));
}

/** Waits for a helper's first word; ends one that fails or takes too long. */
async function ready(
  end: () => Promise<unknown>,
  start: (resolve: (helper: Helper) => void, reject: (error: Error) => void) => void,
): Promise<Helper> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("a helper did not start in time")), START_MS);
  });
  try {
    return await Promise.race([new Promise(start), late]);
  } catch (error) {
    void end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
