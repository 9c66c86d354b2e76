import { describe, expect, test } from "vitest";
import type { RacePoint, RaceRow } from "./raceChartData";
import { nearestRow, rangePath, ringsPath, scalesOf, smoothPath } from "./racePlot";

const point = (smooth: number | null, validation: number | null = null): RacePoint => ({
  smooth,
  range: smooth === null ? null : [smooth - 1, smooth + 1],
  validation,
});
const rows: readonly RaceRow[] = [0, 5, 10].map((x, i) => ({ x, points: [point(i === 0 ? null : x), point(null, x === 10 ? 4 : null)] }));
const axes = { x: { domain: [0, 10], ticks: [] }, y: { domain: [0, 10], ticks: [] } } as const;

describe("the picture of a race", () => {
  const scales = scalesOf(axes, false, 154, 126);

  test("puts the ends of the axes at the edges", () => {
    expect([scales.x(0), scales.x(10), scales.y(0), scales.y(10)]).toEqual([42, 142, 106, 6]);
    const log = scalesOf({ ...axes, y: { domain: [1, 100], ticks: [] } }, true, 154, 126);
    expect([log.y(1), log.y(10), log.y(100)]).toEqual([106, 56, 6]);
  });

  test("draws what is there and leaves out what is not", () => {
    expect(smoothPath(rows, 0, scales)).toBe("M92 56L142 6");
    expect(rangePath(rows, 0, scales)).toBe("M92 46L142 -4L142 16L92 66z");
    expect(smoothPath(rows, 1, scales)).toBe("");
    expect(rangePath(rows, 1, scales)).toBe("");
    expect(ringsPath(rows, 1, scales)).toBe("M139 66a3 3 0 1 0 6 0a3 3 0 1 0 -6 0");
    expect(ringsPath(rows, 0, scales)).toBe("");
    expect(smoothPath(rows, 7, scales)).toBe("");
  });

  test("finds the nearest place, also beyond the ends", () => {
    expect([-3, 2.4, 2.6, 99].map((value) => nearestRow(rows, value))).toEqual([0, 0, 1, 2]);
    expect(nearestRow([], 1)).toBe(-1);
    expect(nearestRow(rows.slice(0, 1), 1)).toBe(0);
  });
});
