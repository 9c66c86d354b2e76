import type { AnyKernel, BindingSpecs, BindingType, ElementType, Kernel, ScalarSpecs, Scalars } from "../kernel";
import type { Storage } from "../storage";
import { threefry2x32, uniform24 } from "../threefry";
import type { Tolerance } from "./tolerance";

/**
 * One call of a kernel, to be run on a device and compared with the f64 twin.
 * Every read_write buffer is compared as a whole, so what a kernel must leave alone is checked too.
 */
export interface KernelCase {
  readonly kernel: AnyKernel;
  /** Which of the kernel's forms a GPU runs; undefined is its own. */
  readonly form: string | undefined;
  readonly label: string;
  readonly scalars: Readonly<Record<string, number>>;
  readonly buffers: Readonly<Record<string, Float32Array | Uint32Array>>;
  /** The types behind `real` and `result`. */
  readonly storage: Storage;
  readonly tolerance?: Tolerance;
}

type CaseBuffers<B extends BindingSpecs> = { readonly [K in keyof B]: B[K]["type"] extends "u32" ? Uint32Array : Float32Array };

const allSingle: Storage = { real: "f32", result: "f32" };

/** The element type of a binding's tensor in a call of this storage. */
export const elementType = (type: BindingType, { real, result }: Storage): ElementType =>
  type === "real" ? real : type === "result" ? result : type;

/** A kernel with its form and the storage of its tensors, for people: "matmul_nt", "matmul_nt tiled", "matmul_nt tiled (f16 to f32)". */
export function variantName({ kernel, form, storage: { real, result } }: Pick<KernelCase, "kernel" | "form" | "storage">): string {
  const name = form === undefined ? kernel.name : `${kernel.name} ${form}`;
  if (real === "f32" && result === "f32") return name;
  const hasResult = Object.values(kernel.bindings).some(({ type }) => type === "result");
  return `${name} (${real}${hasResult && result !== real ? ` to ${result}` : ""})`;
}

/** Builds a case; exists so that the names and types of scalars and buffers are checked against the kernel. */
export function kernelCase<B extends BindingSpecs, S extends ScalarSpecs>(
  kernel: Kernel<B, S>,
  label: string,
  scalars: Scalars<S>,
  buffers: CaseBuffers<B>,
  tolerance?: Tolerance,
): KernelCase {
  return { kernel, form: undefined, label, scalars, buffers, storage: allSingle, ...(tolerance === undefined ? {} : { tolerance }) };
}

/** `count` numbers in [low, high); the same seed gives the same numbers everywhere. */
export function randomFloats(seed: number, count: number, low = -1, high = 1): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => low + uniform24(threefry2x32(seed, 0, i, 0)[0]) * (high - low));
}

/** `count` whole numbers from 0 to below - 1. */
export function randomIntegers(seed: number, count: number, below: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => threefry2x32(seed, 1, i, 0)[0] % below);
}

/** Cases by the name under which they are reported, in their order. */
export function casesByVariant(cases: readonly KernelCase[]): ReadonlyMap<string, readonly KernelCase[]> {
  const groups = new Map<string, KernelCase[]>();
  for (const each of cases) {
    const name = variantName(each);
    const group = groups.get(name) ?? [];
    group.push(each);
    groups.set(name, group);
  }
  return groups;
}

/** At most `count` cases from all over a list, the last among them: each more would be compiled anew on a software GPU. */
export function spread(cases: readonly KernelCase[], count: number): readonly KernelCase[] {
  const stride = Math.max(1, Math.floor(cases.length / count));
  return cases.filter((_, i) => i % stride === stride - 1).slice(0, count);
}
