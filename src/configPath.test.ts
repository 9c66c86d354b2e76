import { describe, expect, test } from "vitest";
import { ConfigError } from "./config";
import { applyOverrides, configLeaves, configOverrides, getField, withField } from "./configPath";
import { presetNamed, presets } from "./presets";

const base = presetNamed("digits-rnn").config;

describe("configuration paths", () => {
  test("reads and lists leaves", () => {
    expect(getField(base, "optimizer.lr")).toBe(0.001);
    expect(getField(base, "optimizer")).toBeUndefined();
    expect(configLeaves(base)).toContainEqual(["task.kind", "digits"]);
  });

  test("sets one field and leaves the original alone", () => {
    const changed = withField(base, "model.hiddenSize", 64);
    expect(getField(changed, "model.hiddenSize")).toBe(64);
    expect(base.model.hiddenSize).toBe(128);
  });

  test("a new kind brings its own fields and keeps the shared ones", () => {
    const changed = withField({ ...base, optimizer: { ...base.optimizer, lr: 0.25 } }, "optimizer.kind", "sgd");
    expect(changed).toMatchObject({ optimizer: { kind: "sgd", lr: 0.25, momentum: 0.9, weightDecay: 0 } });
    expect(getField(changed, "optimizer.beta1")).toBeUndefined();
  });

  test.each(["optimizer.nothing", "nothing", "optimizer", "model.hiddenSize.deeper", "__proto__.x", "toString"])(
    "%s is not a field",
    (path) => {
      expect(() => withField(base, path, 1)).toThrow(ConfigError);
    },
  );

  test("overrides from text, in any order", () => {
    const config = applyOverrides(base, [
      ["bptt.k", "7"],
      ["bptt.kind", "fixed"],
      ["model.cell", "lstm"],
      ["optimizer.lr", "1e-2"],
    ]);
    expect(config).toMatchObject({ bptt: { kind: "fixed", k: 7 }, model: { cell: "lstm" }, optimizer: { lr: 0.01 } });
  });

  test.each([
    ["optimizer.lr", "fast", "optimizer.lr"],
    ["optimizer.lr", "", "optimizer.lr"],
    ["model.hiddenSize", "0", "model.hiddenSize"],
    ["task.kind", "poetry", "task"],
  ])("%s=%s is refused", (path, text, named) => {
    expect(() => applyOverrides(base, [[path, text]])).toThrow(named);
  });

  test("overrides rebuild any preset from any other", () => {
    for (const from of presets) {
      for (const to of presets) {
        expect(applyOverrides(from.config, configOverrides(to.config, from.config))).toEqual(to.config);
      }
    }
  });

  test("equal configurations have no overrides", () => {
    expect(configOverrides(base, structuredClone(base))).toEqual([]);
  });
});
