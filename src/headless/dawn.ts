import { create, globals } from "webgpu";

/** Dawn must not be collected while one of its devices lives. */
let instance: GPU | undefined;

/** WebGPU in Node: what `navigator.gpu` is in a browser. Its driver is a real GPU's, or the one that VK_ICD_FILENAMES names. */
export function dawn(): GPU {
  Object.assign(globalThis, globals);
  instance ??= create([]);
  return instance;
}
