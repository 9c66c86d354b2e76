import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { FileError } from "./fileError";
import {
  type Dtype,
  floatTensor,
  readSafetensors,
  type StoredTensor,
  toFloats,
  toIntegers,
  uintTensor,
  writeSafetensors,
} from "./safetensors";

/** Written by the reference implementation (safetensors 0.8.0 for Python, from PyTorch tensors). */
const reference =
  "OAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJhIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMCwxNl19LCJkIjp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOlsxNiwyNF19LCJiIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsxLDJdLCJkYXRhX29mZnNldHMiOlsyNCwzMl19LCJoIjp7ImR0eXBlIjoiRjE2Iiwic2hhcGUiOls2XSwiZGF0YV9vZmZzZXRzIjpbMzIsNDRdfSwidSI6eyJkdHlwZSI6IlU4Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbNDQsNDVdfX0gICAgICADAAAAAAAAAP//////////mpmZmZmZuT8AAMA/AAAAwAA8AQD/ewB8AH4AgP8=";

const stored = (dtype: Dtype, shape: readonly number[], bytes: Iterable<number>): StoredTensor => ({
  dtype,
  shape,
  bytes: Uint8Array.from(bytes),
});

/** A file with any header, right or wrong. */
function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const x = (start: number, end: number, more: object = {}) => ({
  dtype: "F32",
  shape: [(end - start) / 4],
  data_offsets: [start, end],
  ...more,
});

describe("readSafetensors", () => {
  it("reads what the reference implementation wrote", () => {
    const { tensors, metadata } = readSafetensors(Uint8Array.from(atob(reference), (char) => char.charCodeAt(0)));
    const tensor = (name: string): StoredTensor => tensors.get(name) ?? stored("U8", [0], []);
    expect(metadata).toEqual({ format: "pt" });
    expect(tensor("b").shape).toEqual([1, 2]);
    expect(tensor("d").shape).toEqual([]);
    expect(toFloats(tensor("b"))).toEqual(Float32Array.of(1.5, -2));
    expect(toFloats(tensor("d"))).toEqual(Float32Array.of(0.1));
    expect(toFloats(tensor("h"))).toEqual(Float32Array.of(1, 2 ** -24, 65504, Number.POSITIVE_INFINITY, Number.NaN, -0));
    expect(toIntegers(tensor("u"))).toEqual(Uint32Array.of(255));
    expect(() => toIntegers(tensor("a"), '"a"')).toThrow('"a" holds -1 at index 1; it must be from 0 to 4294967295.');
  });

  test.each([
    ["too short", new Uint8Array(7), "only 7 bytes"],
    ["a length beyond the file", Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 123, 125), "ends inside its header"],
    ["an enormous length", new Uint8Array(16).fill(255), "ends inside its header"],
    ["no JSON", fileOf("{nonsense", 0), "not JSON"],
    ["no UTF-8", Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 255), "not JSON"],
    ["a list", fileOf([], 0), "not a JSON object"],
    ["null", fileOf("null", 0), "not a JSON object"],
    ["metadata of numbers", fileOf({ __metadata__: { a: 1 } }, 0), "must hold texts"],
    ["an entry that is none", fileOf({ x: 3 }, 0), 'The header of the tensor "x" is wrong: its entry must have dtype'],
    ["no shape", fileOf({ x: { dtype: "F32", data_offsets: [0, 4] } }, 4), 'The header of the tensor "x" is wrong: its shape is missing.'],
    [
      "a negative length",
      fileOf({ x: x(0, 4, { shape: [-1] }) }, 4),
      'tensor "x" is wrong: each length of its shape must be a whole number.',
    ],
    ["a fraction", fileOf({ x: x(0, 4, { shape: [0.5, 2] }) }, 4), 'tensor "x" is wrong: each length'],
    ["one offset", fileOf({ x: x(0, 4, { data_offsets: [0] }) }, 4), 'tensor "x" is wrong: its data_offsets'],
    ["an unknown dtype", fileOf({ x: x(0, 4, { dtype: "BF16" }) }, 4), 'The tensor "x" is of dtype BF16; only F64, I64'],
    ["a dtype of Object's own", fileOf({ x: x(0, 4, { dtype: "toString" }) }, 4), 'The tensor "x" is of dtype toString'],
    ["an end beyond the file", fileOf({ x: x(0, 8) }, 4), 'The tensor "x" lies at bytes 0 to 8; the file has 4'],
    ["offsets turned round", fileOf({ x: x(0, 4, { data_offsets: [4, 0] }) }, 4), 'The tensor "x" lies at bytes 4 to 0'],
    [
      "a size that is not the shape's",
      fileOf({ x: x(0, 8, { shape: [3] }) }, 8),
      'The tensor "x" takes 8 bytes; its shape [3] of F32 needs 12.',
    ],
    ["a shape beyond all memory", fileOf({ x: x(0, 4, { shape: [2 ** 50, 2 ** 50] }) }, 4), 'The tensor "x" takes 4 bytes'],
    ["an overlap", fileOf({ x: x(0, 8), y: x(4, 12) }, 12), 'The tensor "y" overlaps another'],
    ["a gap", fileOf({ x: x(0, 4), y: x(8, 12) }, 12), '4 bytes that belong to nothing before the tensor "y"'],
    ["bytes left over", fileOf({ x: x(0, 4) }, 6), "2 bytes that belong to nothing after the last"],
  ])("refuses %s", (_, file, sentence) => {
    expect(() => readSafetensors(file)).toThrow(FileError);
    expect(() => readSafetensors(file)).toThrow(sentence);
  });

  it("throws nothing but a FileError, whatever the bytes", () => {
    const tries = (bytes: Uint8Array) => {
      try {
        for (const tensor of readSafetensors(bytes).tensors.values()) expect(tensor.bytes.length).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toBeInstanceOf(FileError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), tries));
    fc.assert(fc.property(fc.json(), fc.nat(64), (json, size) => tries(fileOf(json, size))));
    const entry = fc.record({
      dtype: fc.constantFrom("F32", "U8", "x"),
      shape: fc.anything(),
      data_offsets: fc.array(fc.integer(), { maxLength: 3 }),
    });
    fc.assert(fc.property(fc.dictionary(fc.string(), entry), fc.nat(64), (header, size) => tries(fileOf(header, size))));
    // One byte of a right file changed.
    const right = writeSafetensors([["a", floatTensor([2, 2], Float32Array.of(1, 2, 3, 4))]], { by: "a test" });
    fc.assert(fc.property(fc.nat(right.length - 1), fc.nat(255), (at, value) => tries(right.with(at, value))));
  });
});

describe("writeSafetensors", () => {
  it("writes what it reads, names and shapes of any kind", () => {
    const dtypes: readonly Dtype[] = ["F64", "F32", "F16", "I64", "I32", "U32", "U8"];
    const width: Readonly<Record<Dtype, number>> = { F64: 8, I64: 8, F32: 4, I32: 4, U32: 4, F16: 2, U8: 1 };
    const tensor = fc
      .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.nat(4), { maxLength: 3 }), fill: fc.nat(255) })
      .map(({ dtype, shape, fill }) =>
        stored(dtype, shape, new Uint8Array(shape.reduce((product, length) => product * length, width[dtype])).fill(fill)),
      );
    const names = fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__");
    const entries = fc.uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name, maxLength: 6 });
    fc.assert(
      fc.property(entries, fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
        const read = readSafetensors(writeSafetensors(tensors, metadata));
        expect(new Map(read.tensors)).toEqual(new Map(tensors));
        expect({ ...read.metadata }).toEqual({ ...metadata });
      }),
    );
  });

  it("pads the header with spaces, so that each tensor is aligned to its elements", () => {
    const file = writeSafetensors([
      ["b", stored("U8", [3], [1, 2, 3])],
      ["a", floatTensor([1], Float32Array.of(7))],
      ["w", stored("F64", [], new Uint8Array(8))],
    ]);
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = new TextDecoder().decode(file.subarray(8, 8 + length));
    expect(header).toBe(
      `${'{"w":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"b":{"dtype":"U8","shape":[3],"data_offsets":[12,15]}}'.padEnd(length, " ")}`,
    );
    expect(file.length).toBe(8 + length + 15);
  });

  it("refuses a name taken twice and bytes that do not fit", () => {
    const one = floatTensor([1], Float32Array.of(1));
    expect(() =>
      writeSafetensors([
        ["a", one],
        ["a", one],
      ]),
    ).toThrow('cannot both be called "a"');
    expect(() => writeSafetensors([["__metadata__", one]])).toThrow(FileError);
    expect(() => writeSafetensors([["a", { ...one, shape: [2] }]])).toThrow('The tensor "a" has 4 bytes; its shape [2] of F32 needs 8.');
  });
});

describe("numbers", () => {
  it("takes views that start anywhere", () => {
    const shifted = new Uint8Array(9);
    shifted.set(new Uint8Array(Float32Array.of(1.25, -3).buffer), 1);
    expect(toFloats({ dtype: "F32", shape: [2], bytes: shifted.subarray(1) })).toEqual(Float32Array.of(1.25, -3));
  });

  it("decodes every half as JavaScript's own arithmetic would", () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const floats = toFloats({ dtype: "F16", shape: [65536], bytes: new Uint8Array(bits.buffer) });
    expect(floats[0x0001]).toBe(2 ** -24);
    expect(floats[0x03ff]).toBe(1023 * 2 ** -24);
    expect(floats[0x0400]).toBe(2 ** -14);
    expect(floats[0x3c00]).toBe(1);
    expect(floats[0x3c01]).toBe(1 + 2 ** -10);
    expect(floats[0x7bff]).toBe(65504);
    expect(floats[0x8000]).toBe(-0);
    expect(floats[0xfc00]).toBe(Number.NEGATIVE_INFINITY);
    expect(floats[0x7e00]).toBeNaN();
    // Finite halves rise with their bits, and each negative is its positive's mirror.
    for (let i = 1; i < 0x7c00; i++) {
      expect(floats[i]! > floats[i - 1]! && floats[0x8000 + i] === -floats[i]!, `bits ${i}`).toBe(true);
    }
  });

  it("reads integers of every width, and refuses what is none or does not fit", () => {
    const long = (value: bigint) => stored("I64", [1], new Uint8Array(BigInt64Array.of(value).buffer));
    expect(toIntegers(long(0xffff_ffffn))).toEqual(Uint32Array.of(0xffff_ffff));
    expect(() => toIntegers(long(0x1_0000_0000n))).toThrow("holds 4294967296 at index 0");
    expect(() => toIntegers(long(-1n))).toThrow(FileError);
    expect(toIntegers(stored("I32", [1], [5, 0, 0, 0]))).toEqual(Uint32Array.of(5));
    expect(toIntegers(uintTensor([2], Uint32Array.of(7, 0xffff_ffff)))).toEqual(Uint32Array.of(7, 0xffff_ffff));
    expect(() => toIntegers(floatTensor([1], Float32Array.of(1)), '"y"')).toThrow('"y" is of dtype F32; it must be of integers');
    expect(() => toFloats(long(1n), '"x"')).toThrow('"x" is of dtype I64; it must be floating-point');
  });
});
