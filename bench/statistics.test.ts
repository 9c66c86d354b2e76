import { describe, expect, it } from "vitest";
import { blocksFor, spreadOf } from "./statistics";

describe("spreadOf", () => {
  it("takes the middle of an odd and of an even number of samples", () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 });
  });

  it("refuses no samples", () => expect(() => spreadOf([])).toThrow(RangeError));

  it("sorts by number, not by text", () => expect(spreadOf([10, 9, 100]).median).toBe(10));
});

describe("blocksFor", () => {
  it("gathers short steps into blocks of about a quarter of a second", () => {
    expect(blocksFor(1, 6_000, null)).toEqual({ blocks: 15, steps: 250 });
    expect(blocksFor(50, 2_000, null)).toEqual({ blocks: 8, steps: 5 });
  });

  it("measures a long step three times, whatever the budget", () => {
    expect(blocksFor(20_000, 6_000, null)).toEqual({ blocks: 3, steps: 1 });
  });

  it("measures about as many steps as asked for", () => {
    expect(blocksFor(100, 6_000, 10)).toEqual({ blocks: 4, steps: 3 });
    expect(blocksFor(1, 6_000, 9)).toEqual({ blocks: 3, steps: 3 });
    expect(blocksFor(1, 6_000, 1)).toEqual({ blocks: 1, steps: 1 });
    expect(blocksFor(1_000, 6_000, 100)).toEqual({ blocks: 15, steps: 7 });
  });
});
