import { describe, expect, it, test } from "vitest";
import { FileError } from "../files/fileError";
import { floatTensor, type StoredTensor, uintTensor } from "../files/safetensors";
import { interpretedCase, type MemoryCase, memoryFolder, smallConfig } from "../testing/verifyCase";
import { indexIn, readCase } from "./case";
import type { CaseConfig } from "./schema";

const extent = { steps: 4, batch: 2, initialState: true };
const { model } = smallConfig;
const withTokens: CaseConfig = {
  ...smallConfig,
  model: { ...model, inputSize: null, embedding: { vocab: 6, dim: 3 }, head: { outputs: 6, at: "all" } },
};
const floats = (...shape: number[]): StoredTensor => floatTensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));
const integers = (...shape: number[]): StoredTensor => uintTensor(shape, new Uint32Array(shape.reduce((a, b) => a * b, 1)));
const i64 = (shape: readonly number[], values: readonly bigint[]): StoredTensor => ({
  dtype: "I64",
  shape,
  bytes: new Uint8Array(BigInt64Array.from(values).buffer),
});

/** The sentence with which a case is refused once something in it has changed. */
async function refusal(change: (memory: MemoryCase) => void, config: CaseConfig = smallConfig): Promise<string> {
  const memory = interpretedCase(config, extent);
  change(memory);
  const error: unknown = await readCase(memoryFolder(memory)).then(
    () => new Error("it was accepted"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FileError);
  return error instanceof Error ? error.message : "";
}

const set =
  (file: "inputs" | "weights" | "expected", name: string, tensor: StoredTensor | null) =>
  (memory: MemoryCase): void => {
    if (tensor === null) memory[file].delete(name);
    else memory[file].set(name, tensor);
  };

describe("case.json", () => {
  const whole = (json: unknown) => (memory: MemoryCase) => {
    memory.json = json;
  };
  const changed = (fields: object) => (memory: MemoryCase) => {
    memory.json = { ...smallConfig, ...fields };
  };
  const without = (field: keyof CaseConfig) => (memory: MemoryCase) => {
    const { [field]: _, ...rest } = smallConfig;
    memory.json = rest;
  };
  test.each([
    ["no object", whole(3), "the case must be an object; it is 3"],
    ["a list", whole([]), "name is missing"],
    ["no name", without("name"), "name is missing"],
    ["two lines of name", changed({ name: "a\nb" }), 'name must be a text of one line; it is "a\\nb"'],
    ["no clip", without("clip"), "clip is missing"],
    ["an unknown field", changed({ dropout: 0.1 }), "dropout is not a field of a case"],
    ["an unknown field inside", changed({ model: { ...model, bias: true } }), "model.bias is not a field of a case"],
    [
      "an unknown cell",
      changed({ model: { ...model, cell: "gru2" } }),
      'model.cell must be one of rnn_tanh, lstm, gru, gru_reset_before; it is "gru2"',
    ],
    ["no hidden units", changed({ model: { ...model, hiddenSize: 0 } }), "model.hiddenSize must be a whole number from 1 to 4096; it is 0"],
    ["a fraction", changed({ model: { ...model, numLayers: 1.5 } }), "model.numLayers must be a whole number from 1 to 8; it is 1.5"],
    ["no input size", changed({ model: { ...model, inputSize: null } }), "model.inputSize must be at least 1 where there is no embedding"],
    [
      "a head elsewhere",
      changed({ model: { ...model, head: { outputs: 4, at: "first" } } }),
      'model.head.at must be last or all; it is "first"',
    ],
    ["a head that is none", changed({ model: { ...model, head: 4 } }), "model.head must be an object; it is 4"],
    ["another loss", changed({ loss: "mse" }), 'loss must be cross_entropy; it is "mse"'],
    ["another optimizer", changed({ optimizer: { kind: "lion" } }), 'optimizer.kind must be sgd, adam or adamw; it is "lion"'],
    ["no optimizer", changed({ optimizer: null }), "optimizer must be sgd, adam or adamw; it is null"],
    ["no momentum", changed({ optimizer: { kind: "sgd", lr: 1, weightDecay: 0 } }), "optimizer.momentum is missing"],
    ["one beta", changed({ optimizer: { kind: "adam", lr: 1, betas: [0.9], eps: 1e-8, weightDecay: 0 } }), "optimizer.betas.1 is missing"],
    [
      "a text for a number",
      changed({ optimizer: { ...smallConfig.optimizer, lr: "0.1" } }),
      'optimizer.lr must be a number from 1e-8 to 100; it is "0.1"',
    ],
    ["a clip of another kind", changed({ clip: { kind: "none" } }), 'clip.kind must be norm or value; it is "none"'],
    ["a clip without bound", changed({ clip: { kind: "norm" } }), "clip.max is missing"],
    ["a window of nothing", changed({ bptt: { kind: "fixed", k: 0 } }), "bptt.k must be a whole number from 1 to 1024; it is 0"],
    ["a carried text", changed({ carryState: "yes" }), 'carryState must be true or false; it is "yes"'],
    ["no steps", changed({ steps: 0 }), "steps must be a whole number from 1 to 4096; it is 0"],
    ["another precision", changed({ precision: "bf16" }), 'precision must be f32 or f16; it is "bf16"'],
    ["half a tolerance", changed({ tolerance: { abs: 1 } }), "tolerance.rel is missing"],
    ["a negative tolerance", changed({ tolerance: { abs: -1, rel: 0 } }), "tolerance.abs must be a number from 0 to 1000000; it is -1"],
  ])("refuses %s", async (_, change, clause) => expect(await refusal(change)).toBe(`memory/case.json: ${clause}.`));
});

describe("inputs.safetensors", () => {
  test.each([
    ["no x", set("inputs", "x", null), "x is missing"],
    ["no y", set("inputs", "y", null), "y is missing"],
    ["something else", set("inputs", "z", floats(1)), "z is not one of x, y, h0, c0"],
    [
      "tokens without an embedding",
      set("inputs", "x", integers(3, 4, 2)),
      "x holds integers of the shape [3, 4, 2]; it must be [n, T, B, I], since there is no embedding",
    ],
    [
      "too few axes",
      set("inputs", "x", floats(3, 4, 2)),
      "x holds floating-point numbers of the shape [3, 4, 2]; it must be [n, T, B, I], since there is no embedding",
    ],
    [
      "another input size",
      set("inputs", "x", floats(3, 4, 2, 9)),
      "x has the shape [3, 4, 2, 9]; it must be [3, 4, 2, 3], [n, T, B, I] with model.inputSize for I",
    ],
    ["another number of steps", set("inputs", "x", floats(2, 4, 2, 3)), "x has 2 steps; case.json says that steps is 3"],
    ["no time", set("inputs", "x", floats(3, 0, 2, 3)), "x has the shape [3, 0, 2, 3]; T must be from 1 to 1024"],
    [
      "an infinite input",
      set("inputs", "x", floatTensor([3, 4, 2, 3], new Float32Array(72).fill(Number.POSITIVE_INFINITY, 71))),
      "x holds Infinity at [2, 3, 1, 2]; every number must be finite",
    ],
    ["floating-point targets", set("inputs", "y", floats(3, 2)), "y is of dtype F32; it must be of integers (I64, I32, U32 or U8)"],
    [
      "targets of another head",
      set("inputs", "y", integers(3, 4, 2)),
      'y has the shape [3, 4, 2]; it must be [3, 2], [n, B] of x for the head at "last"',
    ],
    [
      "a target outside the outputs",
      set("inputs", "y", i64([3, 2], [0n, 1n, 2n, 3n, 4n, 0n])),
      "y holds 4 at [2, 0]; it must be below model.head.outputs, which is 4",
    ],
    [
      "a negative target",
      set("inputs", "y", i64([3, 2], [0n, -100n, 2n, 3n, 3n, 0n])),
      "y holds -100 at index 1; it must be from 0 to 4294967295",
    ],
    ["a state of another size", set("inputs", "h0", floats(1, 2, 5)), "h0 has the shape [1, 2, 5]; it must be [2, 2, 5], [L, B, H]"],
    ["a state of integers", set("inputs", "c0", integers(2, 2, 5)), "c0 is of dtype U32; it must be floating-point (F32, F64 or F16)"],
  ])("refuses %s", async (_, change, clause) => expect(await refusal(change)).toBe(`memory/inputs.safetensors: ${clause}.`));

  test.each([
    [
      "numbers for tokens",
      set("inputs", "x", floats(3, 4, 2)),
      "x holds floating-point numbers of the shape [3, 4, 2]; it must be [n, T, B] of tokens, since there is an embedding",
    ],
    [
      "a token outside the vocabulary",
      set("inputs", "x", uintTensor([3, 4, 2], new Uint32Array(24).fill(6))),
      "x holds 6 at [0, 0, 0]; it must be below model.embedding.vocab, which is 6",
    ],
    [
      "one target for each sequence",
      set("inputs", "y", integers(3, 2)),
      'y has the shape [3, 2]; it must be [3, 4, 2], [n, T, B] of x for the head at "all"',
    ],
  ])("refuses, with an embedding, %s", async (_, change, clause) =>
    expect(await refusal(change, withTokens)).toBe(`memory/inputs.safetensors: ${clause}.`),
  );

  it("refuses a cell state where the cell has none", async () => {
    const gru: CaseConfig = { ...smallConfig, model: { ...model, cell: "gru" } };
    expect(await refusal(set("inputs", "c0", floats(2, 2, 5)), gru)).toContain("inputs.safetensors: c0 is the cell state of an LSTM");
    expect(await refusal(set("expected", "c_n", floats(2, 2, 5)), gru)).toContain("expected.safetensors: c_n is the cell state of an LSTM");
  });
});

describe("weights.safetensors", () => {
  test.each([
    ["a missing parameter", set("weights", "rnn.bias_hh_l1", null), "rnn.bias_hh_l1 is missing"],
    ["an unknown parameter", set("weights", "rnn.weight_ih_l2", floats(20, 5)), "rnn.weight_ih_l2 is not a parameter of this model"],
    ["an embedding too many", set("weights", "embed.weight", floats(6, 3)), "embed.weight is not a parameter of this model"],
    [
      "another shape",
      set("weights", "fc.weight", floats(5, 4)),
      "fc.weight has the shape [5, 4]; it must be [4, 5], as model in case.json says",
    ],
    ["integers", set("weights", "fc.bias", integers(4)), "fc.bias is of dtype U32; it must be floating-point (F32, F64 or F16)"],
    [
      "not a number",
      set("weights", "fc.bias", floatTensor([4], Float32Array.of(0, Number.NaN, 0, 0))),
      "fc.bias holds NaN at [1]; every number must be finite",
    ],
  ])("refuses %s", async (_, change, clause) => expect(await refusal(change)).toBe(`memory/weights.safetensors: ${clause}.`));

  it("refuses a second bias for the GRU that resets before", async () => {
    const before: CaseConfig = { ...smallConfig, model: { ...model, cell: "gru_reset_before" } };
    const biases = floatTensor([15], new Float32Array(15).fill(0.1, 14));
    expect(await refusal(set("weights", "rnn.bias_hh_l1", biases), before)).toBe(
      "memory/weights.safetensors: rnn.bias_hh_l1 must be all zeros: gru_reset_before keeps its biases in bias_ih.",
    );
  });
});

describe("expected.safetensors", () => {
  test.each([
    ["nothing", (memory: MemoryCase) => memory.expected.clear(), "it is empty, so there is nothing to compare"],
    [
      "an unknown quantity",
      set("expected", "accuracy", floats(3)),
      "accuracy is no quantity of this case; there are logits, loss, grad_norm, grad.<parameter>, param.<parameter>, h_n, c_n and probe.<what>",
    ],
    [
      "the gradient of no parameter",
      set("expected", "grad.rnn.weight_ih_l2", floats(1)),
      "grad.rnn.weight_ih_l2 is no quantity of this case; there are logits, loss, grad_norm, grad.<parameter>, param.<parameter>, h_n, c_n and probe.<what>",
    ],
    ["a loss too few", set("expected", "loss", floats(2)), "loss has the shape [2]; it must be [3], one number for each step"],
    [
      "logits of another head",
      set("expected", "logits", floats(4, 2, 4)),
      "logits has the shape [4, 2, 4]; it must be [2, 4], [B, outputs]",
    ],
    ["integers", set("expected", "h_n", integers(2, 2, 5)), "h_n is of dtype U32; it must be floating-point (F32, F64 or F16)"],
    [
      "not a number",
      set("expected", "loss", floatTensor([3], Float32Array.of(1, Number.NaN, 1))),
      "loss holds NaN at [1]; every number must be finite",
    ],
  ])("refuses %s", async (_, change, clause) => expect(await refusal(change)).toBe(`memory/expected.safetensors: ${clause}.`));
});

test.each(["case.json", "inputs.safetensors", "weights.safetensors", "expected.safetensors"])(
  "refuses a missing or foreign %s",
  async (file) => {
    const memory = interpretedCase(smallConfig, extent);
    await expect(readCase(memoryFolder(memory, { [file]: null }))).rejects.toThrow(`memory/${file}: there is no such file.`);
    const foreign = readCase(memoryFolder(memory, { [file]: Uint8Array.of(1, 2, 3) }));
    await expect(foreign).rejects.toThrow(
      file === "case.json" ? "memory/case.json: it is not JSON." : `memory/${file}: This is no safetensors file`,
    );
    await expect(foreign).rejects.toBeInstanceOf(FileError);
  },
);

test("a place in a tensor", () => {
  expect(indexIn([2, 3, 4], 23)).toEqual([1, 2, 3]);
  expect(indexIn([2, 3, 4], 4)).toEqual([0, 1, 0]);
  expect(indexIn([5], 0)).toEqual([0]);
});
