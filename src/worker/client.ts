import type { EventMessage, Events, Failure, Requests } from "./protocol";

type Handler<K extends keyof Events> = (event: Events[K]) => void;
type Handlers = { [K in keyof Events]: Set<Handler<K>> };

const crashed = (detail: string): Failure => ({
  code: "internal",
  message: `The training worker stopped: ${detail}.`,
  advice: "Restart it to go on; the settings are kept, the run starts anew.",
});

/** The page's end of the worker: typed messages both ways, and a worker that can be started again after a crash. */
export class WorkerClient {
  readonly #handlers: Handlers = {
    hello: new Set(),
    status: new Set(),
    progress: new Set(),
    opened: new Set(),
    measured: new Set(),
    metrics: new Set(),
    probes: new Set(),
    validation: new Set(),
    saved: new Set(),
    inspected: new Set(),
    strip: new Set(),
    sample: new Set(),
    classified: new Set(),
    inside: new Set(),
    truncation: new Set(),
    estimate: new Set(),
    check: new Set(),
    explosion: new Set(),
    rewound: new Set(),
    race: new Set(),
    raceSlice: new Set(),
    raceValidation: new Set(),
    raceCost: new Set(),
    error: new Set(),
  };
  readonly #onCrash: (failure: Failure) => void;
  #worker: Worker | undefined;

  constructor(onCrash: (failure: Failure) => void) {
    this.#onCrash = onCrash;
  }

  /** Starts the worker, ending the one before. It answers with `hello`. */
  start(): void {
    this.#worker?.terminate();
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<EventMessage>) => this.#emit(data.kind, data);
    worker.onerror = (event) => this.#crash(worker, event.message.replace(/\.$/, "") || "its script could not be run");
    worker.onmessageerror = () => this.#crash(worker, "a message from it could not be read");
    this.#worker = worker;
    this.send("start", { dataUrl: new URL("data/", document.baseURI).href });
  }

  /** Sends a request; buffers in `transfer` are handed over and unusable afterwards. Ignored while no worker runs. */
  send<K extends keyof Requests>(kind: K, payload: Requests[K], transfer: Transferable[] = []): void {
    this.#worker?.postMessage({ kind, ...payload }, transfer);
  }

  /** Calls `handler` for every event of a kind, across restarts. Returns what undoes it. */
  on<K extends keyof Events>(kind: K, handler: Handler<K>): () => void {
    this.#handlers[kind].add(handler);
    return () => {
      this.#handlers[kind].delete(handler);
    };
  }

  #emit<K extends keyof Events>(kind: K, event: Events[K]): void {
    for (const handler of this.#handlers[kind]) handler(event);
  }

  #crash(worker: Worker, detail: string): void {
    if (worker !== this.#worker) return;
    worker.terminate();
    this.#worker = undefined;
    this.#onCrash(crashed(detail));
  }
}
