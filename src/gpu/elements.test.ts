import { describe, expect, it } from "vitest";
import { Elements } from "./elements";

/** Of a device, what Elements looks at. */
const elementsOf = (...features: string[]): Elements => new Elements({ features: new Set(features) });
const native = elementsOf("shader-f16");
const emulated = elementsOf();

/** 1, -2, 65,504 and the smallest f16 above 0, each exact; 1.0005, which lies between 1 and 1 + 2^-10; and beyond f16. */
const numbers = Float32Array.of(1, -2, 65_504, 2 ** -24, 1.0005, 1e6, -0);
const bits = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x3c01, 0x7c00, 0x8000];
const rounded = [1, -2, 65_504, 2 ** -24, 1 + 2 ** -10, Number.POSITIVE_INFINITY, -0];

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Uint32Array | Uint16Array): ArrayBuffer =>
  Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength)).buffer;

describe("elements of a device with f16", () => {
  it("are two bytes each, the others four", () => {
    expect(native.half).toBe("native");
    expect([native.bytes("f16"), native.bytes("f32"), native.bytes("u32")]).toEqual([2, 4, 4]);
  });

  it("are encoded as 16 bits, rounded, an odd one padded to a word with zeros", () => {
    expect(native.encode("f16", numbers)).toEqual(Uint16Array.of(...bits, 0));
    expect(native.encode("f16", numbers.subarray(0, 2))).toEqual(Uint16Array.of(0x3c00, 0xc000));
    expect(native.encode("f16", new Float32Array())).toEqual(new Uint16Array());
    expect([...new Uint8Array(bytesOf(native.encode("f16", Float32Array.of(1, -2))))]).toEqual([0x00, 0x3c, 0x00, 0xc0]);
  });

  it.each([1, 2, 6, 7])("come back as the f32 that they stand for, %i of them, without the padding", (count) => {
    const encoded = native.encode("f16", numbers.subarray(0, count));
    expect(encoded.byteLength).toBe(4 * Math.ceil(count / 2));
    expect(native.decode("f16", bytesOf(encoded), count)).toEqual(Float32Array.from(rounded.slice(0, count)));
  });

  it("come back as an array of their own, which outlives the mapped buffer", () => {
    const mapped = bytesOf(native.encode("f16", numbers));
    const decoded = native.decode("f16", mapped, 2);
    new Uint8Array(mapped).fill(0xff);
    expect(decoded).toEqual(Float32Array.of(1, -2));
  });
});

describe("elements of a device without f16", () => {
  it("are four bytes each", () => {
    expect(emulated.half).toBe("emulated");
    expect([emulated.bytes("f16"), emulated.bytes("f32"), emulated.bytes("u32")]).toEqual([4, 4, 4]);
  });

  it("are the same roundings in f32, without padding", () => {
    const encoded = emulated.encode("f16", numbers);
    expect(encoded).toEqual(Float32Array.from(rounded));
    expect(emulated.decode("f16", bytesOf(encoded), 7)).toEqual(Float32Array.from(rounded));
    expect(numbers[4]).toBe(Math.fround(1.0005));
  });
});

describe.each([
  ["with", native],
  ["without", emulated],
])("f32 and u32 of a device %s f16", (_, elements) => {
  it("are passed on as they are", () => {
    const counts = Uint32Array.of(1, 2 ** 32 - 1, 3);
    expect(elements.encode("f32", numbers)).toBe(numbers);
    expect(elements.encode("u32", counts)).toBe(counts);
    expect(elements.decode("f32", bytesOf(numbers), 5)).toEqual(numbers.slice(0, 5));
    expect(elements.decode("u32", bytesOf(counts), 2)).toEqual(counts.slice(0, 2));
  });
});
