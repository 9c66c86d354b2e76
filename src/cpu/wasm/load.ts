import plainUrl from "./kernels.wasm?url&inline";
import relaxedUrl from "./kernelsRelaxed.wasm?url&inline";

/** Two builds of one source: "relaxed" fuses multiply and add, and needs an engine with relaxed SIMD. */
export type WasmBuild = "relaxed" | "plain";

export type NativeFunction = (...args: readonly number[]) => void;

/** The module's functions by the name of their kernel, bound to one memory. */
export type NativeFunctions = ReadonlyMap<string, NativeFunction>;

const urls: Readonly<Record<WasmBuild, string>> = { relaxed: relaxedUrl, plain: plainUrl };
const modules = new Map<WasmBuild, Promise<WebAssembly.Module>>();

/** The modules come as data URLs inside the script: there is no path to get wrong in a worker, a bundle or Node. */
function bytesOf(dataUrl: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(dataUrl.slice(dataUrl.indexOf(",") + 1)), (character) => character.charCodeAt(0));
}

/** Whether this engine accepts a build. */
export const supports = (build: WasmBuild): boolean => WebAssembly.validate(bytesOf(urls[build]));

/** The fastest build that this engine accepts; undefined without WebAssembly SIMD. */
export const bestBuild = (): WasmBuild | undefined => (["relaxed", "plain"] as const).find(supports);

/** Compiles a build, once however often it is asked for. */
export function compile(build: WasmBuild): Promise<WebAssembly.Module> {
  let module = modules.get(build);
  if (module === undefined) {
    module = WebAssembly.compile(bytesOf(urls[build]));
    modules.set(build, module);
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
