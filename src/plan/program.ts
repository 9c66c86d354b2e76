import type { ElementType, FloatType } from "../shaders/kernel";
import { type ChooseForm, ownForms } from "./forms";
import { Plan, type PrepareAt } from "./plan";
import { PlanError } from "./planError";
import { type Arena, alignUp, bytesPerElement, sizeOf, type Tensor } from "./tensor";

class GrowingArena implements Arena {
  readonly tensors: Tensor[] = [];
  #length = 0;

  constructor(
    readonly id: number,
    readonly name: string,
    readonly type: ElementType,
  ) {}

  get length(): number {
    return this.#length;
  }

  add(name: string, shape: readonly number[]): Tensor {
    const size = sizeOf(shape);
    if (!Number.isSafeInteger(size) || size < 1) throw new PlanError(`tensor ${name} has an impossible shape [${shape.join(", ")}]`);
    const tensor: Tensor = { name, arena: this, shape, type: this.type, offset: this.#length, size };
    this.#length += alignUp(size);
    this.tensors.push(tensor);
    return tensor;
  }
}

/**
 * Everything that an executor needs for a run: the arenas, whose sizes are known before anything is allocated,
 * and the plans that work on them. Plans of one program share tensors (training and evaluation share parameters).
 */
export class Program {
  readonly #arenas: GrowingArena[] = [];
  readonly #plans = new Map<string, Plan>();
  readonly #scratch = new Map<string, GrowingArena>();
  readonly #chooseForm: ChooseForm;

  /** @param chooseForm says in which form a GPU runs each kernel call. */
  constructor(chooseForm: ChooseForm = ownForms) {
    this.#chooseForm = chooseForm;
  }

  get arenas(): readonly Arena[] {
    return this.#arenas;
  }

  get plans(): ReadonlyMap<string, Plan> {
    return this.#plans;
  }

  /** Memory of all arenas together. */
  get bytes(): number {
    return this.#arenas.reduce((sum, arena) => sum + arena.length * bytesPerElement[arena.type], 0);
  }

  /** Starts a plan. @throws PlanError if the name is taken. */
  plan(name: string, prepared: PrepareAt = "load"): Plan {
    if (this.#plans.has(name)) throw new PlanError(`plan ${name} exists already`);
    const plan = new Plan(name, () => this.scratch("unused", [1]), this.#chooseForm, prepared);
    this.#plans.set(name, plan);
    return plan;
  }

  /** A tensor with an arena of its own. */
  tensor(name: string, shape: readonly number[], type: ElementType = "f32"): Tensor {
    return this.#newArena(name, type).add(name, shape);
  }

  /**
   * A tensor in an arena that all callers of the same key share: its content lasts only until the next of them writes.
   * The arena is as large as the largest of them.
   */
  scratch(key: string, shape: readonly number[], type: FloatType = "f32"): Tensor {
    let arena = this.#scratch.get(key);
    const size = sizeOf(shape);
    if (arena === undefined) {
      arena = this.#newArena(`scratch ${key}`, type);
      this.#scratch.set(key, arena);
    }
    if (arena.type !== type) throw new PlanError(`scratch ${key} is ${arena.type}, and is asked for as ${type}`);
    if (arena.length < size) arena.add(key, [size - arena.length]);
    return { name: key, arena, shape, type, offset: 0, size };
  }

  /** Many tensors in one arena, in order: the flat layout of parameters. */
  flat(name: string, tensors: readonly { readonly name: string; readonly shape: readonly number[] }[], type: FloatType = "f32"): FlatArena {
    const arena = this.#newArena(name, type);
    for (const { name: tensorName, shape } of tensors) arena.add(tensorName, shape);
    return new FlatArena(arena, arena.tensors);
  }

  #newArena(name: string, type: ElementType): GrowingArena {
    const arena = new GrowingArena(this.#arenas.length, name, type);
    this.#arenas.push(arena);
    return arena;
  }
}

/** Tensors that lie one after another in one arena, and the arena as one vector (padding included, always zero). */
export class FlatArena {
  readonly whole: Tensor;
  readonly #byName: ReadonlyMap<string, Tensor>;

  constructor(
    arena: Arena,
    readonly tensors: readonly Tensor[],
  ) {
    this.whole = { name: arena.name, arena, shape: [arena.length], type: arena.type, offset: 0, size: arena.length };
    this.#byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  /** @throws PlanError if there is no tensor of that name. */
  get(name: string): Tensor {
    const tensor = this.#byName.get(name);
    if (tensor === undefined) throw new PlanError(`no tensor ${name}`);
    return tensor;
  }
}
