import { describe, expect, it } from "vitest";
import { drawTruncation, truncationScalars, truncationStreams } from "./draw_truncation";

interface Draw {
  readonly steps: number;
  readonly mean: number;
  readonly compensate?: boolean;
  readonly seed?: number;
  readonly step?: number;
  readonly targetSteps?: number;
}

function draw({ steps, mean, compensate = true, seed = 1, step = 0, targetSteps = 1 }: Draw) {
  const carry_scale = new Float64Array(steps);
  const reach = new Float64Array(steps);
  const scalars = { steps, seed, stream: truncationStreams.training, ...truncationScalars(mean, compensate), has_reach: 1 };
  drawTruncation.twin({ counters: Uint32Array.of(step), carry_scale, reach }, { ...scalars, target_steps: targetSteps });
  return { scales: [...carry_scale], reach: [...reach] };
}

describe("random truncation", () => {
  it.each([2, 3, 10])("cuts one step in %i on average, and has a mean factor of 1 with compensation", (mean) => {
    const draws = 20_000;
    const { scales } = draw({ steps: draws + 1, mean });
    const cuts = scales.filter((scale) => scale === 0).length;
    const share = 1 / mean;
    expect(Math.abs(cuts / draws - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / draws));
    expect(Math.abs(scales.reduce((sum, scale) => sum + scale, -1) / draws - 1)).toBeLessThan(4 * Math.sqrt(1 / (mean - 1) / draws));
    expect(new Set(scales.slice(1))).toEqual(new Set([0, truncationScalars(mean, true).keep]));
    expect(truncationScalars(mean, true).keep).toBeCloseTo(mean / (mean - 1), 6);
  });

  it("without compensation cuts the same steps and leaves the others as they are", () => {
    const { scales } = draw({ steps: 500, mean: 4 });
    expect(draw({ steps: 500, mean: 4, compensate: false }).scales).toEqual(scales.map((scale) => Math.min(scale, 1)));
  });

  it("draws anew with each step and seed, and the same again for the same ones", () => {
    const one = draw({ steps: 100, mean: 2 }).scales;
    expect(draw({ steps: 100, mean: 2 }).scales).toEqual(one);
    expect(draw({ steps: 100, mean: 2, step: 1 }).scales).not.toEqual(one);
    expect(draw({ steps: 100, mean: 2, seed: 2 }).scales).not.toEqual(one);
  });

  it("never cuts before the first step", () => {
    expect(Array.from({ length: 50 }, (_, step) => draw({ steps: 3, mean: 2, step }).scales[0])).toEqual(new Array(50).fill(1));
  });

  it("reaches back from the last targets to the first cut, and no further", () => {
    for (let step = 0; step < 20; step++) {
      const { scales, reach } = draw({ steps: 12, mean: 5, targetSteps: 3, step });
      const cut = scales.lastIndexOf(0, 9);
      expect(reach).toEqual(scales.map((_, t) => (t >= Math.max(cut, 0) ? 1 : 0)));
    }
  });
});
