import type { DigitRead } from "../../worker/protocol";
import { IMAGE_SIZE } from "../drawing";

export const CLASSES = 10;

/** Euclidean norm of the gradient with respect to each row of the picture, [28]. */
export const rowNorms = (values: ArrayLike<number>): number[] =>
  Array.from({ length: IMAGE_SIZE }, (_, row) => {
    let squares = 0;
    for (let i = row * IMAGE_SIZE; i < (row + 1) * IMAGE_SIZE; i++) squares += (values[i] ?? 0) ** 2;
    return Math.sqrt(squares);
  });

/** The gradient times the picture's intensities (0 to 1): what each pixel that is there contributes, to first order. */
export const timesInput = (dInput: Float32Array, pixels: Uint8Array): Float32Array =>
  dInput.map((value, i) => (value * (pixels[i] ?? 0)) / 255);

/** One quantity of one layer, [28, H]. */
export function quantityRows({ layers, quantities, hiddenSize: H }: DigitRead, layer: number, quantity: string): Float32Array {
  const source = layers[layer] ?? new Float32Array();
  const [q, Q] = [quantities.indexOf(quantity), quantities.length];
  const rows = new Float32Array(IMAGE_SIZE * H);
  for (let t = 0; t < IMAGE_SIZE; t++) rows.set(source.subarray((t * Q + q) * H, (t * Q + q + 1) * H), t * H);
  return rows;
}

/** All quantities of one unit through the rows, [Q, 28]. */
export function unitRows({ layers, quantities, hiddenSize: H }: DigitRead, layer: number, unit: number): Float32Array {
  const source = layers[layer] ?? new Float32Array();
  const Q = quantities.length;
  return Float32Array.from(
    { length: Q * IMAGE_SIZE },
    (_, i) => source[((i % IMAGE_SIZE) * Q + Math.floor(i / IMAGE_SIZE)) * H + unit] ?? 0,
  );
}

/** Which rows the score depends on most, in words; rows count from 1. */
export function rowSentence(norms: readonly number[]): string {
  const squares = norms.map((norm) => norm ** 2);
  const total = squares.reduce((sum, square) => sum + square, 0);
  if (!(total > 0)) return "The score does not depend on the picture.";
  const order = [...squares.keys()].sort((a, b) => (squares[b] ?? 0) - (squares[a] ?? 0));
  const best = order.slice(0, 3);
  const share = best.reduce((sum, row) => sum + (squares[row] ?? 0), 0) / total;
  const first = (norms[0] ?? 0) / (norms[order[0] ?? 0] ?? 1);
  return (
    `Rows ${best
      .map((row) => row + 1)
      .join(", ")
      .replace(/, (\d+)$/, " and $1")} hold ${(100 * share).toFixed(0)} % of the squared gradient; ` +
    `the first row’s is ${shareText(first)} of the largest.`
  );
}

const shareText = (share: number): string =>
  share >= 0.01 ? `${(100 * share).toFixed(0)} %` : share === 0 ? "nothing" : share.toExponential(0).replace("e-", "e−");
