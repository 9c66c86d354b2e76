import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { presetNamed } from "../presets";
import type { TrainerState } from "../train/trainerState";
import { readCheckpoint, readWeights, writeCheckpoint } from "./checkpoint";
import { FileError } from "./fileError";
import { floatTensor, readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors";

const state: TrainerState = {
  config: presetNamed("copy-memory").config,
  data: { kind: "copy", name: "Copy memory", trainItems: 12_800, validationItems: 1280, classes: 10, fingerprint: "0123456789abcdef" },
  step: 203,
  epoch: 1,
  batch: 3,
  fullyValidatedAt: 200,
  arrays: [
    { name: "fc.bias", shape: [3], data: Float32Array.of(1, -0, 1e-40) },
    { name: "moment1.fc.bias", shape: [3], data: Float32Array.of(0.1, Number.NaN, 3) },
    { name: "carried.hidden_l0", shape: [1, 2], data: Float32Array.of(4, 5) },
    { name: "state.counters", shape: [2], data: Uint32Array.of(203, 0xffff_ffff) },
  ],
};
const file = writeCheckpoint(state);

/** The file with another header, or with more tensors. */
function changed(header: (old: Record<string, unknown>) => unknown, more: readonly (readonly [string, StoredTensor])[] = []): Uint8Array {
  const { tensors, metadata } = readSafetensors(file);
  const value = header(JSON.parse(metadata.unroll ?? ""));
  return writeSafetensors([...tensors, ...more], { unroll: typeof value === "string" ? value : JSON.stringify(value) });
}

describe("a checkpoint", () => {
  test("reads as it was written, every bit", () => {
    const read = readCheckpoint(file);
    expect({ ...read, arrays: [] }).toEqual({ ...state, arrays: [] });
    const bytesOf = ({ arrays }: TrainerState) =>
      new Map(arrays.map(({ name, shape, data }) => [name, [shape, data.constructor.name, ...new Uint8Array(data.slice().buffer)]]));
    expect(bytesOf(read)).toEqual(bytesOf(state));
  });

  test("is a safetensors file of PyTorch's, whose weights can be had alone", () => {
    expect(readSafetensors(file).metadata.format).toBe("pt");
    expect(readWeights(file)).toEqual([state.arrays[0]]);
    const foreign = writeSafetensors([["state.of.things", floatTensor([1], Float32Array.of(2))]]);
    expect(readWeights(foreign)).toEqual([{ name: "state.of.things", shape: [1], data: Float32Array.of(2) }]);
  });

  test.each<[string, Uint8Array, string]>([
    ["half a file", file.subarray(0, file.length / 2), "cut short"],
    ["weights alone", writeSafetensors([["a", floatTensor([1], Float32Array.of(1))]]), "It is not a checkpoint"],
    ["a header that is not JSON", changed(() => "{"), "is not JSON"],
    ["a header without a version", changed(({ version: _, ...rest }) => rest), "has no version"],
    ["a header that is a list", changed(() => []), "has no version"],
    [
      "a newer format",
      changed((old) => ({ version: 2, config: old.config })),
      "newer version of Unroll: its format is 2, and this one reads up to 1",
    ],
    ["a step that is none", changed((old) => ({ ...old, step: -1 })), "step must be a whole number of at least 0"],
    ["no epoch", changed(({ epoch: _, ...rest }) => rest), "It is damaged: epoch"],
    ["other data", changed((old) => ({ ...old, data: { ...state.data, kind: "poems" } })), "data.kind must be digits, text or copy"],
    [
      "a configuration that cannot be run",
      changed((old) => ({ ...old, config: { ...state.config, batchSize: 0 } })),
      "Its configuration cannot be run: batchSize must be a whole number from 1 to 1024; it is 0.",
    ],
    [
      "halves",
      changed((old) => old, [["half", { dtype: "F16", shape: [1], bytes: new Uint8Array(2) }]]),
      "half is of dtype F16; a checkpoint holds F32 and U32.",
    ],
  ])("refuses %s", (_, bytes, sentence) => {
    expect(() => readCheckpoint(bytes)).toThrow(FileError);
    expect(() => readCheckpoint(bytes)).toThrow(sentence);
  });

  test("throws nothing but a FileError, whichever byte is changed and wherever it is cut", () => {
    const tries = (bytes: Uint8Array): void => {
      try {
        readCheckpoint(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(FileError);
      }
    };
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), (at, value) => tries(file.with(at, value))),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.nat(file.length - 1), (length) => {
        expect(() => readCheckpoint(file.subarray(0, length))).toThrow(FileError);
      }),
    );
  });
});
