import { describe, expect, test } from "vitest";
import { RandomStream } from "../data/random";
import { EstimateStatistics, type SimilaritySums } from "./truncationStatistics";

type Vector = readonly number[];
const dot = (a: Vector, b: Vector): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const minus = (a: Vector, b: Vector): Vector => a.map((x, i) => x - b[i]!);
const plus = (a: Vector, b: Vector): Vector => a.map((x, i) => x + b[i]!);
const sums = (a: Vector, b: Vector): SimilaritySums => ({
  product: dot(a, b),
  squareA: dot(a, a),
  squareB: dot(b, b),
  squareDifference: dot(minus(a, b), minus(a, b)),
});

/** Batches of a full gradient and the draws of it, as compareTruncation adds them up. */
function figures(batches: readonly { readonly full: Vector; readonly draws: readonly Vector[] }[]) {
  const statistics = new EstimateStatistics();
  let [fullSum, offSum] = [batches[0]!.full.map(() => 0) as Vector, batches[0]!.full.map(() => 0) as Vector];
  for (const { full, draws } of batches) {
    const average = draws.reduce(plus).map((x) => x / draws.length);
    statistics.add(
      draws.map((draw) => sums(full, draw)),
      sums(full, average),
    );
    fullSum = plus(fullSum, full);
    offSum = plus(offSum, minus(average, full));
  }
  return statistics.figures(sums(fullSum, offSum));
}

describe("the figures of an estimate", () => {
  test("of one number each", () => {
    const { cosine, normRatio, along, bias } = figures([{ full: [3, 4], draws: [[3, 0]] }]);
    expect(cosine).toEqual({ mean: 0.6, deviation: 0, low: 0.6, high: 0.6 });
    expect(normRatio).toEqual({ mean: 0.6, deviation: 0, low: 0.6, high: 0.6 });
    expect(along).toEqual({ mean: 9 / 25, standardError: 0 });
    expect(bias).toEqual({ relative: 0.8, chance: 0, corrected: 0.8, isBeyondChance: true });
  });

  test("over batches, with the spread of samples", () => {
    const { cosine, normRatio } = figures([
      { full: [1, 0], draws: [[1, 0]] },
      { full: [0, 2], draws: [[1, 0]] },
    ]);
    expect(cosine).toMatchObject({ mean: 0.5, deviation: Math.SQRT1_2 });
    expect([cosine.low, cosine.high].map((x) => x.toFixed(9))).toEqual(["0.100000000", "0.900000000"]);
    expect(normRatio.mean).toBe(0.75);
    expect(normRatio.deviation).toBeCloseTo(0.25 * Math.SQRT2, 12);
  });

  test("opposite errors of two draws are chance and no bias", () => {
    const { along, bias } = figures([
      {
        full: [1, 1],
        draws: [
          [2, 1],
          [0, 1],
        ],
      },
    ]);
    expect(along.mean).toBe(1);
    // The draws' products are 3 and 1, of a squared norm of 2: 1.5 and 0.5, whose mean has the standard error 0.5.
    expect(along.standardError).toBeCloseTo(0.5, 12);
    // Each error has the squared norm 1, their mean's is expected to be 1 where two draws are independent.
    expect(bias).toEqual({ relative: 0, chance: Math.sqrt(1 / 2), corrected: 0, isBeyondChance: false });
  });

  test("biases that cancel over batches are none", () => {
    const { cosine, bias } = figures([
      { full: [1, 0], draws: [[1, 1]] },
      { full: [1, 0], draws: [[1, -1]] },
    ]);
    expect(cosine.mean).toBeCloseTo(Math.SQRT1_2, 12);
    expect(bias?.relative).toBe(0);
  });

  test("what chance adds to the squared bias is estimated without bias", () => {
    // In each of 40 directions the bias 0.5 and errors of ±1, four draws: 0.5^2 of the squared norm is bias, 1 / 4 of it chance.
    const random = new RandomStream(1, 0, 0);
    const full = Array.from({ length: 40 }, () => 1);
    const trials = 400;
    let [raw, chance] = [0, 0];
    for (let i = 0; i < trials; i++) {
      const draws = Array.from({ length: 4 }, () => full.map((x) => x + 0.5 + 2 * random.below(2) - 1));
      const { bias } = figures([{ full, draws }]);
      raw += bias!.relative ** 2 / trials;
      chance += bias!.chance ** 2 / trials;
      expect(bias!.corrected).toBeCloseTo(Math.sqrt(Math.max(0, bias!.relative ** 2 - bias!.chance ** 2)), 12);
    }
    expect(raw).toBeCloseTo(0.5, 1);
    expect(chance).toBeCloseTo(0.25, 2);
    expect(raw - chance).toBeCloseTo(0.25, 1);
  });
});
