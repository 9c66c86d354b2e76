import { describe, expect, it } from "vitest";
import {
  CONTROL_LENGTH,
  COUNTERS_LENGTH,
  clipKinds,
  controlIndex,
  GRADIENT_PARTIALS,
  gradientBlocks,
  gradientPartials,
  HYPER_LENGTH,
  METRICS_PER_STEP,
  metricIndex,
  stepFinalize,
} from "./gradient_norm";

const capacity = 3;

/** A sequence of steps that share counters, control and the ring of metrics. */
function newRun(clipKind: number, clipMax: number, betas: readonly [number, number] = [0.9, 0.999]) {
  const hyper = new Float64Array(HYPER_LENGTH);
  hyper.set([0.1, betas[0], 1 - betas[0], betas[1], 1 - betas[1], 1e-8, 0, 0, clipKind, clipMax]);
  const counters = new Uint32Array(COUNTERS_LENGTH);
  const control = new Float64Array(CONTROL_LENGTH);
  const metrics = new Float64Array(capacity * METRICS_PER_STEP);
  const step = (gradients: readonly number[], rowStats: readonly number[] = [3, 1, 1, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1]): void => {
    const blocks = 2;
    const partials = new Float64Array(GRADIENT_PARTIALS * blocks);
    gradientPartials.twin({ gradients: Float64Array.from(gradients), hyper, partials }, { count: gradients.length, blocks });
    stepFinalize.twin(
      { partials, row_stats: Float64Array.from(rowStats), hyper, counters, control, metrics },
      { blocks, rows: rowStats.length / 3, capacity },
    );
  };
  /** Without the columns that are update_scale's. */
  const row = (slot: number) => Array.from(metrics.subarray(slot * METRICS_PER_STEP, slot * METRICS_PER_STEP + metricIndex.lossScale));
  return { step, row, control, counters };
}

describe("clipping", () => {
  it("by norm scales to max / (norm + 1e-6), as clip_grad_norm_ does", () => {
    const run = newRun(clipKinds.norm, 1);
    run.step([3, 0, 0, 0, 0, -4]);
    expect(run.control[controlIndex.norm]).toBe(5);
    expect(run.control[controlIndex.factor]).toBe(1 / (5 + 1e-6));
    expect(run.control[controlIndex.normAfter]).toBe(5 / (5 + 1e-6));
    expect(run.row(0)).toEqual([1, 1.5, 0.25, 5, 5 / (5 + 1e-6), 1, 4]);
  });

  it("by norm leaves smaller gradients alone", () => {
    const run = newRun(clipKinds.norm, 5.1);
    run.step([3, 0, 0, 0, 0, -4]);
    expect(run.row(0)).toEqual([1, 1.5, 0.25, 5, 5, 0, 4]);
  });

  it("by value reports the norm of the clamped gradients, and the largest that the threshold is compared with", () => {
    const run = newRun(clipKinds.value, 2);
    run.step([3, 1, 0, 0, 0, -4]);
    expect(run.control[controlIndex.factor]).toBe(1);
    expect(run.row(0)).toEqual([1, 1.5, 0.25, Math.sqrt(26), 3, 1, 4]);
    run.step([2, 0, 0, 0, 0, -2]);
    expect(run.row(1)).toEqual([2, 1.5, 0.25, Math.sqrt(8), Math.sqrt(8), 0, 2]);
  });
});

describe("step_finalize", () => {
  it("computes 1 - beta^t", () => {
    const run = newRun(clipKinds.none, 0, [0.9, 0.995]);
    for (let t = 1; t <= 50; t++) {
      run.step([1]);
      expect(run.control[controlIndex.biasCorrection1]).toBeCloseTo(1 - 0.9 ** t, 12);
      expect(run.control[controlIndex.biasCorrection2]).toBeCloseTo(1 - 0.995 ** t, 12);
    }
  });

  it("overwrites the oldest row once the ring is full", () => {
    const run = newRun(clipKinds.none, 0);
    for (const g of [1, 2, 3, 4, 5]) run.step([g]);
    expect([run.row(0), run.row(1), run.row(2)].map(([step, , , norm]) => [step, norm])).toEqual([
      [4, 4],
      [5, 5],
      [3, 3],
    ]);
  });

  it("counts the step and moves the cursor on, nothing else", () => {
    const run = newRun(clipKinds.none, 0);
    run.step([1]);
    run.step([Number.NaN]);
    expect(Array.from(run.counters)).toEqual([2, 2, 0, 0, 0, 0, 0, 0]);
  });

  it("has loss and accuracy 0 where there was no target", () => {
    const run = newRun(clipKinds.norm, 1);
    run.step([0, 0], [0, 0, 0]);
    expect(run.row(0)).toEqual([1, 0, 0, 0, 0, 0, 0]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "flags a gradient of %d and keeps the bias corrections",
    (bad) => {
      const run = newRun(clipKinds.norm, 1);
      run.step([1, 1]);
      const before = run.control[controlIndex.biasCorrection1];
      run.step([1, bad]);
      expect(run.control[controlIndex.finite]).toBe(0);
      expect(run.control[controlIndex.biasCorrection1]).toBe(before);
      expect(run.row(1)).toEqual([2, 1.5, 0.25, bad * bad, bad * bad, 0, Math.abs(bad)]);
      run.step([1, 1]);
      expect(run.control[controlIndex.finite]).toBe(1);
      expect(run.counters[0]).toBe(3);
    },
  );
});

describe("gradientBlocks", () => {
  it("keeps the number of blocks small", () => {
    expect([1, 4096, 4097, 54_538, 15_000_000].map(gradientBlocks)).toEqual([1, 1, 2, 14, 1024]);
  });
});
