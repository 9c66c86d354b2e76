import { badDataFile } from "./dataSource";

/** An array of unsigned bytes, row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  /** A view into the file's bytes. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
const hex = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;

/**
 * Parses an IDX file of unsigned bytes (format: http://yann.lecun.com/exdb/mnist): two zero bytes, the element type, the number of
 * dimensions, each dimension as a big-endian 32-bit number, then exactly their product of bytes.
 * @throws DataError "bad-file" if any of it differs, or if there are not `dimensions` dimensions.
 */
export function parseIdx(bytes: Uint8Array, fileName: string, dimensions: number): IdxArray {
  const headerBytes = 4 + 4 * dimensions;
  if (bytes.length < headerBytes) {
    throw badDataFile(`${fileName} is too short for an IDX file: its header needs ${headerBytes} bytes, it has ${bytes.length}.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0) {
    const start = [...bytes.subarray(0, 4)].map(hex).join(" ");
    throw badDataFile(`${fileName} is not an IDX file: it must start with two zero bytes, but starts with ${start}.`);
  }
  const type = view.getUint8(2);
  if (type !== UNSIGNED_BYTE) {
    throw badDataFile(`${fileName} holds elements of IDX type ${hex(type)}; expected ${hex(UNSIGNED_BYTE)}, unsigned bytes.`);
  }
  const found = view.getUint8(3);
  if (found !== dimensions) throw badDataFile(`${fileName} has ${found} dimensions; expected ${dimensions}.`);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const elements = shape.reduce((product, length) => product * length, 1);
  const shapeText = shape.join(" x ");
  if (elements === 0) throw badDataFile(`${fileName} is empty: its header says ${shapeText} elements.`);
  const rest = bytes.length - headerBytes;
  if (rest !== elements) {
    const fault = rest < elements ? "is cut short" : "is too long";
    throw badDataFile(`${fileName} ${fault}: its header says ${shapeText}, so ${elements} bytes must follow, but ${rest} do.`);
  }
  return { shape, data: bytes.subarray(headerBytes) };
}
