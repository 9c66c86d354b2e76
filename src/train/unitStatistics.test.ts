import { describe, expect, test } from "vitest";
import { UnitStatistics } from "./unitStatistics";

/** Numbers from 0 to 1 that look random, the same every time. */
function numbers(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  });
}

/** AUC by its definition: the share of pairs in which the one with the concept has the larger value, ties counting half. */
function pairwiseAuc(values: readonly number[], there: readonly boolean[]): number {
  let [wins, pairs] = [0, 0];
  for (const [i, a] of values.entries()) {
    if (there[i] !== true) continue;
    for (const [j, b] of values.entries()) {
      if (there[j] === true) continue;
      pairs++;
      wins += a > b ? 1 : a === b ? 0.5 : 0;
    }
  }
  return wins / pairs;
}

function pearson(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const product = (a: readonly number[], ma: number, b: readonly number[], mb: number): number =>
    a.reduce((sum, value, i) => sum + (value - ma) * ((b[i] ?? 0) - mb), 0);
  return product(x, mx, y, my) / Math.sqrt(product(x, mx, x, mx) * product(y, my, y, my));
}

const COUNT = 600;
const BINS = 128;
const there = numbers(COUNT, 1).map((value) => value < 0.3);
const noise = numbers(COUNT, 2).map((value) => 2 * value - 1);
const position = Array.from({ length: COUNT }, (_, i) => i % 37);
/** A detector, its opposite with noise, noise alone, one that never changes, one that counts. */
const bounded = [
  there.map((is) => (is ? 0.9 : -0.9)),
  there.map((is, i) => (is ? -0.3 : 0.3) + 0.5 * (noise[i] ?? 0)),
  noise,
  there.map(() => 0.5),
  position.map((place) => Math.tanh(place / 20 - 1)),
];
/** Cells are not bounded. */
const cells = [position.map((place) => place / 4), there.map((is, i) => (is ? 2 : -1) + 3 * (noise[i] ?? 0))];

function gather(): UnitStatistics {
  const statistics = new UnitStatistics(bounded.length + cells.length, BINS, 1, 1);
  for (let i = 0; i < COUNT; i++) {
    const [bits, place] = [there[i] === true ? 1 : 0, [position[i] ?? 0]];
    statistics.label(bits, place);
    const at = (units: readonly (readonly number[])[]): number[] => [99, ...units.map((values) => values[i] ?? 0)];
    statistics.add(at(bounded), 1, bounded.length, 0, true, bits, place);
    statistics.add(at(cells), 1, cells.length, bounded.length, false, bits, place);
  }
  return statistics;
}

describe("statistics of constructed activations", () => {
  const statistics = gather();
  const units = [...bounded, ...cells];

  test("correlations are those of all the numbers", () => {
    const asNumbers = there.map((is) => (is ? 1 : 0));
    for (const [unit, values] of units.entries()) {
      const isConstant = unit === 3;
      expect(statistics.correlation(unit, 0)).toBeCloseTo(isConstant ? 0 : pearson(values, position), 9);
      expect(statistics.score(unit, 0).r).toBeCloseTo(isConstant ? 0 : pearson(values, asNumbers), 9);
    }
    expect(statistics.score(0, 0).r).toBeCloseTo(1, 9);
    expect(statistics.correlation(5, 0)).toBeCloseTo(1, 9);
  });

  test("AUCs are those of all pairs, to what the bins hide", () => {
    for (const [unit, values] of units.entries()) {
      expect(Math.abs(statistics.score(unit, 0).auc - pairwiseAuc(values, there)), `unit ${unit}`).toBeLessThan(0.01);
    }
    expect(statistics.score(0, 0).auc).toBe(1);
    expect(statistics.score(3, 0).auc).toBe(0.5);
    expect(Math.abs(statistics.score(2, 0).auc - 0.5)).toBeLessThan(0.06);
  });

  test("the best threshold separates what can be separated, and says so of both signs", () => {
    const edge = statistics.bestEdge(0, 0, false);
    expect(statistics.balancedAccuracy(0, 0, edge, false)).toBe(1);
    expect(statistics.balancedAccuracy(0, 0, edge, true)).toBe(0);
    expect(Math.abs(statistics.edgeValue(edge, true))).toBeLessThanOrEqual(0.9);
    const falling = statistics.bestEdge(1, 0, true);
    const threshold = statistics.edgeValue(falling, true);
    const right = (is: boolean): number => {
      const rows = (bounded[1] ?? []).filter((_, i) => there[i] === is);
      return rows.filter((value) => value < threshold === is).length / rows.length;
    };
    expect(statistics.balancedAccuracy(1, 0, falling, true)).toBeCloseTo((right(true) + right(false)) / 2, 9);
  });

  test("an edge of an unbounded value is that value", () => {
    expect(statistics.edgeValue(BINS / 2, false)).toBe(0);
    expect(statistics.edgeValue((BINS * 3) / 4, false)).toBe(1);
    expect(statistics.edgeValue(BINS / 4, false)).toBe(-1);
  });

  test("a concept that is never or always there tells nothing", () => {
    const never = new UnitStatistics(1, BINS, 1, 0);
    for (const value of noise) {
      never.label(0, []);
      never.add([value], 0, 1, 0, true, 0, []);
    }
    expect(never.score(0, 0)).toEqual({ r: 0, auc: 0.5 });
    expect(never.balancedAccuracy(0, 0, 3, false)).toBe(0.5);
  });

  test("more characters than a histogram counts are refused", () => {
    const full = new UnitStatistics(1, BINS, 1, 0);
    for (let i = 0; i < 65_535; i++) full.label(1, []);
    expect(() => full.label(1, [])).toThrow(RangeError);
  });
});
