import { drawTruncation, truncationScalars, truncationStreams } from "../draw_truncation";
import { COUNTERS_LENGTH } from "../gradient_norm";
import { type KernelCase, kernelCase, randomFloats } from "./case";

interface Draw {
  readonly steps: number;
  readonly mean: number;
  readonly compensate?: boolean;
  readonly targetSteps?: number;
  readonly hasReach?: boolean;
  /** Training steps done before. */
  readonly step?: number;
}

function draw({ steps, mean, compensate = true, targetSteps = 1, hasReach = true, step = 0 }: Draw): KernelCase {
  const counters = new Uint32Array(COUNTERS_LENGTH).fill(9);
  counters[0] = step;
  const scalars = { steps, seed: 3, stream: truncationStreams.training, ...truncationScalars(mean, compensate) };
  return kernelCase(
    drawTruncation,
    `T=${steps} mean=${mean} ${compensate ? "compensated" : "as it is"}, targets in ${targetSteps}${hasReach ? "" : ", no reach"}, step ${step}`,
    { ...scalars, target_steps: targetSteps, has_reach: hasReach ? 1 : 0 },
    { counters, carry_scale: randomFloats(111, steps + 2), reach: randomFloats(112, steps + 2) },
  );
}

export function drawTruncationCases(): KernelCase[] {
  return [
    draw({ steps: 1, mean: 2 }),
    draw({ steps: 5, mean: 2, targetSteps: 5, compensate: false }),
    draw({ steps: 28, mean: 10, step: 1 }),
    draw({ steps: 28, mean: 10, step: 2, hasReach: false }),
    draw({ steps: 130, mean: 64, step: 0xffff_ffff }),
    draw({ steps: 333, mean: 1024, step: 12_345, targetSteps: 7 }),
  ];
}
