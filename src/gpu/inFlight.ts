import type { DeviceWatch } from "./deviceWatch";

/** No clock of a browser resolves less than this reliably; it also keeps divisions by a measured time sane. */
const MIN_MS = 0.02;

/** Short submits may be this many at once: enough for the GPU not to run out of work before the host hears of the first one's end. */
const MAX_SHORT = 8;

interface Entry {
  readonly done: Promise<void>;
  readonly expectedMs: number;
}

/** The submits that the GPU has not finished: bounds their number, or where they are short their time, and measures each. */
export class InFlight {
  readonly #queue: Pick<GPUQueue, "onSubmittedWorkDone">;
  readonly #watch: Pick<DeviceWatch, "wait">;
  readonly #limit: number;
  readonly #targetMs: number;
  readonly #entries: Entry[] = [];
  #lastEnd = 0;

  /** @param limit submits that may be unfinished; more of them while all together should take less than `targetMs`. */
  constructor(queue: Pick<GPUQueue, "onSubmittedWorkDone">, watch: Pick<DeviceWatch, "wait">, limit: number, targetMs: number) {
    this.#queue = queue;
    this.#watch = watch;
    this.#limit = limit;
    this.#targetMs = targetMs;
  }

  /**
   * Call right after a submit. `onDone` gets the time that the GPU spent on it alone, as far as the host can see.
   * @param expectedMs what it should take; infinite if that is not known.
   */
  add(expectedMs: number, onDone: (ms: number) => void): void {
    const start = performance.now();
    const done = this.#watch.wait(this.#queue.onSubmittedWorkDone()).then(
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
    const entry = { done, expectedMs };
    // Nobody may be waiting when the device is lost; whoever calls next is told by the watch.
    done.catch(() => {});
    this.#entries.push(entry);
  }

  get isFull(): boolean {
    const count = this.#entries.length;
    if (count < this.#limit) return false;
    return (
      count >= Math.max(this.#limit, MAX_SHORT) || this.#entries.reduce((sum, { expectedMs }) => sum + expectedMs, 0) >= this.#targetMs
    );
  }

  /** Resolves when one more submit may be in flight. */
  async room(): Promise<void> {
    while (this.isFull) await this.#entries[0]?.done;
  }

  /** Resolves when nothing is in flight. */
  async empty(): Promise<void> {
    while (this.#entries.length > 0) await this.#entries[0]?.done;
  }

  #remove(entry: Entry): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
  }
}
