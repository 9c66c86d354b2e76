import type { Workload } from "../workloads";

/** One library on one device, training one workload. */
export interface Contestant {
  /** Opens the device, builds the model, trains one step, and brings its loss to the host: all that a first step costs. */
  start(): Promise<number>;
  /** Enqueues so many training steps. */
  train(steps: number): Promise<void>;
  /** Waits for everything enqueued; the loss of the last step. */
  finish(): Promise<number>;
  /** What the contestant knows of itself, once started. */
  readonly facts: ContestantFacts;
}

export interface ContestantFacts {
  /** The adapter or engine, and how many threads. */
  readonly device: string;
  /** Floating-point operations of a step, products only; null where it is not known. */
  readonly flops: number | null;
  /** Kernel calls of a step on the CPU, where no WebGPU call can be counted. */
  readonly calls?: number;
  /** Bytes of all tensors on the CPU. */
  readonly bytes?: number;
}

/** A device as contestants see it. */
export interface Where {
  /** Starts WebGPU: `navigator.gpu` in a browser, Dawn in Node. */
  gpu(): GPU | undefined;
  /** Threads of a CPU contestant that can choose. */
  readonly threads: number;
  /** Where tfjs finds its .wasm files: a folder or address, with the slash. */
  readonly tfjsWasm: string;
}

export type CreateContestant = (workload: Workload, where: Where) => Promise<Contestant>;

export const contestantNames = ["unroll-webgpu", "unroll-cpu", "tfjs-webgpu", "tfjs-wasm", "jax-js-webgpu", "jax-js-wasm"] as const;
export type ContestantName = (typeof contestantNames)[number];

/** Loads a contestant's own code, and nothing of the others. */
export async function loadContestant(name: ContestantName): Promise<CreateContestant> {
  switch (name) {
    case "unroll-webgpu":
      return (await import("./unroll")).createOnWebGpu;
    case "unroll-cpu":
      return (await import("./unroll")).createOnCpu;
    case "tfjs-webgpu":
      return (await import("./tfjs")).createOnWebGpu;
    case "tfjs-wasm":
      return (await import("./tfjs")).createOnWasm;
    case "jax-js-webgpu":
      return (await import("./jax")).createOnWebGpu;
    case "jax-js-wasm":
      return (await import("./jax")).createOnWasm;
    default:
      return name satisfies never;
  }
}
