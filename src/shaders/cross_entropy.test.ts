import { describe, expect, it } from "vitest";
import { randomFloats } from "./cases/case";
import { IGNORE, lossSums, softmaxCrossEntropy, softmaxRows } from "./cross_entropy";

function evaluate(logits: Float64Array, targets: Uint32Array, classes: number, scale = 1) {
  const rows = targets.length;
  const dLogits = new Float64Array(rows * classes).fill(9);
  const rowStats = new Float64Array(rows * 3).fill(9);
  const scalars = { rows, classes, write_gradient: 1, gradient_stride: classes, scale };
  softmaxCrossEntropy.twin({ logits, targets, d_logits: dLogits, row_stats: rowStats }, scalars);
  const sums = new Float64Array(3).fill(9);
  lossSums.twin({ row_stats: rowStats, sums }, { rows, accumulate: 0 });
  return { dLogits, rowStats, sums };
}

describe("softmax_cross_entropy", () => {
  it("has the gradient that central differences give", () => {
    const classes = 5;
    const targets = Uint32Array.of(0, 4, IGNORE, 2);
    const logits = Float64Array.from(randomFloats(1, targets.length * classes, -3, 3));
    const { dLogits } = evaluate(logits, targets, classes, 0.25);
    const step = 1e-5;
    for (let i = 0; i < logits.length; i++) {
      const lossAt = (offset: number) => evaluate(logits.with(i, logits[i]! + offset), targets, classes).sums[0]!;
      expect(dLogits[i]).toBeCloseTo((0.25 * (lossAt(step) - lossAt(-step))) / (2 * step), 8);
    }
  });

  // logits = torch.tensor([[0.2, -1, 3], [1, 1, -2], [0.5, 0.25, 0], [-4, 2, 2.5]], dtype=torch.float64, requires_grad=True)
  // loss = torch.nn.functional.cross_entropy(logits, torch.tensor([2, 1, -100, 0])); loss.backward()   (torch 2.13.0)
  it("equals PyTorch's cross_entropy with an ignored target", () => {
    const logits = Float64Array.of(0.2, -1, 3, 1, 1, -2, 0.5, 0.25, 0, -4, 2, 2.5);
    const { dLogits, sums } = evaluate(logits, Uint32Array.of(2, 1, IGNORE, 0), 3, 1 / 3);
    expect(sums[0]! / sums[2]!).toBeCloseTo(2.589633157545229, 13);
    const gradient = [
      0.01878374395738603, 0.0056575549580054705, -0.024441298915391485, 0.16261851705345612, -0.1707148162798772, 0.008096299226421069, 0,
      0, 0, -0.33302168173465124, 0.12572922844638335, 0.2072924532882679,
    ];
    for (const [i, expected] of gradient.entries()) expect(dLogits[i]).toBeCloseTo(expected, 13);
  });

  it("counts the first of equal largest logits as the answer", () => {
    const { rowStats } = evaluate(Float64Array.of(1, 3, 3, 1, 3, 3), Uint32Array.of(1, 2), 3);
    expect([rowStats[1], rowStats[4]]).toEqual([1, 0]);
  });

  it("gives zeros where every target is ignored", () => {
    const { dLogits, rowStats, sums } = evaluate(Float64Array.of(1, 2, 3, 4), Uint32Array.of(IGNORE, IGNORE), 2);
    expect([...dLogits, ...rowStats, ...sums]).toEqual(new Array(13).fill(0));
  });

  it.each([1e4, 1e30])("stays finite with logits of %d", (size) => {
    const { rowStats, dLogits } = evaluate(Float64Array.of(size, -size, 0, size, -size, 0), Uint32Array.of(0, 1), 3);
    expect(rowStats[0]).toBe(0);
    expect(rowStats[3]).toBe(2 * size);
    expect(Array.from(dLogits)).toEqual([0, 0, 0, 1, -1, 0]);
  });
});

describe("softmax_rows", () => {
  it("gives probabilities that do not change when a constant is added to the logits", () => {
    const probabilities = (shift: number): number[] => {
      const result = new Float64Array(3);
      softmaxRows.twin({ logits: Float64Array.of(shift, 1 + shift, -1 + shift), probabilities: result }, { rows: 1, classes: 3 });
      return Array.from(result);
    };
    const total = 1 + Math.E + 1 / Math.E;
    for (const [j, expected] of [1 / total, Math.E / total, 1 / Math.E / total].entries()) {
      expect(probabilities(0)[j]).toBeCloseTo(expected, 14);
      expect(probabilities(1e4)[j]).toBeCloseTo(expected, 10);
    }
  });
});

describe("loss_sums", () => {
  it("adds to what is there when told to", () => {
    const sums = Float64Array.of(10, 20, 30);
    lossSums.twin({ row_stats: Float64Array.of(1.5, 1, 1, 2.5, 0, 1), sums }, { rows: 2, accumulate: 1 });
    expect(Array.from(sums)).toEqual([14, 21, 32]);
  });
});
