import { describe, expect, it } from "vitest";
import { randomFloats } from "./cases/case";
import { embeddingBackward, embeddingForward } from "./embedding";

describe("embedding", () => {
  it("has the gradient that central differences give", () => {
    const [count, vocab, dim] = [7, 4, 3];
    const tokens = Uint32Array.of(2, 0, 2, 2, 1, 0, 2);
    const weight = Float64Array.from(randomFloats(1, vocab * dim));
    const dOut = Float64Array.from(randomFloats(2, count * dim));
    const loss = (): number => {
      const out = new Float64Array(count * dim);
      embeddingForward.twin({ weight, tokens, out }, { count, dim });
      return out.reduce((sum, value, i) => sum + value ** 2 * dOut[i]!, 0);
    };
    const out = new Float64Array(count * dim);
    embeddingForward.twin({ weight, tokens, out }, { count, dim });
    const dWeight = new Float64Array(vocab * dim).fill(9);
    embeddingBackward.twin({ tokens, d_out: out.map((value, i) => 2 * value * dOut[i]!), d_weight: dWeight }, { count, vocab, dim });

    const step = 1e-5;
    for (let i = 0; i < weight.length; i++) {
      const value = weight[i]!;
      weight[i] = value + step;
      const above = loss();
      weight[i] = value - step;
      const below = loss();
      weight[i] = value;
      expect(dWeight[i]).toBeCloseTo((above - below) / (2 * step), 8);
    }
    expect(Array.from(dWeight.subarray(9))).toEqual([0, 0, 0]);
  });
});
