import { describe, expect, it } from "vitest";
import { epochOrder } from "./order";
import { RandomStream } from "./random";

describe("epochOrder", () => {
  it.each([0, 1, 2, 3, 17, 60_000])("is a permutation of %i items", (count) => {
    const sorted = epochOrder(count, 1, 0).sort();
    expect(sorted).toHaveLength(count);
    expect(sorted.every((item, i) => item === i)).toBe(true);
  });

  it("is the same for the same seed and epoch, another for another", () => {
    const order = epochOrder(1000, 5, 2);
    expect(epochOrder(1000, 5, 2)).toEqual(order);
    expect(epochOrder(1000, 5, 3)).not.toEqual(order);
    expect(epochOrder(1000, 6, 2)).not.toEqual(order);
  });

  it("keeps its order from version to version: recorded runs depend on it", () => {
    expect([...epochOrder(8, 1, 0)]).toEqual([6, 0, 2, 5, 4, 3, 7, 1]);
    expect([...epochOrder(8, 0xffff_ffff, 3)]).toEqual([6, 7, 5, 2, 1, 4, 3, 0]);
  });

  it("gives every permutation of four items about equally often", () => {
    const trials = 24_000;
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < trials; epoch++) {
      const key = epochOrder(4, 9, epoch).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const expected = trials / 24;
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 23 degrees of freedom: exceeded once in ten thousand by a fair shuffle.
    expect(chiSquare).toBeLessThan(57.1);
  });
});

describe("RandomStream", () => {
  it("stays below any bound up to 2^32, and reaches both ends of small ones", () => {
    const random = new RandomStream(1, 2, 3);
    const seen = new Set(Array.from({ length: 200 }, () => random.below(3)));
    expect([...seen].sort()).toEqual([0, 1, 2]);
    expect(random.below(1)).toBe(0);
    for (const bound of [2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32]) {
      const values = Array.from({ length: 50 }, () => random.below(bound));
      for (const value of values) expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
      expect(Math.max(...values)).toBeGreaterThan(bound / 2);
    }
  });
});
