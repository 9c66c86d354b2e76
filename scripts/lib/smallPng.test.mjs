import { deflateSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { chunk, palettePng, quantise, readPng } from "./smallPng.mjs";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A truecolour PNG whose rows, already filtered, are given. @param {number} width @param {number} colour @param {number[][]} rows */
function png(width, colour, rows) {
  const header = Uint8Array.of(0, 0, 0, width, 0, 0, 0, rows.length, 8, colour, 0, 0, 0);
  const data = deflateSync(Uint8Array.from(rows.flat()));
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", new Uint8Array(0))]);
}

describe("readPng", () => {
  it("undoes each of the filters", () => {
    const rows = [
      [0, 10, 20, 30, 40, 50, 60],
      [1, 1, 2, 3, 4, 5, 6],
      [2, 1, 1, 1, 250, 0, 0],
      [3, 0, 0, 0, 10, 10, 10],
      [4, 5, 5, 5, 7, 7, 7],
    ];
    const { width, height, rgb } = readPng(png(2, 2, rows));
    expect([width, height]).toEqual([2, 5]);
    expect([...rgb]).toEqual([
      ...[10, 20, 30, 40, 50, 60],
      ...[1, 2, 3, 5, 7, 9],
      ...[2, 3, 4, 255, 7, 9],
      ...[1, 1, 2, 138, 14, 15],
      ...[6, 6, 7, 145, 21, 22],
    ]);
  });

  it("leaves alpha out, and refuses what it cannot read", () => {
    expect([...readPng(png(1, 6, [[0, 1, 2, 3, 255]])).rgb]).toEqual([1, 2, 3]);
    expect(() => readPng(png(1, 3, [[0, 0]]))).toThrow(/another kind/);
    expect(() => readPng(new Uint8Array(20))).toThrow(/not a PNG/);
  });
});

describe("palettePng", () => {
  it("keeps few colours as they are", () => {
    const rgb = Uint8Array.of(1, 2, 3, 250, 250, 250, 1, 2, 3);
    const { palette, indices } = quantise(rgb);
    expect([...indices].flatMap((i) => palette[i])).toEqual([...rgb]);
  });

  it("gives up the colours beyond 256 that are missed least, not the rarest", () => {
    // 300 colours close together, twice each, and one far away from them, once.
    const close = Array.from({ length: 300 }, (_, i) => [4 * (i % 64), 4 * Math.floor(i / 64), 0]);
    const rgb = Uint8Array.from([...close, ...close, [0, 0, 200]].flat());
    const { palette, indices } = quantise(rgb);
    expect(palette).toHaveLength(256);
    expect(palette[indices.at(-1) ?? -1]).toEqual([0, 0, 200]);
    for (const [i, [r = 0, g = 0]] of close.entries()) {
      const [pr, pg] = palette[indices[i] ?? -1] ?? [Number.NaN, Number.NaN];
      expect(Math.hypot(pr - r, pg - g)).toBeLessThan(8);
    }
  });

  it("is a PNG whose rows are the palette's indices", () => {
    const file = palettePng({ width: 2, height: 1, rgb: Uint8Array.of(9, 9, 9, 200, 0, 0) });
    const at = file.indexOf("IDAT");
    const rows = inflateSync(file.subarray(at + 4, at + 4 + file.readUInt32BE(at - 4)));
    expect([...rows]).toEqual([0, 0, 1]);
    expect([...file.subarray(file.indexOf("PLTE") + 4).subarray(0, 6)]).toEqual([9, 9, 9, 200, 0, 0]);
  });
});
