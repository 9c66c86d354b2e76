import type { Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { CONTROL_LENGTH, controlIndex } from "../shaders/gradient_norm";
import { countUnderflow, narrow, underflowBlocks, unscale, updateScale } from "../shaders/loss_scaling";

/** PyTorch's torch.amp.GradScaler: the first scale, and how many good steps in a row double it. */
export const INITIAL_LOSS_SCALE = 65_536;
export const GROWTH_INTERVAL = 2000;

/** `control` before the first step. In f32 no kernel reads the loss scale. */
export function initialControl(precision: "f32" | "f16"): Float32Array {
  const control = new Float32Array(CONTROL_LENGTH);
  if (precision === "f16") control[controlIndex.lossScale] = INITIAL_LOSS_SCALE;
  return control;
}

/**
 * reach [T]: 1 where some gradient reaches a step, else 0. The last `targetSteps` steps have targets; from there it goes back
 * until carryScale [T] cuts it.
 */
export function gradientReach(carryScale: Float32Array, targetSteps: number): Float32Array {
  const steps = carryScale.length;
  const reach = new Float32Array(steps);
  for (let t = steps - 1; t >= 0; t--) {
    const fromLater = t + 1 < steps && reach[t + 1] === 1 && carryScale[t + 1] !== 0;
    reach[t] = t >= steps - targetSteps || fromLater ? 1 : 0;
  }
  return reach;
}

interface ScalingOptions {
  readonly control: Tensor;
  readonly counters: Tensor;
  readonly metrics: Tensor;
  readonly metricsCapacity: number;
  readonly layers: number;
  /** Gate gradients of one step and layer: B * G * H. */
  readonly perStep: number;
  /** As from gradientReach. */
  readonly reach: Float32Array;
  readonly growthInterval?: number;
}

/** Dynamic loss scaling of one training plan, on the device throughout; see loss_scaling.wgsl. */
export class LossScaling {
  /** f32 [T], to be written by the host from `reachValues`. */
  readonly reach: Tensor;
  readonly reachValues: Float32Array;
  readonly #program: Program;
  readonly #options: ScalingOptions;
  readonly #counts: Tensor;
  readonly #blocks: number;

  constructor(program: Program, options: ScalingOptions) {
    this.#program = program;
    this.#options = options;
    this.reachValues = options.reach;
    this.reach = program.tensor("gradient reach", [options.reach.length]);
    this.#blocks = underflowBlocks(options.reach.length * options.perStep);
    this.#counts = program.tensor("underflow counts", [options.layers * this.#blocks], "u32");
  }

  /** f32 dLogits times the loss scale, in f16. */
  narrow(plan: Plan, dLogits: Tensor): Tensor {
    const target = this.#program.scratch("scaled d logits", dLogits.shape, "f16");
    plan.call(narrow, { source: dLogits, control: this.#options.control, target }, { count: dLogits.size, scaled: 1 });
    return target;
  }

  /** Counts a layer's gate gradients smaller than 2^-14, zeros included: f16 holds these with fewer digits or not at all. */
  count(plan: Plan, layer: number, dGates: Tensor): void {
    plan.call(
      countUnderflow,
      { d_gates: dGates, reach: this.reach, counts: this.#counts },
      { count: dGates.size, per_step: this.#options.perStep, blocks: this.#blocks, first_block: layer * this.#blocks },
    );
  }

  /** Takes the scale out of the parameters' gradients. */
  unscale(plan: Plan, gradients: Tensor): void {
    plan.call(unscale, { control: this.#options.control, gradients }, { count: gradients.size });
  }

  /** The next step's scale, and this one's metrics; after step_finalize. */
  update(plan: Plan): void {
    const { control, counters, metrics, metricsCapacity, layers, perStep, growthInterval = GROWTH_INTERVAL } = this.#options;
    const reached = this.reachValues.reduce((sum, value) => sum + value, 0);
    plan.call(
      updateScale,
      { counts: this.#counts, control, counters, metrics },
      {
        blocks: layers * this.#blocks,
        counted: layers * reached * perStep,
        growth_interval: growthInterval,
        capacity: metricsCapacity,
      },
    );
  }
}
