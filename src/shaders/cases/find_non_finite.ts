import { FOUND_LENGTH, findNonFinite } from "../find_non_finite";
import { type KernelCase, kernelCase, randomFloats, randomIntegers } from "./case";

interface Slices {
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
  /** Elements between rows that belong to others. */
  readonly gap: number;
  readonly offset: number;
}

/** @param odd what stands at which places of the tensor in place of the random numbers. */
function findCase(label: string, { slices, rows, columns, gap, offset }: Slices, odd: Readonly<Record<number, number>>): KernelCase {
  const rowStride = columns + gap;
  const sliceStride = rows * rowStride;
  const data = randomFloats(701, offset + slices * sliceStride + 5, -1e4, 1e4);
  for (const [place, value] of Object.entries(odd)) data[Number(place)] = value;
  return kernelCase(
    findNonFinite,
    label,
    { slices, slice_stride: sliceStride, rows, row_stride: rowStride, columns, offset, first_found: 2 },
    { data, found: randomIntegers(702, (slices + 4) * FOUND_LENGTH, 1000) },
  );
}

const { NaN: nan, POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minus } = Number;

export function findNonFiniteCases(): KernelCase[] {
  const whole = { slices: 1, rows: 1, gap: 0, offset: 0 };
  const strided = { slices: 5, rows: 3, columns: 7, gap: 14, offset: 9 };
  const large = { slices: 3, rows: 16, columns: 33, gap: 0, offset: 130 };
  return [
    findCase("one finite number", { ...whole, columns: 1 }, {}),
    findCase("all finite, strided", strided, {}),
    findCase("not-a-number in one slice", strided, { [9 + 2 * 63 + 21 + 3]: nan, [9 + 2 * 63 + 42]: nan }),
    findCase("not-a-number outside of the slices", strided, { 3: nan, [9 + 8]: nan, [9 + 5 * 63]: nan }),
    findCase("one infinity", { ...whole, columns: 1 }, { 0: infinity }),
    findCase("every kind, the first of a later thread", { ...whole, columns: 301 }, { 300: nan, 77: minus, 141: infinity }),
    findCase("all numbers of a slice", large, Object.fromEntries(Array.from({ length: 528 }, (_, i) => [130 + 528 + i, infinity]))),
    findCase("minus infinity last", large, { [130 + 3 * 528 - 1]: minus }),
  ];
}
