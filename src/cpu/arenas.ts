import { ExecutorError, type HostArray } from "../plan/executor";
import type { KernelCall } from "../plan/plan";
import type { Program } from "../plan/program";
import { type Arena, isFloat, type Tensor } from "../plan/tensor";
import { roundToHalf } from "../shaders/half";
import type { FloatArray } from "../shaders/kernel";
import { type Native, natives, partsOf } from "./natives";
import type { Team } from "./team";
import { instantiate } from "./wasm/load";

export type View = FloatArray | Uint32Array;

/** The memory of a program's arenas, and how its calls run on it. */
export interface Arenas {
  view(tensor: Tensor): View;
  /** What one call does, complete: running it decides and allocates nothing. */
  prepare(call: KernelCall): () => void;
}

const MEGABYTE = 1_000_000;
/** f16 is held as f32 here; see roundHalves. */
const BYTES_PER_ELEMENT = 4;
const PAGE_BYTES = 65_536;
/** Two threads that write into one cache line slow each other down. */
const LINE_BYTES = 128;
/** Below this address lie the module's own constants. */
const FIRST_BYTE = PAGE_BYTES;
/** Native kernels may load, not store, this much past a tensor. */
const OVERREAD_BYTES = 256;
/** WebAssembly addresses are 32 bits; the last page is left so that no end address wraps around to 0. */
const MAX_BYTES = 2 ** 32 - PAGE_BYTES;

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

const megabytes = (bytes: number): string => Math.ceil(bytes / MEGABYTE).toLocaleString("en-US");

function runTwin({ kernel, tensors, scalars }: KernelCall, view: (tensor: Tensor) => View): () => void {
  const buffers = Object.fromEntries(Object.keys(kernel.bindings).map((name, i) => [name, view(tensorAt(tensors, i))]));
  return () => kernel.twin(buffers, scalars);
}

/** Follows a call that writes f16 tensors by rounding them: what a GPU does at each store, except inside one kernel. */
function roundHalves({ kernel, tensors }: KernelCall, run: () => void, view: (tensor: Tensor) => View): () => void {
  const accesses = Object.values(kernel.bindings).map(({ access }) => access);
  const written = tensors.filter(({ type }, i) => type === "f16" && accesses[i] === "read_write").map(view);
  if (written.length === 0) return run;
  return () => {
    run();
    for (const array of written) for (const [i, value] of array.entries()) array[i] = roundToHalf(value);
  };
}

function tensorAt(tensors: readonly Tensor[], i: number): Tensor {
  const tensor = tensors[i];
  if (tensor === undefined) throw new RangeError(`a call lacks its tensor ${i}`);
  return tensor;
}

/** Gives memory, or says how much was missing. */
function allocate<T>(bytes: number, create: () => T): T {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ExecutorError("out-of-memory", `This computer did not give the ${megabytes(bytes)} MB of memory that this run needs.`);
  }
}

/** Arenas as JavaScript arrays, all calls by the twins. */
export function arrayArenas(program: Program, precision: "f32" | "f64"): Arenas {
  const float = precision === "f64" ? Float64Array : Float32Array;
  const bytes = program.arenas.reduce((sum, { length, type }) => sum + length * (isFloat(type) ? float : Uint32Array).BYTES_PER_ELEMENT, 0);
  const arrays = allocate(
    bytes,
    () =>
      new Map<Arena, View>(
        program.arenas.map((arena) => [arena, isFloat(arena.type) ? new float(arena.length) : new Uint32Array(arena.length)]),
      ),
  );
  const view = ({ arena, offset, size }: Tensor): View => {
    const array = arrays.get(arena);
    if (array === undefined) throw new ExecutorError("internal", `The arena ${arena.name} is not part of the loaded program.`);
    return array.subarray(offset, offset + size);
  };
  // The oracle does not round: it tells how far a device's roundings lead.
  return { view, prepare: (call) => (precision === "f64" ? runTwin(call, view) : roundHalves(call, runTwin(call, view), view)) };
}

/**
 * Arenas in one WebAssembly memory, then the scratch memory of the native kernels, which all calls share; each part of a call has its own.
 * Kernels without a native form run as twins on f32 views.
 * @param team The threads that run calls in parts; the module must then take a shared memory.
 */
export function wasmArenas(program: Program, module: WebAssembly.Module, team?: Team): Arenas {
  const starts = new Map<Arena, number>();
  let end = FIRST_BYTE;
  for (const arena of program.arenas) {
    starts.set(arena, end);
    end += arena.length * BYTES_PER_ELEMENT;
  }
  const threads = team?.threads ?? 1;
  const scratch = roundUp(end, LINE_BYTES);
  const scratchBytes = roundUp(scratchFloats(program) * BYTES_PER_ELEMENT, LINE_BYTES);
  end = scratch + threads * scratchBytes + OVERREAD_BYTES;
  if (end > MAX_BYTES) {
    const limit = `at most ${megabytes(MAX_BYTES)} MB can be used on the CPU`;
    throw new ExecutorError("out-of-memory", `This run needs ${megabytes(end)} MB of memory; ${limit}.`);
  }
  const pages = Math.ceil(end / PAGE_BYTES);
  const memory = allocate(end, () => new WebAssembly.Memory({ initial: pages, maximum: pages, shared: team !== undefined }));
  const functions = instantiate(module, memory, natives.keys());
  team?.load(module, memory, functions);
  const indexes = new Map([...functions.keys()].map((name, index) => [name, index]));

  const address = ({ arena, offset }: Tensor): number => {
    const start = starts.get(arena);
    if (start === undefined) throw new ExecutorError("internal", `The arena ${arena.name} is not part of the loaded program.`);
    return start + offset * BYTES_PER_ELEMENT;
  };
  const view = (tensor: Tensor): HostArray => {
    const array = isFloat(tensor.type) ? Float32Array : Uint32Array;
    return new array(memory.buffer, address(tensor), tensor.size);
  };
  const prepare = (call: KernelCall): (() => void) => {
    const native = natives.get(call.kernel.name);
    const run = functions.get(call.kernel.name);
    if (native === undefined || run === undefined) return roundHalves(call, runTwin(call, view), view);
    const args = argumentsOf(call, native, address);
    const parts = partsOf(native, call.scalars, threads, team?.partWork ?? 0);
    if (team === undefined || parts === 1) {
      const all = [...args, scratch, 0, 1];
      return roundHalves(call, () => run(...all), view);
    }
    const shared = { index: indexes.get(call.kernel.name) ?? 0, args, parts, scratch, scratchBytes };
    return roundHalves(call, () => team.run(shared), view);
  };
  return { view, prepare };
}

/** Addresses and scalars in the order in which the function takes them, which need not be the kernel's. */
function argumentsOf({ kernel, tensors, scalars }: KernelCall, { parameters }: Native, address: (tensor: Tensor) => number): number[] {
  const values = new Map<string, number>(Object.entries(scalars));
  for (const [i, name] of Object.keys(kernel.bindings).entries()) values.set(name, address(tensorAt(tensors, i)));
  const args = parameters.map((name) => values.get(name));
  if (args.length !== values.size || args.includes(undefined)) {
    throw new TypeError(`${kernel.name} takes ${[...values.keys()].join(", ")}; its native form takes ${parameters.join(", ")}`);
  }
  return args.filter((value) => value !== undefined);
}

function scratchFloats(program: Program): number {
  let most = 0;
  for (const plan of program.plans.values()) {
    for (const { kernel, scalars } of plan.calls) most = Math.max(most, natives.get(kernel.name)?.scratch(scalars) ?? 0);
  }
  return most;
}
