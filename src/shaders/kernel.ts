/**
 * What a kernel is: a WGSL entry point, the tensors and scalars it takes, and its TypeScript twin.
 *
 * In WGSL the scalars are one uniform struct of 4-byte fields at `@group(0) @binding(0)`, in the order of `scalars`;
 * the tensors follow at `@binding(1)`, `@binding(2)`, ... in the order of `bindings`.
 */

/** What a tensor holds. f16 is storage only: kernels read it into f32, compute there, and round when they write. */
export type ElementType = "f32" | "f16" | "u32";
/** A float that lies in memory as f32 or f16. */
export type FloatType = "f32" | "f16";
/**
 * What a kernel's binding takes. `real` is f32, or f16 in a run of half precision, the same for all such tensors of one call;
 * `result` is the same choice made apart, for products that read f16 and write f32. In WGSL they are types of these names.
 */
export type BindingType = "f32" | "u32" | "real" | "result";
export type Access = "read" | "read_write";
export type ScalarType = "f32" | "u32";

export interface BindingSpec {
  readonly type: BindingType;
  readonly access: Access;
  /** For the reader: the shape in the symbols of docs/notation.md, such as "[T, B, H]". */
  readonly shape: string;
}

/** A twin runs in the precision of the arrays that it is given: f64 as the oracle, f32 as the executor's fallback. */
export type FloatArray = Float32Array | Float64Array;
export type ArrayOf<E extends BindingType> = E extends "u32" ? Uint32Array : FloatArray;

export type BindingSpecs = Readonly<Record<string, BindingSpec>>;
export type ScalarSpecs = Readonly<Record<string, ScalarType>>;
export type Scalars<S extends ScalarSpecs> = { readonly [K in keyof S]: number };
export type TwinBuffers<B extends BindingSpecs> = { readonly [K in keyof B]: ArrayOf<B[K]["type"]> };
export type Workgroups = readonly [x: number, y: number, z: number];

/** Features of WebGPU that not every device has and that a form may need. */
export type FormNeed = "subgroups";

/** One way of running a kernel on a GPU: which adapter it suits differs, what it computes does not. */
export interface KernelForm<S extends ScalarSpecs> {
  /** Source of the whole module; several kernels may share one. */
  readonly wgsl: string;
  /** Where it is not the kernel's name: kernels whose forms have the same source and entry point share one pipeline. */
  readonly entryPoint?: string;
  /** Workgroups to dispatch, each at most 65,535. */
  workgroups(scalars: Scalars<S>): Workgroups;
  /** Values of the module's `override` constants that this entry point uses; each distinct set is one pipeline. */
  constants?(scalars: Scalars<S>): Readonly<Record<string, number>>;
  /** Whether this form can run these sizes; a form without it runs all. A kernel's own form always does. */
  fits?(scalars: Scalars<S>): boolean;
  /** What the device must have; its module is enabled for it. A kernel's own form needs nothing. */
  readonly needs?: FormNeed;
}

/** A kernel is itself a form, its own: the one for adapters that compute on the CPU. */
export interface Kernel<B extends BindingSpecs, S extends ScalarSpecs> extends KernelForm<S> {
  /** Unique; also the WGSL entry point. */
  readonly name: string;
  readonly bindings: B;
  readonly scalars: S;
  /** u32 fields after the scalars, the same in every call, by which kernels with a common pipeline tell it which one is meant. */
  readonly fixed?: Readonly<Record<string, number>>;
  /** Its other forms, by name: the same tensors, scalars and results, up to rounding. */
  readonly forms?: Readonly<Record<string, KernelForm<NoInfer<S>>>>;
  /** Which of `forms` a real GPU takes where nothing has been measured and it fits; without it the kernel's own. */
  readonly onHardware?: string;
  /** The same for an adapter that computes on the CPU. */
  readonly onSoftware?: string;
  /** The same mathematics in plain loops, on whole buffers. */
  twin(buffers: TwinBuffers<B>, scalars: Scalars<S>): void;
}

export interface AnyForm {
  readonly wgsl: string;
  readonly entryPoint?: string;
  workgroups(scalars: Readonly<Record<string, number>>): Workgroups;
  constants?(scalars: Readonly<Record<string, number>>): Readonly<Record<string, number>>;
  fits?(scalars: Readonly<Record<string, number>>): boolean;
  readonly needs?: FormNeed;
}

/** Any kernel, for code that walks or replays kernels without knowing their bindings. */
export interface AnyKernel extends AnyForm {
  readonly name: string;
  readonly bindings: BindingSpecs;
  readonly scalars: ScalarSpecs;
  readonly fixed?: Readonly<Record<string, number>>;
  readonly forms?: Readonly<Record<string, AnyForm>>;
  readonly onHardware?: string;
  readonly onSoftware?: string;
  twin(buffers: Readonly<Record<string, FloatArray | Uint32Array>>, scalars: Readonly<Record<string, number>>): void;
}

/** Declares a kernel; exists so that the bindings' and scalars' names are inferred and checked in the twin. */
export function defineKernel<const B extends BindingSpecs, const S extends ScalarSpecs>(kernel: Kernel<B, S>): Kernel<B, S> {
  return kernel;
}

/** The fields of a kernel's uniform struct, in order. */
export const uniformFields = ({
  scalars,
  fixed = {},
}: Pick<AnyKernel, "scalars" | "fixed">): readonly (readonly [name: string, type: ScalarType])[] => [
  ...Object.entries(scalars),
  ...Object.keys(fixed).map((name) => [name, "u32"] as const),
];

/** A kernel's form by its name; undefined names its own. @throws RangeError if there is none of that name. */
export function formOf(kernel: AnyKernel, name: string | undefined): AnyForm {
  if (name === undefined) return kernel;
  const form = kernel.forms?.[name];
  if (form === undefined) throw new RangeError(`${kernel.name} has no form ${name}`);
  return form;
}

/** Whether a device with these features of WebGPU can run a form at these sizes. */
export const canRun = ({ needs, fits }: AnyForm, scalars: Readonly<Record<string, number>>, features: readonly string[]): boolean =>
  (needs === undefined || features.includes(needs)) && (fits?.(scalars) ?? true);

/** The names of the forms that a device can run at these sizes, the kernel's own, undefined, first. */
export const usableForms = (
  { forms = {} }: AnyKernel,
  scalars: Readonly<Record<string, number>>,
  features: readonly string[],
): (string | undefined)[] => [
  undefined,
  ...Object.entries(forms).flatMap(([name, form]) => (canRun(form, scalars, features) ? [name] : [])),
];

export const ceilDiv = (a: number, b: number): number => Math.ceil(a / b);
