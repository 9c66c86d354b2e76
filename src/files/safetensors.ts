import * as v from "valibot";
import { fromHalfBits } from "../shaders/half";
import { FileError } from "./fileError";

/**
 * The safetensors format (https://huggingface.co/docs/safetensors): 8 bytes with the header's length, the header as JSON, the tensors'
 * bytes one after another without gaps. Everything is little-endian, as every platform with WebAssembly is.
 */

export type Dtype = "F64" | "F32" | "F16" | "I64" | "I32" | "U32" | "U8";

/** One tensor as it lies in a file: little-endian, row-major. */
export interface StoredTensor {
  readonly dtype: Dtype;
  /** Empty for a single number. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free text that the writer left. */
  readonly metadata: Readonly<Record<string, string>>;
}

const bytesPerElement: Readonly<Record<Dtype, number>> = { F64: 8, I64: 8, F32: 4, I32: 4, U32: 4, F16: 2, U8: 1 };
const isDtype = (name: string): name is Dtype => Object.hasOwn(bytesPerElement, name);

const LENGTH_BYTES = 8;
/** The limit of the format's reference implementation. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = "__metadata__";

const whole = (message: string) => v.pipe(v.number(message), v.safeInteger(message), v.minValue(0, message));
const entrySchema = v.object(
  {
    dtype: v.string("its dtype must be a text"),
    shape: v.array(whole("each length of its shape must be a whole number"), "its shape must be a list of whole numbers"),
    data_offsets: v.tuple(
      [whole("its data_offsets must be whole numbers"), whole("its data_offsets must be whole numbers")],
      "its data_offsets must be two whole numbers",
    ),
  },
  "its entry must have dtype, shape and data_offsets",
);

const elements = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);
// Not valibot's record, which leaves out names such as "prototype".
const isTexts = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every((each) => typeof each === "string");

/**
 * Reads a whole file. The tensors' bytes are views of `bytes`.
 * @throws FileError naming the tensor: the file is cut short, the header is no JSON, a dtype is not one of `Dtype`, a size is not that of
 * shape and dtype, or the tensors' places overlap, leave gaps or end elsewhere than the file.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { header, data } = split(bytes);
  let metadata: Readonly<Record<string, string>> = {};
  const placed: { readonly name: string; readonly start: number; readonly end: number; readonly tensor: StoredTensor }[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) {
      if (!isTexts(value)) throw new FileError(`The header's ${METADATA} must hold texts only.`);
      metadata = value;
      continue;
    }
    const { dtype, shape, data_offsets } = entryOf(name, value);
    const [start, end] = data_offsets;
    if (start > end || end > data.length) {
      throw new FileError(`The tensor "${name}" lies at bytes ${start} to ${end}; the file has ${data.length} bytes of tensors.`);
    }
    const size = elements(shape) * bytesPerElement[dtype];
    if (size !== end - start) {
      throw new FileError(`The tensor "${name}" takes ${end - start} bytes; its shape [${shape.join(", ")}] of ${dtype} needs ${size}.`);
    }
    placed.push({ name, start, end, tensor: { dtype, shape, bytes: data.subarray(start, end) } });
  }
  checkPlaces(placed, data.length);
  return { tensors: new Map(placed.map(({ name, tensor }) => [name, tensor])), metadata };
}

function split(bytes: Uint8Array): { readonly header: object; readonly data: Uint8Array } {
  if (bytes.length < LENGTH_BYTES) throw new FileError(`This is no safetensors file: it has only ${bytes.length} bytes.`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES || Number(length) > bytes.length - LENGTH_BYTES) {
    throw new FileError("This is no safetensors file, or it is cut short: it ends inside its header.");
  }
  const dataStart = LENGTH_BYTES + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(LENGTH_BYTES, dataStart)));
  } catch {
    throw new FileError("This is no safetensors file: its header is not JSON.");
  }
  if (!isObject(header)) throw new FileError("This is no safetensors file: its header is not a JSON object.");
  return { header, data: bytes.subarray(dataStart) };
}

function entryOf(name: string, value: unknown) {
  const parsed = v.safeParse(entrySchema, value);
  if (!parsed.success) throw new FileError(`The header of the tensor "${name}" is wrong: ${problemOf(parsed.issues)}.`);
  const { dtype, ...rest } = parsed.output;
  if (!isDtype(dtype)) {
    const supported = Object.keys(bytesPerElement).join(", ");
    throw new FileError(`The tensor "${name}" is of dtype ${dtype}; only ${supported} can be read.`);
  }
  return { dtype, ...rest };
}

const problemOf = (issues: readonly v.BaseIssue<unknown>[]): string => {
  const [issue] = issues;
  const key = issue?.path?.at(-1)?.key;
  return issue?.type === "object" && typeof key === "string" ? `its ${key} is missing` : (issue?.message ?? "it cannot be read");
};

function checkPlaces(placed: readonly { readonly name: string; readonly start: number; readonly end: number }[], length: number): void {
  let at = 0;
  for (const { name, start, end } of [...placed].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at)
      throw new FileError(`The tensor "${name}" overlaps another: it starts at byte ${start}, where the other goes on to ${at}.`);
    if (start > at) throw new FileError(`There are ${start - at} bytes that belong to nothing before the tensor "${name}".`);
    at = end;
  }
  if (at < length) throw new FileError(`There are ${length - at} bytes that belong to nothing after the last tensor.`);
}

/**
 * A whole file. Tensors lie in the order of the reference implementation: widest elements first, then by name, so that each is aligned.
 * @throws FileError if a name is taken twice or is `__metadata__`, or a tensor's bytes do not fit its shape and dtype.
 */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, tensor: StoredTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort(
    ([aName, a], [bName, b]) =>
      bytesPerElement[b.dtype] - bytesPerElement[a.dtype] || (a.dtype === b.dtype ? (aName < bName ? -1 : 1) : a.dtype < b.dtype ? -1 : 1),
  );
  const entries = new Map<string, unknown>(Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : []);
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of sorted) {
    if (name === METADATA || entries.has(name)) throw new FileError(`Two entries of one file cannot both be called "${name}".`);
    const size = elements(shape) * bytesPerElement[dtype];
    if (size !== bytes.length) {
      throw new FileError(`The tensor "${name}" has ${bytes.length} bytes; its shape [${shape.join(", ")}] of ${dtype} needs ${size}.`);
    }
    entries.set(name, { dtype, shape, data_offsets: [end, end + size] });
    end += size;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const dataStart = Math.ceil((LENGTH_BYTES + json.length) / 8) * 8;
  const file = new Uint8Array(dataStart + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - LENGTH_BYTES), true);
  file.set(json, LENGTH_BYTES);
  file.fill(0x20, LENGTH_BYTES + json.length, dataStart);
  let at = dataStart;
  for (const [, { bytes }] of sorted) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

const bytesOf = (data: Float32Array | Uint32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** An F32 tensor whose bytes are those of `data`, not a copy. */
export const floatTensor = (shape: readonly number[], data: Float32Array): StoredTensor => ({ dtype: "F32", shape, bytes: bytesOf(data) });

/** A U32 tensor whose bytes are those of `data`, not a copy. */
export const uintTensor = (shape: readonly number[], data: Uint32Array): StoredTensor => ({ dtype: "U32", shape, bytes: bytesOf(data) });

const wantsFloats = (dtype: Dtype, name: string) =>
  new FileError(`${name} is of dtype ${dtype}; it must be floating-point (F32, F64 or F16).`);
const wantsIntegers = (dtype: Dtype, name: string) =>
  new FileError(`${name} is of dtype ${dtype}; it must be of integers (I64, I32, U32 or U8).`);

/**
 * The numbers of a floating-point tensor, rounded to f32.
 * @param name how the message calls the tensor.
 * @throws FileError for integers.
 */
export function toFloats({ dtype, bytes }: StoredTensor, name = "The tensor"): Float32Array {
  // A copy, since a typed array must start at a multiple of its element's size.
  const { buffer } = Uint8Array.from(bytes);
  switch (dtype) {
    case "F64":
      return Float32Array.from(new Float64Array(buffer));
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return Float32Array.from(new Uint16Array(buffer), fromHalfBits);
    case "I64":
    case "I32":
    case "U32":
    case "U8":
      throw wantsFloats(dtype, name);
    default:
      return dtype satisfies never;
  }
}

/**
 * The numbers of an integer tensor.
 * @param name how the message calls the tensor.
 * @throws FileError for floating-point numbers, negative ones, and those beyond 32 bits.
 */
export function toIntegers({ dtype, bytes }: StoredTensor, name = "The tensor"): Uint32Array {
  const { buffer } = Uint8Array.from(bytes);
  switch (dtype) {
    case "I64":
      return checkedIntegers(new BigInt64Array(buffer), name);
    case "I32":
      return checkedIntegers(new Int32Array(buffer), name);
    case "U32":
      return new Uint32Array(buffer);
    case "U8":
      return Uint32Array.from(bytes);
    case "F64":
    case "F32":
    case "F16":
      throw wantsIntegers(dtype, name);
    default:
      return dtype satisfies never;
  }
}

function checkedIntegers(values: BigInt64Array | Int32Array, name: string): Uint32Array {
  const result = new Uint32Array(values.length);
  for (const [i, value] of values.entries()) {
    if (value < 0 || value > 0xffff_ffff) throw new FileError(`${name} holds ${value} at index ${i}; it must be from 0 to 4294967295.`);
    result[i] = Number(value);
  }
  return result;
}
