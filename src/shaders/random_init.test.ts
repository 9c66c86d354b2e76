import { describe, expect, it } from "vitest";
import { initNormal, initUniform } from "./random_init";
import { threefry2x32 } from "./threefry";

const count = 20_000;

function moments(values: Float64Array) {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const central = (power: number) => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / values.length;
  return { mean, variance: central(2), kurtosis: central(4) / central(2) ** 2 };
}

describe("init_uniform", () => {
  const draw = (stream: number, low: number, high: number, length = count) => {
    const out = new Float64Array(length);
    initUniform.twin({ out }, { count: length, seed: 1, stream, low, high });
    return out;
  };

  it("fills its range evenly", () => {
    const out = draw(0, -0.25, 0.75);
    const { mean, variance, kurtosis } = moments(out);
    expect(Math.min(...out)).toBeGreaterThanOrEqual(-0.25);
    expect(Math.max(...out)).toBeLessThan(0.75);
    expect(Math.abs(mean - 0.25)).toBeLessThan(4 * Math.sqrt(1 / 12 / count));
    expect(variance).toBeCloseTo(1 / 12, 2);
    expect(kurtosis).toBeCloseTo(1.8, 1);
  });

  it("is made of the top 24 bits of threefry's first word", () => {
    const out = draw(5, 0, 2 ** 24, 10);
    expect(Array.from(out)).toEqual(Array.from({ length: 10 }, (_, i) => threefry2x32(1, 5, i, 0)[0] >>> 8));
  });

  it("gives a longer tensor the same first elements, and another stream others", () => {
    expect(draw(0, -1, 1, 10)).toEqual(draw(0, -1, 1).slice(0, 10));
    expect(draw(1, -1, 1, 10)).not.toEqual(draw(0, -1, 1, 10));
  });
});

describe("init_normal", () => {
  it("has the moments of a normal distribution", () => {
    const out = new Float64Array(count);
    initNormal.twin({ out }, { count, seed: 1, stream: 0, mean: 2, deviation: 0.5 });
    const { mean, variance, kurtosis } = moments(out);
    expect(Math.abs(mean - 2)).toBeLessThan((4 * 0.5) / Math.sqrt(count));
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 2);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(4 * Math.sqrt(24 / count));
  });
});
