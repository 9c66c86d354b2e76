import { describe, expect, it } from "vitest";
import { limits } from "../config";
import { IGNORE } from "../shaders/cross_entropy";
import { blankToken, copyVocabularySize, goToken, makeCopy, type SequenceSet } from "./copy";

const row = (set: SequenceSet, steps: number, index: number): { input: number[]; target: number[] } => ({
  input: [...set.inputs.subarray(index * steps, (index + 1) * steps)],
  target: [...set.targets.subarray(index * steps, (index + 1) * steps)],
});

const same = (a: Uint32Array, b: Uint32Array): boolean => a.length === b.length && a.every((value, i) => value === b[i]);

describe("makeCopy", () => {
  it.each([
    { symbols: 8, length: 4, delay: 3 },
    { symbols: 2, length: 1, delay: 1 },
    { symbols: 5, length: 3, delay: 12 },
  ])("shows the symbols, waits, then asks for them ($symbols, $length, $delay)", (task) => {
    const { length, delay, symbols } = task;
    const data = makeCopy(task, 1);
    expect(data.steps).toBe(2 * length + delay);
    for (const index of [0, 1, 777, data.train.count - 1]) {
      const { input, target } = row(data.train, data.steps, index);
      const shown = input.slice(0, length);
      for (const symbol of shown) expect(symbol).toBeLessThan(symbols);
      const wait = [...new Array<number>(delay - 1).fill(blankToken(symbols)), goToken(symbols)];
      expect(input.slice(length)).toEqual([...wait, ...new Array<number>(length).fill(blankToken(symbols))]);
      expect(target).toEqual([...new Array<number>(length + delay).fill(IGNORE), ...shown]);
    }
    expect(copyVocabularySize(symbols)).toBe(goToken(symbols) + 1);
  });

  it("has 12,800 and 1,280 sequences, the same for the same seed", () => {
    const task = { symbols: 8, length: 8, delay: 10 };
    const data = makeCopy(task, 3);
    expect([data.train.count, data.validation.count]).toEqual([12_800, 1280]);
    const again = makeCopy(task, 3);
    expect(same(again.train.inputs, data.train.inputs)).toBe(true);
    expect(same(again.validation.targets, data.validation.targets)).toBe(true);
    expect(same(makeCopy(task, 4).train.inputs, data.train.inputs)).toBe(false);
    expect(row(data.validation, data.steps, 0)).not.toEqual(row(data.train, data.steps, 0));
    expect(row(data.train, data.steps, 777).input.slice(0, 4)).not.toEqual(row(data.train, data.steps, 778).input.slice(0, 4));
  });

  it("keeps its sequences from version to version: recorded runs depend on them", () => {
    const { train, steps } = makeCopy({ symbols: 8, length: 4, delay: 3 }, 1);
    expect(row(train, steps, 777).input).toEqual([7, 0, 3, 4, 8, 8, 9, 8, 8, 8, 8]);
  });

  it("makes a sequence depend on its index alone, not on how many there are", () => {
    const short = makeCopy({ symbols: 8, length: 8, delay: 10 }, 3);
    const long = makeCopy({ symbols: 8, length: 8, delay: 1000 }, 3);
    expect(long.train.count).toBeLessThan(short.train.count);
    for (const index of [0, 5, 1000]) {
      expect(row(long.train, long.steps, index).input.slice(0, 8)).toEqual(row(short.train, short.steps, index).input.slice(0, 8));
    }
  });

  it("draws every symbol about equally often", () => {
    const { train, steps } = makeCopy({ symbols: 5, length: 10, delay: 1 }, 7);
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < train.count; i++) for (let t = 0; t < 10; t++) counts[train.inputs[i * steps + t]!]! += 1;
    // 25,600 expected each; the standard deviation is 143.
    for (const count of counts) expect(Math.abs(count - 25_600)).toBeLessThan(5 * 143);
  });

  it("stays under 64 MiB at the longest settings", () => {
    const { train, validation } = makeCopy({ symbols: 64, length: limits.copyLength.max, delay: limits.delay.max }, 1);
    const bytes = [train, validation].reduce((sum, set) => sum + set.inputs.byteLength + set.targets.byteLength, 0);
    expect(bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(train.count).toBe(10 * validation.count);
  });
});
