import { expect, test } from "vitest";
import { madeFrame } from "../../testing/probeFrames";
import type { KeptFrame } from "../probeHistory";
import { curveOf, curvePath, earlierHorizons } from "./horizonCurves";

const horizons = new Map<number, { readonly step: number }>();
const measuredAt = (step: number) => horizons.get(step) ?? horizons.set(step, { step }).get(step);
const kept = (step: number, horizonStep: number | undefined): KeptFrame => ({
  frame: madeFrame({ step, horizon: (_, t) => t + 1 }),
  step,
  horizon: horizonStep === undefined ? undefined : measuredAt(horizonStep),
});

test("earlier horizons are told once each, oldest first, without the present one, and at most eight", () => {
  const few = [kept(1, 1), kept(10, 1), kept(50, 50), kept(60, 50), kept(100, 100), kept(110, 100)];
  expect(earlierHorizons(few, 5).map(({ horizon }) => horizon?.step)).toEqual([1, 50]);
  expect(earlierHorizons(few, 3).map(({ horizon }) => horizon?.step)).toEqual([1]);
  expect(earlierHorizons(few, -1)).toEqual([]);
  const many = Array.from({ length: 100 }, (_, i) => kept(i, i));
  const found = earlierHorizons(many, 99).map(({ step }) => step);
  expect(found).toHaveLength(8);
  expect([found[0], found.at(-1)]).toEqual([0, 98]);
  expect(earlierHorizons([kept(1, undefined), kept(2, 2), kept(3, 3)], 2).map(({ step }) => step)).toEqual([2]);
});

test("a path breaks where a norm cannot be drawn, and has no more points than can be seen", () => {
  const at = (value: number): number => value;
  expect(curvePath([4, 2, 0, 1, Number.NaN, 3, 2], at, at)).toBe("M0.0 4.0h0L1.0 2.0M3.0 1.0h0M5.0 3.0h0L6.0 2.0");
  const long = curvePath(new Float64Array(1024).fill(1), at, at);
  expect(long.match(/[ML]/g)?.length).toBeLessThanOrEqual(321);
  expect(long).toMatch(/L1023\.0 1\.0$/);
});

test("a curve is counted once for all frames that hold it", () => {
  const [first, second] = [kept(50, 50), kept(60, 50)];
  expect(curveOf(first, 0, "dHidden")?.norms[0]).toBe(10);
  expect(curveOf(second, 0, "dHidden")).toBe(curveOf(first, 0, "dHidden"));
  expect(curveOf(first, 1, "dHidden")).not.toBe(curveOf(first, 0, "dHidden"));
  expect(curveOf(kept(60, undefined), 0, "dHidden")).toBeUndefined();
});
