import { describe, expect, it } from "vitest";
import { linearAxis, logAxis, powersOfTwoAxis, stepAxis } from "./ticks";

describe("axes", () => {
  it("counts steps in round numbers up to the last step", () => {
    expect(stepAxis(9380)).toEqual({ domain: [0, 9380], ticks: [0, 2000, 4000, 6000, 8000] });
    expect(stepAxis(3)).toEqual({ domain: [0, 3], ticks: [0, 1, 2, 3] });
    expect(stepAxis(0).domain).toEqual([0, 1]);
    expect(stepAxis(5210, 5003)).toEqual({ domain: [5003, 5210], ticks: [5050, 5100, 5150, 5200] });
    expect(stepAxis(8, 7)).toEqual({ domain: [7, 8], ticks: [7, 8] });
  });

  it("starts at zero where that is near", () => {
    expect(linearAxis(0.1, 2.3)).toEqual({ domain: [0, 3], ticks: [0, 1, 2, 3] });
    expect(linearAxis(0.91, 0.98).domain[0]).toBeGreaterThan(0.8);
  });

  it("holds the range in few ticks, whatever it is", () => {
    for (const [min, max] of [
      [0.2, 0.2],
      [0, 0],
      [1e-9, 2e-9],
      [4, 1e6],
      [-3, 5],
    ] as const) {
      const { domain, ticks } = linearAxis(min, max);
      expect(domain[0]).toBeLessThanOrEqual(min);
      expect(domain[1]).toBeGreaterThanOrEqual(max);
      expect(domain[1]).toBeGreaterThan(domain[0]);
      expect(ticks.length).toBeLessThan(9);
    }
  });

  it("spaces a log axis by decades, or 1-2-5 within one", () => {
    expect(logAxis(0.013, 800)).toEqual({ domain: [0.01, 1000], ticks: [0.01, 0.1, 1, 10, 100, 1000] });
    expect(logAxis(1.2, 4)).toEqual({ domain: [1, 5], ticks: [1, 2, 5] });
    const wide = logAxis(1e-12, 1e12);
    expect(wide.ticks.length).toBeLessThan(9);
    expect(wide.domain[1]).toBeGreaterThanOrEqual(1e12);
  });

  it("spaces an axis of loss scales by powers of two, the lone scale in the middle", () => {
    expect(powersOfTwoAxis(65_536, 65_536)).toEqual({ domain: [2 ** 15, 2 ** 17], ticks: [2 ** 15, 2 ** 16, 2 ** 17] });
    expect(powersOfTwoAxis(1, 2 ** 16).ticks).toEqual([0, 4, 8, 12, 16].map((power) => 2 ** power));
    const { domain, ticks } = powersOfTwoAxis(2 ** -3, 2 ** 16);
    expect(domain).toEqual([2 ** -3.5, 2 ** 16.5]);
    expect(ticks.length).toBeLessThan(6);
  });

  it("survives empty and broken ranges", () => {
    expect(powersOfTwoAxis(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY).ticks).toHaveLength(2);
    expect(linearAxis(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY).ticks).toHaveLength(3);
    expect(logAxis(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY).ticks).toHaveLength(2);
    expect(logAxis(2, 2).domain[1]).toBeGreaterThan(2 * 0.999);
  });
});
