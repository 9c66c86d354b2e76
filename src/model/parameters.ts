import type { Plan } from "../plan/plan";
import type { FlatArena, Program } from "../plan/program";
import { sizeOf } from "../plan/tensor";
import { fill } from "../shaders/copy";
import { initNormal, initUniform } from "../shaders/random_init";
import { type ModelShape, type ParameterSpec, parameterSpecs } from "./shape";

/** Parameters, their gradients and the optimizer's moments: flat arenas with the same layout. */
export interface Parameters {
  readonly specs: readonly ParameterSpec[];
  readonly values: FlatArena;
  readonly gradients: FlatArena;
  /** SGD's momentum, or Adam's first and second moment. */
  readonly moments: readonly FlatArena[];
  /** Numbers in all parameters, as PyTorch counts them; padding not counted. */
  readonly count: number;
}

/** @param moments how many moments the optimizer keeps; none where nothing is trained. */
export function createParameters(program: Program, shape: ModelShape, moments: number): Parameters {
  const specs = parameterSpecs(shape);
  return {
    specs,
    values: program.flat("parameters", specs),
    gradients: program.flat("gradients", specs),
    moments: Array.from({ length: moments }, (_, i) => program.flat(`moment ${i + 1}`, specs)),
    count: specs.reduce((sum, spec) => sum + sizeOf(spec.shape), 0),
  };
}

/** Draws every parameter from its distribution; parameter i uses stream i of the seed, so that layers do not shift each other. */
export function recordInitialisation(plan: Plan, parameters: Parameters, seed: number): void {
  for (const [stream, spec] of parameters.specs.entries()) {
    const out = parameters.values.get(spec.name);
    const count = out.size;
    switch (spec.init.kind) {
      case "uniform":
        plan.call(initUniform, { out }, { count, seed, stream, low: -spec.init.bound, high: spec.init.bound });
        break;
      case "normal":
        plan.call(initNormal, { out }, { count, seed, stream, mean: 0, deviation: 1 });
        break;
      case "zeros":
        plan.call(fill, { data: out }, { offset: 0, count, value: 0 });
        break;
      default:
        spec.init satisfies never;
    }
  }
}
