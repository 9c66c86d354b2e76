import type { Bptt } from "../config";
import type { Plan } from "../plan/plan";
import type { Tensor } from "../plan/tensor";
import { drawTruncation, truncationScalars, truncationStreams } from "../shaders/draw_truncation";

interface Truncation {
  /** f32 [T]. */
  readonly carryScale: Tensor;
  /** f32 [T], half precision's; null where nobody asks. */
  readonly reach: Tensor | null;
  /** As in StepState: the number of steps done decides what is drawn, so that a resumed run draws the same. */
  readonly counters: Tensor;
  readonly seed: number;
  /** How many steps at the end of a sequence have targets. */
  readonly targetSteps: number;
}

/** Draws carryScale anew, to be recorded before a step's backward pass. */
export function recordTruncation(
  plan: Plan,
  { mean, compensate }: Extract<Bptt, { readonly kind: "random" }>,
  { carryScale, reach, counters, seed, targetSteps }: Truncation,
): void {
  plan.call(
    drawTruncation,
    { counters, carry_scale: carryScale, reach: reach ?? plan.unused },
    {
      steps: carryScale.size,
      seed,
      stream: truncationStreams.training,
      ...truncationScalars(mean, compensate),
      target_steps: targetSteps,
      has_reach: reach === null ? 0 : 1,
    },
  );
}
