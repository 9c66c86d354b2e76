import { create, globals } from "webgpu";

/** Dawn must not be collected while one of its devices lives. */
let instance: GPU | undefined;

/** How often Dawn looks whether the device is done, in milliseconds. */
const POLL_MS = 1;

/** WebGPU in Node: what `navigator.gpu` is in a browser. Its driver is a real GPU's, or the one that VK_ICD_FILENAMES names. */
export function dawn(): GPU {
  if (instance !== undefined) return instance;
  Object.assign(globalThis, globals);
  pollCalmly();
  instance = create([]);
  return instance;
}

/**
 * As long as anything is pending, Dawn's binding asks for it in one setImmediate after another, without pause: a core that a driver
 * which computes on the CPU lacks (llvmpipe on two cores ran half as fast). A timer asks often enough.
 */
function pollCalmly(): void {
  const setImmediate = <A extends readonly unknown[]>(callback: (...args: A) => void, ...args: A): unknown =>
    setTimeout(() => callback(...args), POLL_MS);
  Object.assign(globalThis, { setImmediate });
}
