import { describe, expect, it } from "vitest";
import { fractionOf, panned, pinched, rangeBetween, spanOf, stepAt, zoomed } from "./ranges";

const limits = [0, 1000] as const;

describe("ranges", () => {
  it("follow the run, or stay", () => {
    expect(spanOf({ kind: "all" }, 0, 1000)).toEqual([0, 1000]);
    expect(spanOf({ kind: "share", share: 0.1 }, 0, 10_000)).toEqual([9000, 10_000]);
    expect(spanOf({ kind: "share", share: 0.1 }, 0, 100)).toEqual([50, 100]);
    expect(spanOf({ kind: "steps", steps: 200 }, 0, 100)).toEqual([0, 100]);
    expect(spanOf({ kind: "zoom", from: 3, to: 9 }, 0, 10_000)).toEqual([3, 9]);
  });

  it.each([false, true])("find a step on the axis and back, logarithmic %s", (log) => {
    for (const step of [1, 10, 333, 1000]) expect(stepAt(fractionOf(step, [1, 1000], log), [1, 1000], log)).toBeCloseTo(step, 8);
    expect(fractionOf(10, [1, 1000], true)).toBeCloseTo(1 / 3, 12);
  });

  it("are dragged in either direction, and never too close", () => {
    expect(rangeBetween(700, 300, limits)).toEqual({ kind: "zoom", from: 300, to: 700 });
    expect(rangeBetween(-50, 90, limits)).toEqual({ kind: "zoom", from: 0, to: 90 });
    expect(rangeBetween(500, 501, limits)).toEqual({ kind: "zoom", from: 499, to: 503 });
    expect(rangeBetween(999, 1000, limits)).toEqual({ kind: "zoom", from: 996, to: 1000 });
  });

  it("zoom around a step that stays where it is", () => {
    expect(zoomed([0, 1000], 200, 0.5, limits, false)).toEqual({ kind: "zoom", from: 100, to: 600 });
    expect(zoomed([100, 600], 200, 2, limits, false)).toEqual({ kind: "all" });
    expect(zoomed([900, 1000], 900, 2, limits, false)).toEqual({ kind: "zoom", from: 800, to: 1000 });
    expect(zoomed([10, 1000], 100, 0.5, limits, true)).toEqual({ kind: "zoom", from: 32, to: 316 });
  });

  it("move along the run and stop at its ends", () => {
    expect(panned([200, 400], 0.5, limits, false)).toEqual({ kind: "zoom", from: 300, to: 500 });
    expect(panned([200, 400], -2, limits, false)).toEqual({ kind: "zoom", from: 0, to: 200 });
    expect(panned([900, 1000], 0.5, limits, false)).toEqual({ kind: "zoom", from: 900, to: 1000 });
  });

  it("keep two steps under two fingers", () => {
    // Fingers on 400 and 600 of 0..1000 go to both ends.
    expect(pinched([0, 1000], [0.4, 0.6], [0, 1], limits, false)).toEqual({ kind: "zoom", from: 400, to: 600 });
    const { from, to } = { from: 0, to: 0, ...pinched([0, 1000], [0.4, 0.6], [0.3, 0.7], limits, false) };
    expect(fractionOf(400, [from, to], false)).toBeCloseTo(0.3, 2);
    expect(fractionOf(600, [from, to], false)).toBeCloseTo(0.7, 2);
    expect(pinched([0, 1000], [0.1, 0.9], [0.4, 0.6], limits, false)).toEqual({ kind: "all" });
  });
});
