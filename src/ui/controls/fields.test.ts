import { describe, expect, it } from "vitest";
import { configLeaves, withField } from "../../configPath";
import { presets } from "../../presets";
import { fieldAt, fieldLabel, fields, visibleFields } from "./fields";

const variants = presets.flatMap(({ config }) => [
  config,
  withField(config, "optimizer.kind", "sgd"),
  withField(config, "bptt.kind", "fixed"),
  withField(config, "bptt.kind", "random"),
  withField(config, "clip.kind", "value"),
]);

describe("the table of fields", () => {
  it("names every field that a configuration can have", () => {
    const paths = new Set(variants.flatMap((config) => configLeaves(config).map(([path]) => path)));
    expect([...paths].filter((path) => fieldLabel(path) === path)).toEqual([]);
    expect(fields.filter(({ path }) => !paths.has(path))).toEqual([]);
  });

  it("gives a choice for every value that a preset uses", () => {
    for (const config of variants) {
      for (const [path, value] of configLeaves(config)) {
        const field = fieldAt(path);
        if (field.kind === "choice") expect(field.choices.map(([choice]) => choice)).toContain(value);
      }
    }
  });

  it("shows only what matters to the task", () => {
    const paths = (name: string) =>
      visibleFields("model", presets.find((preset) => preset.name === name)?.config ?? {}).map(({ path }) => path);
    expect(paths("digits-rnn")).not.toContain("model.embeddingSize");
    expect(paths("chars-lstm")).toContain("model.embeddingSize");
    expect(paths("digits-rnn")).not.toContain("model.forgetBias");
    expect(paths("chars-lstm")).toContain("model.forgetBias");
  });
});
