import { describe, expect, it } from "vitest";
import { SAMPLE_STATE_LENGTH, sampleCategorical } from "./sample";

/** The next `count` tokens from fixed logits. */
function generate(logits: readonly number[], temperature: number, count: number, seed = 1, prompt: readonly number[] = [0]) {
  const buffers = {
    logits: Float64Array.from(logits),
    settings: Float64Array.of(temperature, 0, 0, 0),
    prompt: Uint32Array.from(prompt),
    state: new Uint32Array(SAMPLE_STATE_LENGTH),
    token: new Uint32Array(1),
    output: new Uint32Array(4),
  };
  buffers.state.set([0, seed, prompt.length]);
  const tokens = Array.from({ length: count }, () => {
    sampleCategorical.twin(buffers, { classes: logits.length, capacity: 4 });
    return buffers.token[0]!;
  });
  return { tokens, ...buffers };
}

/** Pearson's statistic of the drawn tokens against softmax(logits / temperature). */
function chiSquare(logits: readonly number[], temperature: number, draws: number): number {
  const weights = logits.map((logit) => Math.exp(logit / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const { tokens } = generate(logits, temperature, draws);
  return weights.reduce((sum, weight, j) => {
    const expected = (draws * weight) / total;
    return sum + (tokens.filter((token) => token === j).length - expected) ** 2 / expected;
  }, 0);
}

describe("sample_categorical", () => {
  // 5 degrees of freedom: 20.5 is exceeded once in a thousand seeds.
  it.each([0.5, 1, 5])("draws each class as often as its probability says, at temperature %d", (temperature) => {
    expect(chiSquare([0, 1, -1, 0.5, -0.5, 1.5], temperature, 6000)).toBeLessThan(20.5);
  });

  it("takes the largest logit when cold", () => {
    for (const temperature of [0.05, 0]) {
      expect(new Set(generate([1, 4, 2, -3], temperature, 50).tokens)).toEqual(new Set([1]));
    }
  });

  it("survives huge logits", () => {
    expect(new Set(generate([-1e30, 1e30, 0], 0.05, 50).tokens)).toEqual(new Set([1]));
    expect(new Set(generate([1e4, -1e4, 1e4], 5, 50).tokens)).toEqual(new Set([0, 2]));
  });

  it("follows the prompt before it draws, and writes to the ring", () => {
    const { tokens, output, state } = generate([0, 0, 9e9, 0], 1, 6, 1, [3, 1, 0]);
    expect(tokens).toEqual([1, 0, 2, 2, 2, 2]);
    expect(Array.from(output)).toEqual([2, 2, 2, 2]);
    expect(Array.from(state)).toEqual([6, 1, 3, 0]);
  });

  it("repeats itself for the same seed only", () => {
    const logits = new Array<number>(20).fill(0);
    expect(generate(logits, 1, 30, 5).tokens).toEqual(generate(logits, 1, 30, 5).tokens);
    expect(generate(logits, 1, 30, 5).tokens).not.toEqual(generate(logits, 1, 30, 6).tokens);
  });
});
