import { beforeAll, describe, expect, it } from "vitest";
import { fileSource } from "../headless/fileSource";
import { gzip, idxFile, memorySource } from "../testing/dataSource";
import type { Bytes } from "./dataSource";
import { type DigitsData, digitSet, digitsFiles, imagePixels, loadDigits, packBytes } from "./digits";
import { parseIdx } from "./idx";

const images = (count: number): Bytes =>
  idxFile(
    [count, 28, 28],
    Uint8Array.from({ length: count * 784 }, (_, i) => i % 256),
  );
const labels = (values: readonly number[]): Bytes => idxFile([values.length], values);
const files = (parts: readonly Bytes[]): Record<string, Bytes> =>
  Object.fromEntries(digitsFiles.map((path, i) => [path, parts[i] ?? new Uint8Array(0)]));

const good = [images(3), labels([0, 9, 4]), images(2), labels([1, 2])];
const withPart = (index: number, part: Bytes): Bytes[] => good.map((each, i) => (i === index ? part : each));

describe("loadDigits", () => {
  it("joins four files, packed or not", async () => {
    const packed = await Promise.all(good.map(gzip));
    for (const parts of [good, packed]) {
      const { train, test } = await loadDigits(memorySource(files(parts)));
      expect([train.count, test.count]).toEqual([3, 2]);
      expect([...train.labels]).toEqual([0, 9, 4]);
      expect([...imagePixels(train, 2)].slice(0, 3)).toEqual([1568 % 256, 1569 % 256, 1570 % 256]);
    }
  });

  it("reports progress that never falls and ends at 1", async () => {
    const reported: number[] = [];
    await loadDigits(memorySource(files(good)), (fraction) => reported.push(fraction));
    expect(reported.length).toBeGreaterThanOrEqual(4);
    expect(reported).toEqual([...reported].sort((a, b) => a - b));
    expect(reported.at(-1)).toBe(1);
  });

  it.each([
    [1, labels([1, 2]), "has 3 images, but mnist/train-labels-idx1-ubyte.gz has 2 labels"],
    [1, labels([1, 10, 3]), "mnist/train-labels-idx1-ubyte.gz has the label 10 at position 1; labels must be 0 to 9."],
    [2, idxFile([2, 14, 56], new Uint8Array(2 * 784)), "mnist/t10k-images-idx3-ubyte.gz holds images of 14 x 56 pixels; expected 28 x 28."],
    [3, images(2), "mnist/t10k-labels-idx1-ubyte.gz has 3 dimensions; expected 1."],
    [0, images(3).slice(0, 1000), "mnist/train-images-idx3-ubyte.gz is cut short"],
  ])("refuses a damaged file (%i)", async (index, part, message) => {
    const source = memorySource(files(withPart(index, part)));
    await expect(loadDigits(source)).rejects.toMatchObject({ code: "bad-file", message: expect.stringContaining(message) });
  });

  it("says which file is missing and what to run", async () => {
    const expected = {
      code: "no-data",
      message: expect.stringContaining(digitsFiles[0] ?? ""),
      advice: expect.stringContaining("npm run data"),
    };
    await expect(loadDigits(memorySource({}))).rejects.toMatchObject(expected);
  });

  it("stops at an abort with the signal's reason", async () => {
    const stop = new AbortController();
    const reason = new Error("stopped");
    await expect(loadDigits(memorySource(files(good)), () => stop.abort(reason), stop.signal)).rejects.toBe(reason);
  });
});

describe("packBytes", () => {
  it("puts the first byte lowest", () => {
    expect([...packBytes(Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 255))]).toEqual([0x04030201, 0xff000000]);
  });

  it("is undone by imagePixels", () => {
    const set = digitSet(parseIdx(images(2), "i", 3), parseIdx(labels([0, 1]), "l", 1), "i", "l");
    expect([...imagePixels(set, 1)]).toEqual(Array.from({ length: 784 }, (_, i) => (784 + i) % 256));
  });
});

describe("MNIST itself", () => {
  let data: DigitsData;
  beforeAll(async () => {
    data = await loadDigits(fileSource("public/data"));
  });

  it("has 60,000 and 10,000 digits", () => {
    expect([data.train.count, data.test.count]).toEqual([60_000, 10_000]);
    expect(data.train.images).toHaveLength(60_000 * 196);
  });

  it("has its known first labels and label counts", () => {
    expect([...data.train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect([...data.test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    const counts = new Array<number>(10).fill(0);
    for (const label of data.train.labels) counts[label]! += 1;
    expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  });

  it("has its known mean intensity", () => {
    let sum = 0;
    for (const word of data.train.images) sum += (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
    expect(sum / (60_000 * 784 * 255)).toBeCloseTo(0.1307, 4);
  });
});
