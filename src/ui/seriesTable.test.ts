import { describe, expect, it } from "vitest";
import { RunningMean } from "./envelope";
import { MAX_POINTS, type SeriesBucket, SeriesTable } from "./seriesTable";

/** Rows [step, value]. */
function rowsOf(values: ArrayLike<number>, firstStep = 1): Float32Array {
  const rows = new Float32Array(values.length * 2);
  for (let i = 0; i < values.length; i++) rows.set([firstStep + i, values[i]!], 2 * i);
  return rows;
}

const noisy = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => 2 + Math.sin(i * 0.7) + 3 * Math.exp(-i / 500));

function tableOf(values: ArrayLike<number>, maxRows = 2 ** 20, piece = 997): SeriesTable {
  const table = new SeriesTable(2, maxRows);
  const rows = rowsOf(values);
  for (let i = 0; i < rows.length; i += 2 * piece) table.append(rows.subarray(i, i + 2 * piece));
  return table;
}

const smooths = (buckets: readonly SeriesBucket[]): number[] => buckets.map(({ values: [value] }) => value?.smooth ?? Number.NaN);

describe("a table of 100,000 steps", () => {
  const values = noisy(100_000);
  values[13] = 400;
  values[77_777] = -30;
  const table = tableOf(values);

  it("is drawn with a few hundred points that hold every step once, and every extreme", () => {
    const buckets = table.buckets([1]);
    expect(buckets.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(buckets.reduce((sum, { rows }) => sum + rows, 0)).toBe(100_000);
    expect(Math.max(...buckets.map(({ values: [value] }) => value!.max))).toBe(400);
    expect(buckets.find(({ values: [value] }) => value?.min === -30)).toMatchObject({
      firstStep: expect.toSatisfy((first: number) => first <= 77_778),
      step: expect.toSatisfy((last: number) => last >= 77_778),
    });
    for (let i = 1; i < buckets.length; i++) expect(buckets[i]!.firstStep).toBe(buckets[i - 1]!.step + 1);
  });

  it("shows single steps where it is looked at closely, with one neighbour on each side", () => {
    const buckets = table.buckets([1], { from: 77_700, to: 77_800 });
    expect(buckets.map(({ step }) => step)).toEqual(Array.from({ length: 103 }, (_, i) => 77_699 + i));
    for (const {
      step,
      firstStep,
      values: [value],
    } of buckets) {
      expect(firstStep).toBe(step);
      expect(value?.min).toBe(Math.fround(values[step - 1]!));
    }
  });

  it("smooths a part as it smooths the whole run", () => {
    for (const smoothing of [0, 0.5, 0.99]) {
      const mean = new RunningMean(smoothing);
      const expected = values.map((value) => {
        mean.add(Math.fround(value));
        return mean.value;
      });
      const part = table.buckets([1], { from: 60_000, to: 60_050, smoothing });
      for (const [i, { step }] of part.entries()) expect(smooths(part)[i]).toBeCloseTo(expected[step - 1]!, 4);
    }
  });

  it("changes its smoothing as if it had always been so", () => {
    const fresh = tableOf(values);
    expect(smooths(table.buckets([1], { smoothing: 0.97 }))).not.toEqual(smooths(fresh.buckets([1])));
    const expected = smooths(fresh.buckets([1]));
    smooths(table.buckets([1], { smoothing: 0.9 })).forEach((smooth, i) => {
      expect(smooth).toBeCloseTo(expected[i]!, 10);
    });
  });

  it("has about as many points in each decade of a logarithmic axis", () => {
    const buckets = table.buckets([1], { log: true });
    expect(buckets.reduce((sum, { rows }) => sum + rows, 0)).toBe(100_000);
    const decade = (from: number): number => buckets.filter(({ step }) => step >= from && step < from * 10).length;
    expect(decade(1)).toBe(9);
    for (const from of [100, 1000, 10_000]) expect(Math.abs(decade(from) - 60)).toBeLessThan(12);
    const part = table.buckets([1], { log: true, from: 1000, to: 10_000 });
    expect(part.length).toBeGreaterThan(200);
    expect(part.length).toBeLessThanOrEqual(MAX_POINTS + 3);
  });
});

it("keeps no more raw rows than it may, and the older ones in its points", () => {
  const values = noisy(200_000);
  values[500] = 99;
  const table = tableOf(values, 50_000);
  expect(table.rows.firstKept).toBeGreaterThan(100_000);
  expect(table.length - table.rows.firstKept).toBeGreaterThanOrEqual(50_000);
  expect(table.rows.bytes).toBeLessThan(50_000 * 2 * 4 + 2 * 2 ** 18);
  const whole = table.buckets([1], { smoothing: 0.5 });
  expect(whole.reduce((sum, { rows }) => sum + rows, 0)).toBe(200_000);
  expect(whole[0]?.values[0]?.max).toBe(99);
  expect(smooths(whole).every(Number.isFinite)).toBe(true);
  expect(table.buckets([1], { from: 500, to: 600 })).toEqual([]);
  expect(table.rows.at(10, 1)).toBeNaN();
});

it("goes back with a run that does", () => {
  const table = tableOf(noisy(3000));
  table.append(rowsOf([7, 8, 9], 1001));
  expect(table.length).toBe(1003);
  expect(table.lastStep).toBe(1003);
  const again = tableOf([...noisy(1000), 7, 8, 9]);
  expect(table.buckets([1])).toEqual(again.buckets([1]));
  expect(table.buckets([1], { from: 990, to: 1002 })).toEqual(again.buckets([1], { from: 990, to: 1002 }));
});

it("is empty at first", () => {
  const table = new SeriesTable(3, 1000);
  expect(table.buckets([1, 2])).toEqual([]);
  expect(table.buckets([1], { from: 5, to: 9, log: true })).toEqual([]);
});
