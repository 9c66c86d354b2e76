import { expect, it, test } from "vitest";
import { compareNumbers } from "./compare";
import { defaultToleranceOf } from "./tolerances";

const tolerance = { abs: 0.1, rel: 0.01 };

test.each([
  ["equal", [1, -2, 0], [1, -2, 0], { passed: true, absolute: 0, relative: 0 }],
  ["at the tolerance", [0.1], [0], { passed: true, absolute: 0.1, relative: 0, at: 0 }],
  ["beyond the absolute tolerance", [0, 0.11], [0, 0], { passed: false, at: 1, actual: 0.11, expected: 0 }],
  ["within the relative tolerance", [100.9], [100], { passed: true, at: 0 }],
  ["beyond the relative tolerance", [100, 101.2], [100, 100], { passed: false, at: 1, actual: 101.2 }],
  ["the sign of a zero", [-0], [0], { passed: true, absolute: 0 }],
  [
    "not a number",
    [1, Number.NaN, 9],
    [1, 2, 3],
    { passed: false, at: 1, absolute: Number.POSITIVE_INFINITY, relative: Number.POSITIVE_INFINITY },
  ],
  ["infinity for a number", [Number.POSITIVE_INFINITY], [1], { passed: false, absolute: Number.POSITIVE_INFINITY }],
  ["a number for infinity", [0, 1], [0, Number.NEGATIVE_INFINITY], { passed: false, at: 1, absolute: Number.POSITIVE_INFINITY }],
  ["infinity for infinity", [Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY], { passed: true, absolute: 0, relative: 0 }],
])("%s", (_, actual, expected, result) => expect(compareNumbers(actual, expected, tolerance)).toMatchObject(result));

it("names the number that is furthest off by the tolerance, not the largest error", () => {
  expect(compareNumbers([1004, 0.5], [1000, 0.2], tolerance)).toMatchObject({ passed: false, at: 1, absolute: 4, relative: 0.3 / 0.2 });
});

it("takes no tolerance at all", () => {
  expect(compareNumbers([1, 2, 3], [1, 2, 3], { abs: 0, rel: 0 })).toMatchObject({ passed: true, absolute: 0, relative: 0 });
  expect(compareNumbers([1, 2, 4], [1, 2, 3], { abs: 0, rel: 0 })).toMatchObject({ passed: false, at: 2 });
});

it("compares nothing with nothing never", () => {
  expect(() => compareNumbers([], [], tolerance)).toThrow(RangeError);
  expect(() => compareNumbers([1], [1, 2], tolerance)).toThrow(RangeError);
});

test("f32 tolerances are no looser than promised", () => {
  const of = (name: string, precision: "f32" | "f16" = "f32") =>
    defaultToleranceOf({ name, shape: [2], values: Float32Array.of(0.01, -0.03) }, precision);
  for (const name of ["logits", "grad.fc.bias"]) expect(of(name)).toEqual({ abs: 2e-5, rel: 2e-4 });
  expect(of("param.fc.bias").rel).toBeLessThanOrEqual(1e-3);
  // Gradients of f16 are measured by the largest of their tensor, which is far below 1.
  expect(of("grad.fc.bias", "f16").abs).toBeCloseTo(4.8e-3 * 0.03, 9);
});
