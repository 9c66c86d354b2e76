import { describe, expect, test } from "vitest";
import { metricRows } from "../testing/metricRows";
import { growthOf } from "./growth";
import { metricsRow, rowCount } from "./metrics";

/** Rows from step 101 on. */
const rowsOf = (norms: readonly number[], losses: readonly number[] = norms.map(() => 2)) => {
  const rows = metricRows(
    norms.map((gradNorm, i) => ({ gradNorm, loss: losses[i] ?? 2 })),
    101,
  );
  return Array.from({ length: rowCount(rows) }, (_, i) => metricsRow(rows, i));
};

/** Between 0.8 and 1.2. */
const noise = (i: number): number => 1 + 0.2 * Math.sin(12.9 * i * i + 1);

describe("the growth before an explosion", () => {
  test("begins where a noisy level turns into a rise", () => {
    const norms = Array.from({ length: 50 }, (_, i) => noise(i) * 3 * 4 ** Math.max(0, i - 39));
    const { norm, healthyNorm, loss } = growthOf(rowsOf([...norms, Number.POSITIVE_INFINITY]));
    expect(norm?.since).toBeGreaterThanOrEqual(140);
    expect(norm?.since).toBeLessThanOrEqual(142);
    expect(norm?.until).toBe(150);
    expect(norm?.orBefore).toBe(false);
    expect(norm?.perStep).toBeGreaterThan(3.5);
    expect(norm?.perStep).toBeLessThan(4.5);
    expect(healthyNorm).toBeGreaterThan(2.4);
    expect(healthyNorm).toBeLessThan(3.6);
    expect(loss).toBeNull();
  });

  test("may last for all of the steps that are known", () => {
    const { norm, loss } = growthOf(
      rowsOf(
        Array(20).fill(1),
        Array.from({ length: 20 }, (_, i) => 2 ** i),
      ),
    );
    expect(norm).toBeNull();
    expect(loss).toEqual({ since: 102, orBefore: true, until: 120, perStep: expect.closeTo(2, 6) });
  });

  test("is none where the level only wavers, falls, or ends at once", () => {
    const level = Array.from({ length: 50 }, (_, i) => noise(i));
    expect(growthOf(rowsOf(level)).norm).toBeNull();
    expect(growthOf(rowsOf(level.map((value, i) => value * 0.8 ** i))).norm).toBeNull();
    expect(growthOf(rowsOf([...level, Number.NaN])).norm).toBeNull();
    expect(growthOf(rowsOf([1, 100, Number.NaN])).norm).toBeNull();
  });

  test("of norms that are none gives no healthy one", () => {
    expect(growthOf(rowsOf([Number.NaN, Number.POSITIVE_INFINITY])).healthyNorm).toBeNull();
    expect(growthOf([])).toEqual({ norm: null, loss: null, healthyNorm: null });
  });
});
