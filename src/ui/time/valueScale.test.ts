import { expect, test } from "vitest";
import { fixedRange, followedRange, formatPower, placeOf, positiveExtent, rangeTicks } from "./valueScale";

const log = (low: number, high: number) => ({ kind: "log", low, high }) as const;

test("a range follows the values in whole decades, two at least", () => {
  expect(followedRange(undefined, [2e-5, 0.3])).toEqual(log(1e-5, 1));
  expect(followedRange(undefined, [0.02, 0.03])).toEqual(log(1e-3, 0.1));
  expect(followedRange(undefined, [0.01, 1])).toEqual(log(0.01, 1));
  expect(followedRange(undefined, undefined)).toEqual(log(1e-6, 1));
});

test("a range stays as it is while it holds the values and wastes a decade at most", () => {
  const before = log(1e-5, 1);
  expect(followedRange(before, [2e-5, 0.3])).toBe(before);
  expect(followedRange(before, [2e-4, 0.3])).toBe(before);
  expect(followedRange(before, [2e-3, 0.3])).toEqual(log(1e-3, 1));
  expect(followedRange(before, [2e-5, 3])).toEqual(log(1e-5, 10));
  expect(followedRange(before, [2e-6, 0.3])).toEqual(log(1e-6, 1));
  expect(followedRange(before, undefined)).toBe(before);
});

test("the extent leaves out what a log scale cannot show", () => {
  expect(positiveExtent([0, Number.NaN, 3, Number.POSITIVE_INFINITY, 0.5, -1, 1e-40])).toEqual([0.5, 3]);
  expect(positiveExtent([0, Number.NaN])).toBeUndefined();
});

test("shares, mean and spread have a range that is always the same", () => {
  expect(fixedRange("unit")).toEqual({ kind: "linear", low: 0, high: 1 });
  expect(fixedRange("signed")).toEqual({ kind: "linear", low: -1, high: 1 });
  expect(fixedRange("log")).toBeUndefined();
});

test("places", () => {
  expect(placeOf(0.001, log(1e-4, 1))).toBeCloseTo(0.25, 12);
  expect([placeOf(1e-9, log(1e-4, 1)), placeOf(1e9, log(1e-4, 1))]).toEqual([0, 1]);
  expect(placeOf(0.5, { kind: "linear", low: -1, high: 1 })).toBe(0.75);
});

test("ticks are powers of ten, no more than fit, the largest among them", () => {
  const powers = (low: number, high: number, count: number) =>
    rangeTicks(log(low, high), count).map((tick) => Math.round(Math.log10(tick)));
  expect(powers(1e-4, 1, 6)).toEqual([-4, -3, -2, -1, 0]);
  expect(powers(1e-14, 1, 6)).toEqual([-12, -9, -6, -3, 0]);
  expect(powers(3e-5, 2, 8)).toEqual([-4, -3, -2, -1, 0]);
  expect(rangeTicks({ kind: "linear", low: 0, high: 1 }, 6)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(rangeTicks({ kind: "linear", low: -1, high: 1 }, 3)).toEqual([-1, 0, 1]);
});

test("powers are written as people write them", () => {
  expect([1e-7, 1e-3, 0.01, 1, 100, 1e12, 2.5e-7, 0, Number.NaN].map(formatPower)).toEqual([
    "10⁻⁷",
    "10⁻³",
    "0.01",
    "1",
    "100",
    "10¹²",
    "2.5 × 10⁻⁷",
    "0",
    "NaN",
  ]);
});
