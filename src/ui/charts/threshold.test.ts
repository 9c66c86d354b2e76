import { expect, it } from "vitest";
import { plotArea, valueAt, yOf } from "./plotSpec";
import { afterKey, nudged, roundThreshold } from "./Threshold";
import { logAxis } from "./ticks";

const axis = logAxis(0.1, 10);

it("every key moves the threshold, in the range of the settings", () => {
  for (const value of [1e-6, 0.00123, 0.9, 1, 1.05, 3, 99, 1e6]) {
    const [up, down] = [afterKey("ArrowUp", value, axis)!, afterKey("ArrowDown", value, axis)!];
    if (value < 1e6) expect(up).toBeGreaterThan(value);
    if (value > 1e-6) expect(down).toBeLessThan(value);
    expect(up).toBeLessThanOrEqual(1e6);
    expect(down).toBeGreaterThanOrEqual(1e-6);
  }
  expect(afterKey("PageUp", 1, axis)).toBe(2);
  expect(afterKey("PageDown", 1, axis)).toBe(0.5);
  expect(afterKey("Home", 1, axis)).toBe(0.1);
  expect(afterKey("End", 1, axis)).toBe(10);
  expect(afterKey("Tab", 1, axis)).toBeUndefined();
});

it("is rounded as a person would write it", () => {
  expect(roundThreshold(0.123456)).toBe(0.123);
  expect(roundThreshold(1e9)).toBe(1e6);
  expect(nudged(1, 1.1)).toBe(1.1);
  expect(nudged(1, 1.001)).toBe(1);
});

it("finds the value at a pixel and the pixel of a value", () => {
  const area = plotArea({ clipped: "Clipped" }, 400, 116);
  for (const log of [true, false]) {
    for (const value of [0.1, 0.5, 3, 10]) expect(valueAt(yOf(value, axis, log, area), axis, log, area)).toBeCloseTo(value, 10);
  }
  expect(valueAt(-50, axis, true, area)).toBeCloseTo(10, 10);
  expect(yOf(10, axis, true, area)).toBe(area.top);
});
