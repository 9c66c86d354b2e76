import type { Plan } from "../plan/plan";
import type { FlatArena, Program } from "../plan/program";
import { sizeOf, type Tensor } from "../plan/tensor";
import { addValue, fill } from "../shaders/copy";
import type { FloatType } from "../shaders/kernel";
import { narrow } from "../shaders/loss_scaling";
import { initNormal, initUniform } from "../shaders/random_init";
import { type ModelShape, type ParameterSpec, parameterSpecs } from "./shape";

/** Parameters, their gradients and the optimizer's moments: flat arenas with the same layout. */
export interface Parameters {
  readonly specs: readonly ParameterSpec[];
  /** f16 is half precision: the type of weights in products, activations and their gradients. */
  readonly storage: FloatType;
  /** What the optimizer changes, always f32. Biases are read from here. */
  readonly values: FlatArena;
  /** What products read: `values` itself, or its copy in f16, which recordNarrowing brings up to date. */
  readonly weights: FlatArena;
  readonly gradients: FlatArena;
  /** SGD's momentum, or Adam's first and second moment. */
  readonly moments: readonly FlatArena[];
  /** Numbers in all parameters, as PyTorch counts them; padding not counted. */
  readonly count: number;
}

/** @param moments how many moments the optimizer keeps; none where nothing is trained. */
export function createParameters(program: Program, shape: ModelShape, moments: number, storage: FloatType = "f32"): Parameters {
  const specs = parameterSpecs(shape);
  const values = program.flat("parameters", specs);
  return {
    specs,
    storage,
    values,
    weights: storage === "f32" ? values : program.flat("weights", specs, storage),
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
        if (spec.init.shift !== undefined) plan.call(addValue, { sum: out }, { ...spec.init.shift });
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

/** Brings the f16 copy of the weights up to date; nothing in f32. @param control any f32 tensor of the step's control. */
export function recordNarrowing(plan: Plan, { storage, values, weights }: Parameters, control: Tensor): void {
  if (storage === "f32") return;
  plan.call(narrow, { source: values.whole, control, target: weights.whole }, { count: values.whole.size, scaled: 0 });
}
