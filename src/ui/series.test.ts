import { describe, expect, it } from "vitest";
import { METRIC_COLUMNS } from "../worker/protocol";
import { MAX_POINTS, RunHistory, RunningMean } from "./series";

const rowsOf = (values: readonly number[], firstStep = 1): Float32Array =>
  Float32Array.from(values.flatMap((value, i) => [firstStep + i, value, value / 10, value * 2, value, i % 2]));

describe("RunHistory", () => {
  it("keeps one bucket a step while they fit", () => {
    const history = new RunHistory();
    history.append(rowsOf([3, 2, 1]));
    expect(history.buckets().map((bucket) => [bucket.step, bucket.values.loss?.min, bucket.values.loss?.max])).toEqual([
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
    expect(history.rows).toHaveLength(3000 * METRIC_COLUMNS);
    expect(history.last("loss")).toBe(2999);
    expect(history.last("step")).toBe(3000);
  });

  it("never exceeds the number of points and never loses an extreme", () => {
    const history = new RunHistory();
    const values = Array.from({ length: 20_011 }, (_, i) => 2 + Math.sin(i));
    values[7_777] = 100;
    values[13] = -50;
    for (let i = 0; i < values.length; i += 97) history.append(rowsOf(values.slice(i, i + 97), i + 1));
    const buckets = history.buckets();
    expect(buckets.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(buckets.length).toBeGreaterThan(MAX_POINTS / 4);
    expect(Math.max(...buckets.map((bucket) => bucket.values.loss?.max ?? Number.NaN))).toBe(100);
    expect(Math.min(...buckets.map((bucket) => bucket.values.loss?.min ?? Number.NaN))).toBe(-50);
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
    expect(single.buckets().map((bucket) => bucket.values.gradNorm)).toEqual(atOnce.buckets().map((bucket) => bucket.values.gradNorm));
  });

  it("leaves a gap where nothing is finite, and goes on after it", () => {
    const history = new RunHistory();
    history.append(rowsOf([1, Number.NaN, Number.POSITIVE_INFINITY, 2]));
    const values = history.buckets().map((bucket) => bucket.values.loss);
    expect(values[0]).toBeDefined();
    expect(values[1]).toBeUndefined();
    expect(values[2]).toBeUndefined();
    expect(values[3]?.max).toBe(2);
    expect(Number.isFinite(values[3]?.smooth)).toBe(true);
  });

  it("reports the share of clipped steps", () => {
    const history = new RunHistory();
    expect(history.clippedShare).toBeNaN();
    history.append(rowsOf(Array.from({ length: 400 }, () => 1)));
    expect(history.clippedShare).toBeCloseTo(0.5, 1);
  });
});

describe("RunningMean", () => {
  it("equals a constant from the first value on", () => {
    const mean = new RunningMean();
    expect(mean.value).toBeNaN();
    for (let i = 0; i < 5; i++) {
      mean.add(3);
      expect(mean.value).toBeCloseTo(3, 12);
    }
  });

  it("follows a change and is not moved by NaN", () => {
    const mean = new RunningMean();
    for (let i = 0; i < 200; i++) mean.add(1);
    for (let i = 0; i < 200; i++) mean.add(5);
    mean.add(Number.NaN);
    expect(mean.value).toBeCloseTo(5, 2);
  });
});
