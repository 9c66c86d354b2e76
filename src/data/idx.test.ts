import { describe, expect, it } from "vitest";
import { idxFile } from "../testing/dataSource";
import { DataError } from "./dataSource";
import { parseIdx } from "./idx";

const failure = (bytes: Uint8Array, dimensions = 2): DataError => {
  try {
    parseIdx(bytes, "a.gz", dimensions);
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
  throw new Error("the file was accepted");
};

describe("parseIdx", () => {
  it("reads the shape big-endian and the bytes that follow", () => {
    const { shape, data } = parseIdx(idxFile([2, 3], [1, 2, 3, 4, 5, 255]), "a.gz", 2);
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([1, 2, 3, 4, 5, 255]);
  });

  it("reads a view that does not start at its buffer's first byte", () => {
    const padded = new Uint8Array([9, 9, 9, ...idxFile([1], [7])]);
    expect([...parseIdx(padded.subarray(3), "a.gz", 1).data]).toEqual([7]);
  });

  it("says what is wrong with a damaged file, and names it", () => {
    expect(failure(new Uint8Array(0)).message).toBe("a.gz is too short for an IDX file: its header needs 12 bytes, it has 0.");
    expect(failure(idxFile([2, 2], [1, 2, 3])).message).toBe("a.gz is cut short: its header says 2 x 2, so 4 bytes must follow, but 3 do.");
    expect(failure(idxFile([2, 2], [1, 2, 3, 4, 5])).message).toContain("a.gz is too long");
    expect(failure(idxFile([2, 2], [1, 2, 3, 4], [60, 33, 100, 111])).message).toContain("but starts with 0x3c 0x21 0x64 0x6f");
    expect(failure(idxFile([2, 2], [1, 2, 3, 4], [0, 0, 13, 2])).message).toContain("IDX type 0x0d; expected 0x08");
    expect(failure(idxFile([2, 2, 1], [1, 2, 3, 4])).message).toBe("a.gz has 3 dimensions; expected 2.");
    expect(failure(idxFile([0, 28], [])).message).toContain("is empty");
  });

  it("refuses absurd sizes without allocating them", () => {
    const { message } = failure(idxFile([0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [1]), 3);
    expect(message).toContain("4294967295 x 4294967295 x 4294967295");
  });

  it("blames the file, with advice", () => {
    const error = failure(idxFile([2, 2], []));
    expect(error.code).toBe("bad-file");
    expect(error.advice).toContain("npm run data");
  });
});
