import { describe, expect, it } from "vitest";
import { parseDecimal, withField } from "../configPath";
import { presetNamed } from "../presets";
import { baseOf, changedPaths, draftProblems, onlyLiveChanges, validConfig } from "./draft";

const preset = presetNamed("digits-rnn").config;

describe("draft", () => {
  it("lists what differs, NaN included", () => {
    expect(changedPaths(preset, preset)).toEqual([]);
    const draft = withField(preset, "model.hiddenSize", Number.NaN);
    expect(changedPaths(draft, preset)).toEqual(["model.hiddenSize"]);
    expect(changedPaths(draft, draft)).toEqual([]);
    expect(changedPaths(withField(preset, "clip.kind", "none"), preset)).toEqual(["clip.kind", "clip.max"]);
  });

  it("goes back to the defaults of the kind that is chosen", () => {
    const draft = withField(withField(preset, "optimizer.kind", "sgd"), "optimizer.momentum", 0.5);
    expect(changedPaths(draft, baseOf(draft, preset))).toEqual(["optimizer.momentum"]);
  });

  it("knows what a run takes up while it runs", () => {
    expect(onlyLiveChanges(withField(preset, "optimizer.lr", 0.5), preset)).toBe(true);
    expect(onlyLiveChanges(withField(preset, "seed", 3), preset)).toBe(false);
    for (const kind of ["none", "value"]) expect(onlyLiveChanges(withField(preset, "clip.kind", kind), preset)).toBe(true);
    expect(onlyLiveChanges(preset, withField(preset, "clip.kind", "none"))).toBe(true);
  });

  it("quotes what was typed where it is no number", () => {
    const problem = (text: string) =>
      draftProblems(withField(preset, "model.hiddenSize", parseDecimal(text)), { "model.hiddenSize": text })[0]?.message;
    expect(problem("")).toBe("must be a whole number from 1 to 4096; the field is empty");
    expect(problem("abc")).toBe('must be a whole number from 1 to 4096; "abc" is not one');
    expect(problem("0x10")).toBe('must be a whole number from 1 to 4096; "0x10" is not one');
    expect(problem("0")).toBe("must be a whole number from 1 to 4096; it is 0");
    expect(problem("10000000")).toBe("must be a whole number from 1 to 4096; it is 10000000");
    expect(problem("64")).toBeUndefined();
  });

  it("hands over only what can be run", () => {
    expect(validConfig(preset)).toEqual(preset);
    expect(validConfig(withField(preset, "epochs", 0))).toBeUndefined();
  });
});
