import { describe, expect, it } from "vitest";
import { floatTensor, writeSafetensors } from "../files/safetensors";
import { presetNamed, presets } from "../presets";
import { isSavedRun, nearestPreset } from "./savedFile";

describe("a dropped file", () => {
  const bytes = writeSafetensors([["a", floatTensor([1], Float32Array.of(1))]]);

  it.each<[string, string, BlobPart[], boolean]>([
    ["the name", "run.SafeTensors", ["To be, or not to be"], true],
    ["the content", "run.txt", [bytes], true],
    ["text", "mine.txt", ["To be, or not to be, {"], false],
    ["JSON", "mine.json", ['{"a":{"b":{"c":1}}}'], false],
    ["nothing", "empty.txt", [], false],
    ["another binary format", "a.png", [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xd, 0xa, 0x1a, 0xa, 0)], false],
  ])("is told by %s", async (_, name, content, expected) => {
    expect(await isSavedRun(new File(content, name))).toBe(expected);
  });
});

describe("the preset of a configuration", () => {
  it.each(presets)("$name is its own", (preset) => {
    expect(nearestPreset(preset.config)).toBe(preset);
  });

  it("is the one that differs least", () => {
    const { config } = presetNamed("digits-lstm");
    const changed = { ...config, seed: 7, optimizer: { ...config.optimizer, lr: 0.02 } };
    expect(nearestPreset(changed).name).toBe("digits-lstm");
  });
});
