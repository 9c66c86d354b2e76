import { ExecutorError } from "../plan/executor";
import { type Helper, startHelper } from "./helpers";
import { type Call, SharedCall } from "./sharedCall.js";
import type { NativeFunction } from "./wasm/load";

/** A part that takes a helper longer than this is given up. */
const PATIENCE_MS = 20_000;

/** A part is worth another thread's trouble from here on, in operations (natives.ts): about ten microseconds of work. */
const PART_WORK = 500_000;

/** For tests. */
export interface TeamOptions {
  readonly start?: () => Promise<Helper>;
  readonly patienceMs?: number;
  readonly partWork?: number;
}

/** Threads that run kernel calls together: the calling one, which may not be a browser's main thread, and helpers. */
export class Team {
  /** Operations from which on a part of a call is worth another thread's trouble. */
  readonly partWork: number;
  readonly #patienceMs: number;
  #helpers: readonly Helper[];
  #functions: readonly NativeFunction[] = [];
  #calls: SharedCall | undefined;

  private constructor(helpers: readonly Helper[], { patienceMs = PATIENCE_MS, partWork = PART_WORK }: TeamOptions) {
    this.#helpers = helpers;
    this.#patienceMs = patienceMs;
    this.partWork = partWork;
  }

  /** Starts `threads` - 1 helpers, or as many of them as can be started. */
  static async start(threads: number, options: TeamOptions = {}): Promise<Team> {
    const started = await Promise.allSettled(Array.from({ length: threads - 1 }, options.start ?? startHelper));
    return new Team(
      started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])),
      options,
    );
  }

  get threads(): number {
    return this.#helpers.length + 1;
  }

  /** Gives every helper its instance of the module on a memory. @param functions The calling thread's, in the order that calls count. */
  load(module: WebAssembly.Module, memory: WebAssembly.Memory, functions: ReadonlyMap<string, NativeFunction>): void {
    this.#functions = [...functions.values()];
    const block = this.#open();
    for (const helper of this.#helpers) helper.send({ module, memory, block, names: [...functions.keys()] });
  }

  /** Runs all parts of a call. @throws ExecutorError if one fails, or is not ended by the helper that took it. */
  run(call: Call): void {
    const end = this.#calls?.run(call, this.#patienceMs);
    if (end === "done") return;
    if (end === "failed") throw new ExecutorError("internal", "A kernel stopped with an error on one of the threads.");
    // Whoever still works for the block that is left behind disturbs no later call.
    this.end();
    this.#open();
    throw new ExecutorError("internal", "A thread that computes for this run stopped answering; the run has to start anew.");
  }

  /** Ends the helpers; calls that still come run on the calling thread. */
  end(): void {
    for (const helper of this.#helpers) void helper.end();
    this.#helpers = [];
  }

  #open(): SharedArrayBuffer {
    const block = new SharedArrayBuffer(SharedCall.bytes);
    this.#calls = new SharedCall(block, this.#functions);
    return block;
  }
}
