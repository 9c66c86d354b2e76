import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHalfBits, halfBits, roundToHalf } from "./half";

describe("f16 on the host", () => {
  it("goes from bits to numbers and back, all 65,536 of them", () => {
    for (let bits = 0; bits < 65_536; bits++) {
      const value = fromHalfBits(bits);
      if (Number.isNaN(value)) expect(halfBits(value)).toBe(0x7e00);
      else if (halfBits(value) !== bits) throw new Error(`${bits} is ${value}, which is ${halfBits(value)}`);
    }
  });

  it("rounds to the nearest, of two equally near ones to the even", () => {
    const finite = Array.from({ length: 0x7c00 }, (_, bits) => fromHalfBits(bits));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: finite.length - 2 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (i, t, isNegative) => {
          const [low = 0, high = 0] = finite.slice(i, i + 2);
          const x = Math.fround(low + t * (high - low));
          const [toLow, toHigh] = [x - low, high - x];
          const expected = toLow < toHigh ? low : toHigh < toLow ? high : i % 2 === 0 ? low : high;
          expect(roundToHalf(isNegative ? -x : x)).toBe(isNegative ? -expected : expected);
        },
      ),
    );
  });

  it.each([
    [65_519.996, 65_504],
    [65_520, Number.POSITIVE_INFINITY],
    [-1e30, Number.NEGATIVE_INFINITY],
    [2 ** -25, 0],
    [2 ** -25 * 1.001, 2 ** -24],
    [-0, -0],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [Number.NaN, Number.NaN],
  ])("rounds %d to %d", (x, expected) => expect(roundToHalf(x)).toBe(expected));
});
