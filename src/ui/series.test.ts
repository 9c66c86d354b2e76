import { describe, expect, it } from "vitest";
import { metricRows } from "../testing/metricRows";
import { RunningMean } from "./envelope";
import { RunHistory } from "./series";
import { MAX_POINTS } from "./seriesTable";

const rowsOf = (values: readonly number[], firstStep = 1): Float32Array =>
  metricRows(
    values.map((value, i) => ({ loss: value, accuracy: value / 10, gradNorm: value * 2, gradNormClipped: value, clipped: i % 2 })),
    firstStep,
  );

describe("RunHistory", () => {
  it("keeps one bucket a step while they fit", () => {
    const history = new RunHistory();
    history.append(rowsOf([3, 2, 1]));
    expect(history.buckets(["loss"]).map(({ step, values: [loss] }) => [step, loss?.min, loss?.max])).toEqual([
      [1, 3, 3],
      [2, 2, 2],
      [3, 1, 1],
    ]);
  });

  it("keeps every raw row and the last value, however it arrives", () => {
    const history = new RunHistory();
    const values = Array.from({ length: 3000 }, (_, i) => i);
    history.append(rowsOf(values.slice(0, 7)));
    history.append(rowsOf(values.slice(7), 8));
    expect(history.length).toBe(3000);
    expect(history.table.rows.column(1, 0, 3000)).toEqual(Float32Array.from(values));
    expect(history.last("loss")).toBe(2999);
    expect(history.last("step")).toBe(3000);
  });

  it("never exceeds the number of points and never loses an extreme", () => {
    const history = new RunHistory();
    const values = Array.from({ length: 20_011 }, (_, i) => 2 + Math.sin(i));
    values[7_777] = 100;
    values[13] = -50;
    for (let i = 0; i < values.length; i += 97) history.append(rowsOf(values.slice(i, i + 97), i + 1));
    const buckets = history.buckets(["loss"]);
    expect(buckets.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(buckets.length).toBeGreaterThan(MAX_POINTS / 4);
    expect(Math.max(...buckets.map((bucket) => bucket.values[0]?.max ?? Number.NaN))).toBe(100);
    expect(Math.min(...buckets.map((bucket) => bucket.values[0]?.min ?? Number.NaN))).toBe(-50);
    expect(buckets.at(-1)?.step).toBe(20_011);
    const steps = buckets.map((bucket) => bucket.step);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  it("gives the same buckets whether rows come one by one or at once", () => {
    const values = Array.from({ length: 1234 }, (_, i) => Math.cos(i) * i);
    const atOnce = new RunHistory();
    atOnce.append(rowsOf(values));
    const single = new RunHistory();
    values.forEach((value, i) => {
      single.append(rowsOf([value], i + 1));
    });
    expect(single.buckets(["gradNorm"])).toEqual(atOnce.buckets(["gradNorm"]));
  });

  it("leaves a gap where nothing is finite, and goes on after it", () => {
    const history = new RunHistory();
    history.append(rowsOf([1, Number.NaN, Number.POSITIVE_INFINITY, 2]));
    const values = history.buckets(["loss"]).map(({ values: [loss] }) => loss);
    expect(values[0]).toBeDefined();
    expect(values[1]).toBeUndefined();
    expect(values[2]).toBeUndefined();
    expect(values[3]?.max).toBe(2);
    expect(Number.isFinite(values[3]?.smooth)).toBe(true);
  });

  it("goes back to a step, wherever that is", () => {
    const filled = (): RunHistory => {
      const history = new RunHistory();
      history.append(rowsOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
      for (const step of [4, 8]) history.validations.push({ step, epoch: 0, loss: 1, accuracy: 0, full: false });
      return history;
    };
    const until = (history: RunHistory, step: number): [length: number, validations: number] => {
      history.goBackTo(step);
      return [history.length, history.validations.length];
    };
    expect(until(filled(), 0)).toEqual([0, 0]);
    expect(until(filled(), 10)).toEqual([10, 2]);
    expect(until(filled(), 7)).toEqual([7, 1]);
    expect(until(filled(), 8)).toEqual([8, 2]);
    expect(until(new RunHistory(), 3)).toEqual([0, 0]);
    const history = filled();
    history.goBackTo(5);
    expect(history.last("loss")).toBe(5);
    history.append(rowsOf([60, 70], 6));
    expect(
      history
        .buckets(["loss"])
        .map(({ step, values: [loss] }) => [step, loss?.max])
        .slice(4),
    ).toEqual([
      [5, 5],
      [6, 60],
      [7, 70],
    ]);
  });

  it("reports the share of clipped steps", () => {
    const history = new RunHistory();
    expect(history.clippedShare).toBeNaN();
    history.append(rowsOf(Array.from({ length: 400 }, () => 1)));
    expect(history.clippedShare).toBeCloseTo(0.5, 1);
  });
});

describe("half precision", () => {
  const overflow = { loss: 2, gradNorm: Number.POSITIVE_INFINITY, gradNormClipped: Number.NaN };
  const good = { loss: 2, gradNorm: 3, gradNormClipped: 1, clipped: 1 };

  it("leaves skipped steps out of the gradient's norm, its mean and the share of clipped steps", () => {
    const history = new RunHistory();
    history.append(metricRows([overflow, good, overflow, good, good]));
    const norms = history
      .buckets(["gradNorm", "gradNormClipped"])
      .map(({ values: [norm, after] }) => [norm?.max, norm?.smooth, after?.max]);
    expect(norms.map(([max]) => max)).toEqual([undefined, 3, undefined, 3, 3]);
    expect(norms[4]?.[1]).toBeCloseTo(3, 12);
    expect(norms[4]?.[2]).toBe(1);
    expect(history.clippedShare).toBeCloseTo(1, 12);
  });

  it("keeps the last value of each bucket, also where buckets are joined", () => {
    const history = new RunHistory();
    const steps = Array.from({ length: 4 * MAX_POINTS }, (_, i) => ({
      ...good,
      lossScale: i < 1001 ? 65_536 : 32_768,
      skippedSteps: i < 1001 ? 0 : 1,
    }));
    for (let i = 0; i < steps.length; i += 61) history.append(metricRows(steps.slice(i, i + 61), i + 1));
    const buckets = history.buckets(["lossScale", "skippedSteps"]);
    expect(buckets.length).toBeLessThan(steps.length);
    for (const {
      step,
      values: [scale, skipped],
    } of buckets) {
      expect(scale?.last).toBe(step <= 1001 ? 65_536 : 32_768);
      expect(skipped?.last).toBe(step <= 1001 ? 0 : 1);
    }
    expect(buckets.at(-1)?.values[0]).toMatchObject({ min: 32_768, max: 32_768 });
  });
});

describe("RunningMean", () => {
  it("equals a constant from the first value on", () => {
    const mean = new RunningMean(0.9);
    expect(mean.value).toBeNaN();
    for (let i = 0; i < 5; i++) {
      mean.add(3);
      expect(mean.value).toBeCloseTo(3, 12);
    }
  });

  it("follows a change and is not moved by NaN", () => {
    const mean = new RunningMean(0.9);
    for (let i = 0; i < 200; i++) mean.add(1);
    for (let i = 0; i < 200; i++) mean.add(5);
    mean.add(Number.NaN);
    expect(mean.value).toBeCloseTo(5, 2);
  });
});
