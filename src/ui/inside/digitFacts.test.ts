import { describe, expect, test } from "vitest";
import type { DigitRead } from "../../worker/protocol";
import { quantityRows, rowNorms, rowSentence, timesInput, unitRows } from "./digitFacts";

const ROWS = 28;
const H = 3;
const Q = 2;
/** Value 100 t + 10 q + unit. */
const layer = Float32Array.from({ length: ROWS * Q * H }, (_, i) => 100 * Math.floor(i / (Q * H)) + 10 * (Math.floor(i / H) % Q) + (i % H));
const read: DigitRead = {
  kind: "digit",
  step: 0,
  probabilities: new Float32Array(280),
  predicted: 0,
  target: 0,
  score: "logit",
  quantities: ["h", "z"],
  hiddenSize: H,
  layers: [layer],
  dInput: new Float32Array(784),
};

describe("a digit's states and gradient", () => {
  test("one quantity of all units, and all quantities of one unit", () => {
    expect(Array.from(quantityRows(read, 0, "z").subarray(H, 2 * H))).toEqual([110, 111, 112]);
    const unit = unitRows(read, 0, 2);
    expect([unit[0], unit[27], unit[28], unit[55]]).toEqual([2, 2702, 12, 2712]);
  });

  test("norms by row, and the gradient times the picture", () => {
    const dInput = new Float32Array(784);
    dInput.set([3, 4], 28);
    expect(rowNorms(dInput).slice(0, 3)).toEqual([0, 5, 0]);
    const pixels = new Uint8Array(784);
    pixels[29] = 51;
    expect(timesInput(dInput, pixels)[29]).toBeCloseTo(0.8, 6);
    expect(timesInput(dInput, pixels)[28]).toBe(0);
  });

  test("which rows mattered, in words", () => {
    const norms = Array.from({ length: ROWS }, () => 0);
    expect(rowSentence(norms)).toBe("The score does not depend on the picture.");
    norms[11] = 3;
    norms[20] = 4;
    norms[27] = 1;
    norms[0] = 0.5;
    expect(rowSentence(norms)).toBe("Rows 21, 12 and 28 hold 99 % of the squared gradient; the first row’s is 13 % of the largest.");
    norms[0] = 1.2e-6;
    expect(rowSentence(norms)).toContain("the first row’s is 3e−7 of the largest");
  });
});
