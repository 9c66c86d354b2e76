import type { Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { CONTROL_LENGTH, controlIndex } from "../shaders/gradient_norm";
import { countUnderflow, narrow, underflowBlocks, unscale, updateScale } from "../shaders/loss_scaling";
import { gateCount, type ModelShape } from "./shape";

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
  readonly shape: ModelShape;
  readonly batch: number;
  /** As from gradientReach; or null, with T = `steps`, where each step draws its own. */
  readonly reach: Float32Array | null;
  readonly steps: number;
  readonly state: { readonly control: Tensor; readonly counters: Tensor; readonly metrics: Tensor };
}

/** Dynamic loss scaling of one training plan, on the device throughout; see loss_scaling.wgsl. */
export class LossScaling {
  /** f32 [T], to be written by the host from `reachValues`, or by each step where these are null. */
  readonly reach: Tensor;
  readonly reachValues: Float32Array | null;
  readonly #program: Program;
  readonly #state: ScalingOptions["state"];
  readonly #layers: number;
  /** Gate gradients of one step and layer: B * G * H. */
  readonly #perStep: number;
  readonly #counts: Tensor;
  readonly #blocks: number;

  constructor(program: Program, { shape, batch, reach, steps, state }: ScalingOptions) {
    this.#program = program;
    this.#state = state;
    this.#layers = shape.numLayers;
    this.#perStep = batch * gateCount[shape.cell] * shape.hiddenSize;
    this.reachValues = reach;
    this.reach = program.tensor("gradient reach", [steps]);
    this.#blocks = underflowBlocks(steps * this.#perStep);
    this.#counts = program.tensor("underflow counts", [this.#layers * this.#blocks], "u32");
  }

  /** f32 dLogits times the loss scale, in f16. */
  narrow(plan: Plan, dLogits: Tensor): Tensor {
    const target = this.#program.scratch("scaled d logits", dLogits.shape, "f16");
    plan.call(narrow, { source: dLogits, control: this.#state.control, target }, { count: dLogits.size, scaled: 1 });
    return target;
  }

  /** Counts a layer's gate gradients smaller than 2^-14, zeros included: f16 holds these with fewer digits or not at all. */
  count(plan: Plan, layer: number, dGates: Tensor): void {
    plan.call(
      countUnderflow,
      { d_gates: dGates, reach: this.reach, counts: this.#counts },
      { count: dGates.size, per_step: this.#perStep, blocks: this.#blocks, first_block: layer * this.#blocks },
    );
  }

  /** Takes the scale out of the parameters' gradients. */
  unscale(plan: Plan, gradients: Tensor): void {
    plan.call(unscale, { control: this.#state.control, gradients }, { count: gradients.size });
  }

  /** The next step's scale, and this one's metrics; after step_finalize. */
  update(plan: Plan): void {
    const { control, counters, metrics } = this.#state;
    const [capacity = 0] = metrics.shape;
    plan.call(
      updateScale,
      { counts: this.#counts, reach: this.reach, control, counters, metrics },
      {
        blocks: this.#layers * this.#blocks,
        steps: this.reach.size,
        counted_per_step: this.#layers * this.#perStep,
        growth_interval: GROWTH_INTERVAL,
        capacity,
      },
    );
  }
}
