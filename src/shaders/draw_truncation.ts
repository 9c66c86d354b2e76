import source from "./draw_truncation.wgsl?raw";
import { defineKernel } from "./kernel";
import { threefry2x32, threefrySource } from "./threefry";

/** Second key words of the random cuts: of training, and of measurements of truncation beside it. */
export const truncationStreams = { training: 0x7472_0000, measuring: 0x7472_0001 } as const;

const DRAWS = 2 ** 24;

/** The kernel's scalars for cuts with probability 1 / mean, which is rounded to a multiple of 2^-24 for both of them. */
export function truncationScalars(mean: number, compensate: boolean): { readonly threshold: number; readonly keep: number } {
  const threshold = Math.round(DRAWS / mean);
  return { threshold, keep: compensate ? 1 / (1 - threshold / DRAWS) : 1 };
}

/** Draws where a training step cuts the way back through time; see draw_truncation.wgsl. */
export const drawTruncation = defineKernel({
  name: "draw_truncation",
  wgsl: threefrySource + source,
  bindings: {
    counters: { type: "u32", access: "read", shape: "[8]" },
    carry_scale: { type: "f32", access: "read_write", shape: "[T]" },
    reach: { type: "f32", access: "read_write", shape: "[T]" },
  },
  scalars: { steps: "u32", seed: "u32", stream: "u32", threshold: "u32", keep: "f32", target_steps: "u32", has_reach: "u32" },
  workgroups: () => [1, 1, 1],
  twin(
    { counters, carry_scale: carryScale, reach },
    { steps, seed, stream, threshold, keep, target_steps: targetSteps, has_reach: hasReach },
  ) {
    for (let t = 0; t < steps; t++) {
      const [word] = threefry2x32(seed, stream, t, counters[0]!);
      carryScale[t] = t === 0 ? 1 : word >>> 8 < threshold ? 0 : keep;
    }
    if (hasReach === 0) return;
    let arrives = false;
    for (let t = steps - 1; t >= 0; t--) {
      const reached: boolean = t >= steps - targetSteps || arrives;
      reach[t] = reached ? 1 : 0;
      arrives = reached && carryScale[t] !== 0;
    }
  },
});
