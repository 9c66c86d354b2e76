import { create, globals } from "webgpu";
import { isSoftwareAdapter } from "../gpu/device";

/** Dawn must not be collected while one of its devices lives. */
let instance: GPU | undefined;

/** How often Dawn looks whether a software adapter is done, in milliseconds. */
const POLL_MS = 1;

/** WebGPU in Node: what `navigator.gpu` is in a browser. Its driver is a real GPU's, or the one that VK_ICD_FILENAMES names. */
export function dawn(): GPU {
  if (instance !== undefined) return instance;
  Object.assign(globalThis, globals);
  instance = create([]);
  const request = instance.requestAdapter.bind(instance);
  instance.requestAdapter = async (options) => {
    const adapter = await request(options);
    pollAsSuits(adapter);
    return adapter;
  };
  return instance;
}

/** Node's own, which Dawn finds anew each time that it asks. */
const { setImmediate: atOnce } = globalThis;

/**
 * As long as anything is pending, Dawn's binding asks for it in one setImmediate after another, without pause: a core that a driver
 * which computes on the CPU lacks (llvmpipe on two cores ran half as fast). There a timer asks often enough. On a real GPU, where a
 * core more does not matter and a millisecond does, Dawn asks as it would.
 */
function pollAsSuits(adapter: GPUAdapter | null): void {
  const isSoftware = adapter !== null && isSoftwareAdapter(adapter.info);
  Object.assign(globalThis, { setImmediate: isSoftware ? byTimer : atOnce });
}

const byTimer = <A extends readonly unknown[]>(callback: (...args: A) => void, ...args: A): unknown =>
  setTimeout(() => callback(...args), POLL_MS);
