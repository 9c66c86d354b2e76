import type { DeviceWatch } from "./deviceWatch";

/** No clock of a browser resolves less than this reliably; it also keeps divisions by a measured time sane. */
const MIN_MS = 0.02;

/** The submits that the GPU has not finished: bounds their number and measures each. */
export class InFlight {
  readonly #queue: GPUQueue;
  readonly #watch: DeviceWatch;
  readonly #limit: number;
  readonly #entries: Promise<void>[] = [];
  #lastEnd = 0;

  constructor(queue: GPUQueue, watch: DeviceWatch, limit: number) {
    this.#queue = queue;
    this.#watch = watch;
    this.#limit = limit;
  }

  /** Call right after a submit. `onDone` gets the time that the GPU spent on it alone, as far as the host can see. */
  add(onDone: (ms: number) => void): void {
    const start = performance.now();
    const entry = this.#watch.wait(this.#queue.onSubmittedWorkDone()).then(
      () => {
        const end = performance.now();
        onDone(Math.max(MIN_MS, end - Math.max(start, this.#lastEnd)));
        this.#lastEnd = end;
        this.#remove(entry);
      },
      (error: unknown) => {
        this.#remove(entry);
        throw error;
      },
    );
    // Nobody may be waiting when the device is lost; whoever calls next is told by the watch.
    entry.catch(() => {});
    this.#entries.push(entry);
  }

  get isFull(): boolean {
    return this.#entries.length >= this.#limit;
  }

  /** Resolves when one more submit may be in flight. */
  async room(): Promise<void> {
    while (this.isFull) await this.#entries[0];
  }

  /** Resolves when nothing is in flight. */
  async empty(): Promise<void> {
    while (this.#entries.length > 0) await this.#entries[0];
  }

  #remove(entry: Promise<void>): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
  }
}
