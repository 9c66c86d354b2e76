import type { Plan } from "./plan";
import type { Program } from "./program";
import { isFloat, type Tensor } from "./tensor";

/** Replays plans with the twins in f64 and nothing else: the slowest executor, and the one with nothing to hide. */
export class Interpreter {
  readonly #arenas: readonly (Float64Array | Uint32Array)[];

  constructor(program: Program) {
    this.#arenas = program.arenas.map(({ type, length }) => (isFloat(type) ? new Float64Array(length) : new Uint32Array(length)));
  }

  run(plan: Plan): void {
    for (const { kernel, tensors, scalars } of plan.calls) {
      const names = Object.keys(kernel.bindings);
      kernel.twin(Object.fromEntries(tensors.map((tensor, i) => [names[i] ?? "", this.view(tensor)])), scalars);
    }
  }

  /** The tensor's memory itself: writing to it writes to the tensor. */
  view(tensor: Tensor): Float64Array | Uint32Array {
    const arena = this.#arenas[tensor.arena.id];
    if (arena === undefined) throw new RangeError(`${tensor.name} belongs to another program`);
    return arena.subarray(tensor.offset, tensor.offset + tensor.size);
  }
}
