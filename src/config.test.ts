import { describe, expect, test } from "vitest";
import { ConfigError, configProblems, parseRunConfig, type RunConfig, sequenceSteps } from "./config";
import { presetNamed, presets } from "./presets";

const base = presetNamed("digits-rnn").config;
const withModel = (model: object): unknown => ({ ...base, model: { ...base.model, ...model } });
const random = (mean: number, compensate: unknown): unknown => ({ kind: "random", mean, compensate });

describe("configurations", () => {
  test.each(presets.map((preset) => [preset.name, preset.config] as const))("preset %s is valid", (_, config) => {
    expect(configProblems(config)).toEqual([]);
    expect(parseRunConfig(config)).toEqual(config);
  });

  test.each([
    ["hidden size 0", withModel({ hiddenSize: 0 }), "model.hiddenSize", "whole number from 1 to 4096; it is 0"],
    ["hidden size 10,000,000", withModel({ hiddenSize: 10_000_000 }), "model.hiddenSize", "it is 10000000"],
    ["a fraction of a layer", withModel({ numLayers: 1.5 }), "model.numLayers", "it is 1.5"],
    ["NaN", { ...base, batchSize: Number.NaN }, "batchSize", "it is NaN"],
    ["text for a number", { ...base, seed: "7" }, "seed", 'it is "7"'],
    ["an unknown cell", withModel({ cell: "transformer" }), "model.cell", "must be one of rnn_tanh"],
    ["an unknown kind", { ...base, clip: { kind: "often" } }, "clip.kind", "must be none, norm or value"],
    ["a field too many", { ...base, surprise: 1 }, "surprise", "is not a field"],
    ["a window longer than the sequence", { ...base, bptt: { kind: "fixed", k: 29 } }, "bptt.k", "at most the 28 time steps"],
    ["a mean length at which everything is cut", { ...base, bptt: random(1, true) }, "bptt.mean", "whole number from 2 to 1024; it is 1"],
    ["half a step between cuts", { ...base, bptt: random(2.5, true) }, "bptt.mean", "it is 2.5"],
    ["no word on compensation", { ...base, bptt: random(8, undefined) }, "bptt.compensate", "must be true or false"],
    ["a truncation that is not there", { ...base, bptt: { kind: "often" } }, "bptt.kind", "must be full, fixed or random"],
  ])("%s is refused with a sentence that names the field", (_, config, path, clause) => {
    const [problem] = configProblems(config);
    expect(problem?.path).toBe(path);
    expect(problem?.message).toContain(clause);
    expect(() => parseRunConfig(config)).toThrow(ConfigError);
  });

  test("cuts at random may lie further apart than a sequence is long", () => {
    expect(configProblems({ ...base, bptt: random(1024, false) })).toEqual([]);
  });

  test("a missing field is named", () => {
    const { seed: _, ...rest } = base;
    expect(configProblems(rest)).toEqual([{ path: "seed", message: "is missing" }]);
  });

  test("a file from before there was a forget bias has none", () => {
    const { forgetBias: _, ...model } = base.model;
    expect(parseRunConfig({ ...base, model }).model.forgetBias).toBe(0);
  });

  test("all problems are told at once", () => {
    const broken = { ...base, batchSize: 0, epochs: -1 };
    expect(configProblems(broken).map(({ path }) => path)).toEqual(["batchSize", "epochs"]);
  });

  test("a field that is wrong in two ways is told once", () => {
    const infinite = { ...base, batchSize: Number.POSITIVE_INFINITY, optimizer: { ...base.optimizer, lr: Number.POSITIVE_INFINITY } };
    expect(configProblems(infinite)).toEqual([
      { path: "batchSize", message: "must be a whole number from 1 to 1024; it is Infinity" },
      { path: "optimizer.lr", message: "must be a number from 1e-8 to 100; it is Infinity" },
    ]);
  });

  test("time steps of each task", () => {
    const steps = (task: RunConfig["task"]): number => sequenceSteps(task);
    expect(steps({ kind: "digits" })).toBe(28);
    expect(steps({ kind: "text", source: "own", sequenceLength: 50, carryState: true })).toBe(50);
    expect(steps({ kind: "copy", symbols: 8, length: 5, delay: 7 })).toBe(17);
  });

  test("an unknown preset is named, with those there are", () => {
    expect(() => presetNamed("digits-huge")).toThrow(/"digits-huge".*digits-rnn/);
  });

  test("the published models are exactly as published", () => {
    expect(base).toMatchObject({
      model: { cell: "rnn_tanh", hiddenSize: 128, numLayers: 2 },
      batchSize: 64,
      epochs: 10,
      optimizer: { kind: "adam" },
    });
    expect(presetNamed("chars-lstm").config).toMatchObject({
      model: { cell: "lstm", hiddenSize: 1024, numLayers: 2, embeddingSize: 512 },
      sampling: { temperature: 0.8 },
      clip: { kind: "norm", max: 5 },
    });
  });
});
