import type { Plan } from "./plan";
import type { Program } from "./program";
import type { Tensor } from "./tensor";

export type HostArray = Float32Array | Uint32Array;

/** What the executor runs on, as told to people. */
export interface DeviceFacts {
  readonly executor: "webgpu" | "cpu";
  /** Such as "NVIDIA RTX 4070" or "WebAssembly SIMD, one thread". */
  readonly name: string;
  /** A WebGPU adapter that computes on the CPU (SwiftShader, llvmpipe). Always true for the CPU executor. */
  readonly isSoftware: boolean;
  readonly features: readonly string[];
  /** f16 tensors: native, emulated (the same roundings kept in f32, for checks, without any gain), or refused. */
  readonly half: "native" | "emulated" | "none";
}

/**
 * Runs the plans of one program. All methods act in the order in which they are called.
 * After `destroy`, or once the device is lost, every method rejects or throws an ExecutorError.
 */
export interface Executor {
  readonly facts: DeviceFacts;

  /**
   * Allocates the program's arenas as zeros and prepares its plans (pipelines, bind groups, scalars), but for those that say that they
   * can wait for their first submit. Once per executor.
   * @throws ExecutorError "out-of-memory" if the arenas do not fit, before anything is allocated where that can be known.
   */
  load(program: Program, onProgress?: (done: number, total: number) => void): Promise<void>;

  /**
   * Enqueues `count` replays of a plan; nothing is allocated, created or read back per replay.
   * Resolves when more work may be submitted: at once while few submits are in flight, else after the oldest ends.
   * An abort stops between kernel calls and rejects with the signal's reason; the tensors are then in an undefined state.
   */
  submit(plan: Plan, count: number, signal?: AbortSignal): Promise<void>;

  /** Copies into a tensor, from `elementOffset` on; ordered with submits. */
  write(tensor: Tensor, data: HostArray, elementOffset?: number): void;

  /** Fills a tensor with zeros; ordered with submits. */
  clear(tensor: Tensor): void;

  /** Waits for all that was enqueued before and returns a copy. Not for use inside the training loop. */
  read(tensor: Tensor): Promise<HostArray>;

  /**
   * Copies the tensor as it is at this point of the queue and hands it over later, without holding anything up.
   * Returns false, and does nothing, while all staging buffers are in use. `receive` may keep the array only until it returns.
   */
  poll(tensor: Tensor, receive: (data: HostArray) => void): boolean;

  /** Resolves when everything enqueued has run. */
  drain(): Promise<void>;

  /** Milliseconds that one replay of the plan takes, a running mean; undefined before the first measurement. */
  msPerReplay(plan: Plan): number | undefined;

  /** Resolves, once, with a sentence if the device is lost by itself (never by `destroy`). */
  readonly lost: Promise<string>;

  /** Frees all memory. Safe to call twice. */
  destroy(): void;
}

export type ExecutorErrorCode = "no-webgpu" | "no-half" | "device-lost" | "out-of-memory" | "internal";

/** A failure of the device, with what to tell the person. */
export class ExecutorError extends Error {
  override readonly name = "ExecutorError";
  constructor(
    readonly code: ExecutorErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Why a device refuses a program with f16 tensors. */
export const noHalf = ({ executor, name }: DeviceFacts): ExecutorError =>
  new ExecutorError(
    "no-half",
    executor === "cpu"
      ? "The CPU executor computes in 32-bit floats only; half precision needs WebGPU."
      : `${name} cannot compute in half precision: it lacks WebGPU's feature shader-f16.`,
  );
