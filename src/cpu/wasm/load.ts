import { builtin } from "../node";
import plainUrl from "./kernels.wasm?url&inline";
import relaxedUrl from "./kernelsRelaxed.wasm?url&inline";
import sharedUrl from "./kernelsShared.wasm?url&inline";
import sharedRelaxedUrl from "./kernelsSharedRelaxed.wasm?url&inline";

/** Two builds of one source: "relaxed" fuses multiply and add, and needs an engine with relaxed SIMD. */
export type WasmBuild = "relaxed" | "plain";

/** Each of them for a memory of one thread's own, or for one that several share: a module says which it takes, and runs the same code. */
export type MemoryKind = "own" | "shared";

export type NativeFunction = (...args: readonly number[]) => void;

/** The module's functions by the name of their kernel, bound to one memory. */
export type NativeFunctions = ReadonlyMap<string, NativeFunction>;

const urls: Readonly<Record<MemoryKind, Readonly<Record<WasmBuild, string>>>> = {
  own: { relaxed: relaxedUrl, plain: plainUrl },
  shared: { relaxed: sharedRelaxedUrl, plain: sharedUrl },
};
const modules = new Map<string, Promise<WebAssembly.Module>>();

/** The modules come as data URLs inside the script: there is no path to get wrong in a worker, a bundle or Node. */
function bytesOf(dataUrl: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(dataUrl.slice(dataUrl.indexOf(",") + 1)), (character) => character.charCodeAt(0));
}

/** Whether this engine accepts a build. */
export const supports = (build: WasmBuild): boolean => WebAssembly.validate(bytesOf(urls.own[build]));

/** The fastest build that this engine accepts; undefined without WebAssembly SIMD. */
export function bestBuild(): WasmBuild | undefined {
  // Node 20 has relaxed SIMD, but behind a flag, which may still be set before the first module that needs it.
  if (!supports("relaxed")) builtin?.("node:v8").setFlagsFromString("--experimental-wasm-relaxed-simd");
  return (["relaxed", "plain"] as const).find(supports);
}

/** Compiles a build, once however often it is asked for. */
export function compile(build: WasmBuild, memory: MemoryKind = "own"): Promise<WebAssembly.Module> {
  const url = urls[memory][build];
  let module = modules.get(url);
  if (module === undefined) {
    module = WebAssembly.compile(bytesOf(url));
    modules.set(url, module);
  }
  return module;
}

/** Binds a module to a memory. @throws TypeError if it lacks one of the functions, which are called by name later. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory, names: Iterable<string>): NativeFunctions {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const functions = new Map<string, NativeFunction>();
  for (const name of names) {
    const found = exports[name];
    if (typeof found !== "function") throw new TypeError(`The WebAssembly module has no function ${name}.`);
    functions.set(name, (...args) => {
      found(...args);
    });
  }
  return functions;
}
