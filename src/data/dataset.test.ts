import { describe, expect, it } from "vitest";
import { presetNamed } from "../presets";
import { idxFile, memorySource } from "../testing/dataSource";
import { facts, loadDataset } from "./dataset";
import { digitsFiles } from "./digits";
import { SHAKESPEARE_PATH } from "./text";

const digits = [
  idxFile([2, 28, 28], new Uint8Array(1568)),
  idxFile([2], [3, 4]),
  idxFile([1, 28, 28], new Uint8Array(784)),
  idxFile([1], [5]),
];
const source = memorySource({
  ...Object.fromEntries(digitsFiles.map((path, i) => [path, digits[i] ?? new Uint8Array(0)])),
  [SHAKESPEARE_PATH]: new TextEncoder().encode("To be, or not to be"),
});
const text = { kind: "text", source: "own", sequenceLength: 4, carryState: true } as const;

describe("loadDataset", () => {
  it("loads digits", async () => {
    const data = await loadDataset({ kind: "digits" }, source, undefined, 1);
    expect(facts(data)).toEqual({ name: "MNIST", trainItems: 2, validationItems: 1, classes: 10, vocabulary: [] });
  });

  it("loads Shakespeare or a text of one's own", async () => {
    const shakespeare = facts(await loadDataset({ ...text, source: "shakespeare" }, source, "abc", 1));
    expect(shakespeare).toMatchObject({ name: "Tiny Shakespeare", trainItems: 17, validationItems: 2, classes: 9 });
    const own = facts(await loadDataset(text, source, "abcabcabca", 1));
    expect(own).toEqual({ name: "Your text", trainItems: 9, validationItems: 1, classes: 3, vocabulary: ["a", "b", "c"] });
    await expect(loadDataset(text, source, undefined, 1)).rejects.toMatchObject({ code: "no-data" });
  });

  it("generates the copy task from the seed", async () => {
    const { task } = presetNamed("copy-memory").config;
    const data = await loadDataset(task, source, undefined, 1);
    expect(facts(data)).toEqual({ name: "Copy memory", trainItems: 12_800, validationItems: 1280, classes: 10, vocabulary: [] });
    const other = await loadDataset(task, source, undefined, 2);
    if (data.kind !== "copy" || other.kind !== "copy") throw new Error("not the copy task's data");
    expect(other.train.inputs.slice(0, 8)).not.toEqual(data.train.inputs.slice(0, 8));
  });

  it("does not start after an abort", async () => {
    const reason = new Error("stopped");
    await expect(loadDataset({ kind: "digits" }, source, undefined, 1, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
