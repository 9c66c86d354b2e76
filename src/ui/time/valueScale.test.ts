import { expect, test } from "vitest";
import { followedRange, formatPower, placeOf, positiveExtent, rangeOf, rangeTicks } from "./valueScale";

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

test("shares have a range that is always the same, signed values a round one on both sides", () => {
  expect(rangeOf("unit", undefined, [0.2])).toEqual({ kind: "linear", low: 0, high: 1 });
  const signed = rangeOf("signed", undefined, [0.02, -0.13, Number.NaN]);
  expect(signed).toEqual({ kind: "linear", low: -0.2, high: 0.2 });
  expect(rangeOf("signed", signed, [0.09])).toBe(signed);
  expect(rangeOf("signed", signed, [0.03])).toMatchObject({ high: 0.05 });
  expect(rangeOf("signed", signed, [-0.7])).toMatchObject({ low: -1, high: 1 });
  expect(rangeOf("log", undefined, [0.3, 2e-5])).toEqual(log(1e-5, 1));
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
