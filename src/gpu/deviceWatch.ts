import { ExecutorError } from "../plan/executor";

const POLL_MS = 4;
/** A device that is lost rejects its pending maps just before it says that it is lost. */
const LOSS_GRACE_MS = 100;

/**
 * What a device reports by itself (loss, uncaptured errors), turned into ExecutorErrors, and waiting for it without ever hanging.
 *
 * Firefox notices finished work on a 100 ms timer only, or at the next submit (bug 1870699). So while something waits here,
 * empty submits follow each other every few milliseconds.
 */
export class DeviceWatch {
  /** Resolves with a sentence once the device is lost by itself; never after `stop`, nor if someone destroyed the device on purpose. */
  readonly lost: Promise<string>;
  readonly #device: GPUDevice;
  readonly #rejectors = new Set<(reason: Error) => void>();
  readonly #noticed: Promise<void>;
  readonly #onUncaptured: (event: GPUUncapturedErrorEvent) => void;
  #final: ExecutorError | undefined;
  #once: Error | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
    let announce: (sentence: string) => void = () => {};
    this.lost = new Promise((resolve) => {
      announce = resolve;
    });
    this.#noticed = device.lost.then((info) => {
      if (this.#final !== undefined) return;
      const detail = info.message.trim().split("\n")[0] ?? "";
      const sentence = `The connection to the GPU was lost${detail === "" ? "." : `. The browser's message: ${detail}`}`;
      this.#fail(new ExecutorError("device-lost", sentence));
      if (info.reason !== "destroyed") announce(sentence);
    });
    this.#onUncaptured = (event) => {
      event.preventDefault();
      this.report(uncapturedError(event.error));
    };
    device.addEventListener("uncapturederror", this.#onUncaptured);
  }

  /** @throws ExecutorError if the device is lost or the executor destroyed, or, once, what was reported since the last check. */
  check(): void {
    this.assertAlive();
    const error = this.#once;
    if (error === undefined) return;
    this.#once = undefined;
    throw error;
  }

  /** @throws ExecutorError if the device is lost or the executor destroyed. */
  assertAlive(): void {
    if (this.#final !== undefined) throw this.#final;
  }

  /** Keeps an error that no caller was waiting for, for the next call. The first of several is the cause, so it is the one kept. */
  report(error: Error): void {
    this.#once ??= error;
  }

  /** The promise of a WebGPU call, but rejecting with an ExecutorError, and at once, when the device is lost or `stop` is called. */
  wait<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#final !== undefined) {
        promise.catch(() => {});
        reject(this.#final);
        return;
      }
      this.#rejectors.add(reject);
      this.#poll();
      promise.then(
        (value) => {
          this.#release(reject);
          resolve(value);
        },
        async (cause: unknown) => {
          const grace = new Promise((done) => setTimeout(done, LOSS_GRACE_MS));
          await Promise.race([this.#noticed, grace]);
          this.#release(reject);
          reject(this.#final ?? asExecutorError(cause));
        },
      );
    });
  }

  /** From now on everything rejects; the device itself is left alone. */
  stop(): void {
    this.#device.removeEventListener("uncapturederror", this.#onUncaptured);
    this.#fail(new ExecutorError("internal", "The executor has been destroyed."));
  }

  #fail(error: ExecutorError): void {
    if (this.#final !== undefined) return;
    this.#final = error;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const reject of this.#rejectors) reject(error);
    this.#rejectors.clear();
  }

  #release(reject: (reason: Error) => void): void {
    this.#rejectors.delete(reject);
    if (this.#rejectors.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #poll(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#device.queue.submit([]);
      this.#poll();
    }, POLL_MS);
  }
}

/** The first line of an error's message; GPUError is no Error, though it has a message as well. */
export function messageOf(error: unknown): string {
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return String(message).trim().split("\n")[0] ?? "";
}

function asExecutorError(cause: unknown): ExecutorError {
  return cause instanceof ExecutorError ? cause : new ExecutorError("internal", `The GPU refused a request: ${messageOf(cause)}`);
}

/** `GPUOutOfMemoryError` is told by its class name, because the class itself is a global that Node lacks. */
function uncapturedError(error: GPUError): ExecutorError {
  if (error.constructor.name === "GPUOutOfMemoryError") return new ExecutorError("out-of-memory", "The GPU ran out of memory.");
  return new ExecutorError("internal", `The GPU reported an error: ${messageOf(error)}`);
}
