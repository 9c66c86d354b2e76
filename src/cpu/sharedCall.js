/**
 * Kernel calls that several threads run together. A call is cut into parts; the calling thread publishes it in a block of shared
 * memory, and then it and its helpers take parts until none is left. No thread waits for one that has taken nothing, so a helper that
 * sleeps, is busy elsewhere or has died costs nothing but its help.
 *
 * The text of this file is also what a helper runs: it imports nothing.
 */

// Places in the block, in 32-bit words.
const LEFT = 0; // parts that nobody has taken
const DONE = 1; // parts that have been run
const FAILED = 2; // parts that ended with an error
const FUNCTION = 3; // its number
const COUNT = 4; // arguments
const PARTS = 5;
const SCRATCH = 6; // address
const SCRATCH_BYTES = 7; // of one part
/** The arguments lie behind, as 64-bit floats. */
const FIRST_ARGUMENT = 4;
const MAX_ARGUMENTS = 60;

/**
 * How long a thread asks again and again before it sleeps. Waking one takes some ten microseconds; within a training step the next
 * call comes sooner than that.
 */
const SPIN_MS = 0.1;

/** @typedef {(...args: number[]) => unknown} KernelFunction */

/**
 * A call as one thread sees it.
 * @typedef {object} Call
 * @property {number} index The function's number in every thread's list.
 * @property {readonly number[]} args
 * @property {number} parts
 * @property {number} scratch Address of the first part's scratch memory.
 * @property {number} scratchBytes
 */

/** One thread's view of the block, and the kernels of its own instance of the module. */
export class SharedCall {
  static bytes = (FIRST_ARGUMENT + MAX_ARGUMENTS) * 8;
  #words;
  #args;
  #functions;
  /** @type {number[]} */
  #list = [];

  /** @param {SharedArrayBuffer} block @param {readonly KernelFunction[]} functions */
  constructor(block, functions) {
    this.#words = new Int32Array(block);
    this.#args = new Float64Array(block).subarray(FIRST_ARGUMENT);
    this.#functions = functions;
  }

  /**
   * Runs a call to its end, with those helpers that are awake in time.
   * @param {Call} call
   * @param {number} patienceMs How long to wait for a part that a helper has taken; on a slow machine, ten times as long as this
   * thread itself was at work.
   * @returns {"done" | "failed" | "lost"} failed: a part ended with an error; lost: a helper did not end its part.
   */
  run({ index, args, parts, scratch, scratchBytes }, patienceMs) {
    const words = this.#words;
    words[FUNCTION] = index;
    words[COUNT] = args.length;
    words[PARTS] = parts;
    words[SCRATCH] = scratch;
    words[SCRATCH_BYTES] = scratchBytes;
    words[FAILED] = 0;
    this.#args.set(args);
    Atomics.store(words, DONE, 0);
    Atomics.store(words, LEFT, parts);
    Atomics.notify(words, LEFT);
    const published = performance.now();
    while (this.#runPart());
    const start = performance.now();
    const patience = Math.max(patienceMs, 10 * (start - published));
    for (;;) {
      const done = Atomics.load(words, DONE);
      if (done === parts) return Atomics.load(words, FAILED) === 0 ? "done" : "failed";
      if (performance.now() - start < SPIN_MS) continue;
      if (Atomics.wait(words, DONE, done, patience) === "timed-out") return "lost";
    }
  }

  /** Helps with every call to come; never returns. */
  help() {
    let spinUntil = 0;
    for (;;) {
      if (this.#runPart()) spinUntil = performance.now() + SPIN_MS;
      else if (performance.now() > spinUntil) {
        Atomics.wait(this.#words, LEFT, 0);
        spinUntil = performance.now() + SPIN_MS;
      }
    }
  }

  /** Takes a part and runs it; false if none is left. */
  #runPart() {
    const words = this.#words;
    const left = Atomics.load(words, LEFT);
    if (left === 0) return false;
    // What the call is may be read only once a part of it is taken: until that has been run, no other call comes.
    if (Atomics.compareExchange(words, LEFT, left, left - 1) !== left) return true;
    const part = left - 1;
    try {
      const count = words[COUNT] ?? 0;
      const list = this.#list;
      list.length = count;
      for (let i = 0; i < count; i++) list[i] = this.#args[i] ?? 0;
      const scratch = ((words[SCRATCH] ?? 0) >>> 0) + part * ((words[SCRATCH_BYTES] ?? 0) >>> 0);
      list.push(scratch, part, words[PARTS] ?? 1);
      this.#functions[words[FUNCTION] ?? 0]?.(...list);
    } catch {
      Atomics.add(words, FAILED, 1);
    }
    Atomics.add(words, DONE, 1);
    Atomics.notify(words, DONE);
    return true;
  }
}

/**
 * @typedef {object} Task What a helper is given to help with.
 * @property {WebAssembly.Module} module
 * @property {WebAssembly.Memory} memory
 * @property {readonly string[]} names Of the functions, in the order in which calls count them.
 * @property {SharedArrayBuffer} block
 */

/**
 * What a helper does: it says that it is there, waits for its task, and helps until it is ended.
 * In Node its messages go through the worker's port, in a browser through the worker itself.
 */
export function serve() {
  const port = globalThis.process?.getBuiltinModule?.("node:worker_threads").parentPort ?? globalThis;
  /** @param {{ data: Task }} message */
  const onmessage = ({ data: { module, memory, names, block } }) => {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const functions = names.map((name) => /** @type {KernelFunction} */ (exports[name]));
    new SharedCall(block, functions).help();
  };
  Object.assign(port, { onmessage });
  port.postMessage("ready");
}
