import {
  type AnyKernel,
  type BindingSpecs,
  type FloatType,
  formOf,
  type Kernel,
  type ScalarSpecs,
  type Scalars,
  type Workgroups,
} from "../shaders/kernel";
import type { Storage } from "../shaders/storage";
import type { ChooseForm } from "./forms";
import { PlanError } from "./planError";
import type { Tensor } from "./tensor";

/** One kernel call on tensors, complete: replaying it needs no further decision. */
export interface KernelCall {
  readonly kernel: AnyKernel;
  /** Which of the kernel's forms a GPU runs; undefined is its own. */
  readonly form: string | undefined;
  /** In the order of the kernel's bindings. */
  readonly tensors: readonly Tensor[];
  readonly scalars: Readonly<Record<string, number>>;
  readonly workgroups: Workgroups;
  /** The types of its `real` and `result` tensors; f32 where it has none. */
  readonly storage: Storage;
}

const MAX_WORKGROUPS = 65_535;
const MAX_U32 = 0xffff_ffff;

export type PrepareAt = "load" | "first use";

/** An ordered list of kernel calls, recorded once and replayed each step. */
export class Plan {
  readonly name: string;
  /** When an executor prepares it: with its program, or, as most runs may never need it or not soon, when it is submitted first. */
  readonly prepared: PrepareAt;
  readonly #calls: KernelCall[] = [];

  readonly #createUnused: () => Tensor;
  readonly #chooseForm: ChooseForm;

  /** @param createUnused makes the tensor of `unused`. */
  constructor(name: string, createUnused: () => Tensor, chooseForm: ChooseForm, prepared: PrepareAt = "load") {
    this.name = name;
    this.prepared = prepared;
    this.#createUnused = createUnused;
    this.#chooseForm = chooseForm;
  }

  /** An f32 tensor [1] for a binding that a call's scalars tell the kernel not to touch. */
  get unused(): Tensor {
    return this.#createUnused();
  }

  get calls(): readonly KernelCall[] {
    return this.#calls;
  }

  /**
   * Appends a call. Checks here what WebGPU would refuse at replay, so that both executors accept the same plans.
   * @throws PlanError if a tensor's type is wrong, a scalar is out of range, an arena is both read and written, or the dispatch is too large.
   */
  call<B extends BindingSpecs, S extends ScalarSpecs>(
    kernel: Kernel<B, S>,
    buffers: { readonly [K in keyof B]: Tensor },
    scalars: Scalars<S>,
  ): void {
    const where = `${this.name}: ${kernel.name}`;
    const tensors = Object.keys(kernel.bindings).map((name) => {
      const tensor = buffers[name];
      const spec = kernel.bindings[name];
      if (tensor === undefined || spec === undefined) throw new PlanError(`${where}: no tensor for ${name}`);
      return tensor;
    });
    const storage = storageOf(where, kernel, tensors);
    checkScalars(where, kernel, scalars);
    checkAliasing(where, kernel, tensors);
    const form = this.#chooseForm(kernel, scalars, storage);
    const workgroups = formOf(kernel, form).workgroups(scalars);
    for (const count of workgroups) {
      if (!Number.isInteger(count) || count < 1 || count > MAX_WORKGROUPS) {
        throw new PlanError(`${where}: cannot dispatch ${workgroups.join(" x ")} workgroups; each count must be 1 to ${MAX_WORKGROUPS}`);
      }
    }
    this.#calls.push({ kernel, form, tensors, scalars, workgroups, storage });
  }

  /** Appends a call that another plan of the same program has recorded, and so has checked. */
  repeat(call: KernelCall): void {
    this.#calls.push(call);
  }
}

/** Checks the tensors' types, and finds those behind `real` and `result`. */
function storageOf(where: string, kernel: AnyKernel, tensors: readonly Tensor[]): Storage {
  const chosen: { real?: FloatType; result?: FloatType } = {};
  for (const [i, [name, { type }]] of Object.entries(kernel.bindings).entries()) {
    const tensor = tensors[i];
    if (tensor === undefined) continue;
    const wrong = (wanted: string) => new PlanError(`${where}: ${name} must be ${wanted}, ${tensor.name} is ${tensor.type}`);
    if (type === "f32" || type === "u32") {
      if (tensor.type !== type) throw wrong(type);
      continue;
    }
    if (tensor.type === "u32") throw wrong("f32 or f16");
    chosen[type] ??= tensor.type;
    if (chosen[type] !== tensor.type) throw wrong(chosen[type]);
  }
  return { real: chosen.real ?? "f32", result: chosen.result ?? "f32" };
}

function checkScalars(where: string, kernel: AnyKernel, scalars: Readonly<Record<string, number>>): void {
  for (const [name, type] of Object.entries(kernel.scalars)) {
    const value = scalars[name];
    const fits = type === "f32" ? Number.isFinite(value) : Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_U32;
    if (!fits) throw new PlanError(`${where}: scalar ${name} = ${value} is not a ${type}`);
  }
}

function checkAliasing(where: string, kernel: AnyKernel, tensors: readonly Tensor[]): void {
  const accesses = Object.values(kernel.bindings).map((spec) => spec.access);
  for (const [i, tensor] of tensors.entries()) {
    if (accesses[i] !== "read_write") continue;
    if (tensors.some((other, j) => j !== i && other.arena === tensor.arena)) {
      throw new PlanError(`${where}: arena ${tensor.arena.name} is written by ${tensor.name} and bound a second time`);
    }
  }
}
