import { afterEach, describe, expect, test } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { DataError } from "../data/dataSource";
import { type Dataset, loadDataset } from "../data/dataset";
import { readCheckpoint, writeCheckpoint } from "../files/checkpoint";
import { floatTensor, readSafetensors, writeSafetensors } from "../files/safetensors";
import type { DeviceFacts } from "../plan/executor";
import { presetNamed } from "../presets";
import { memorySource } from "../testing/dataSource";
import { trainTo } from "../testing/trainTo";
import { openTrainer } from "../train/open";
import type { Trainer } from "../train/trainer";
import type { TrainerState } from "../train/trainerState";
import { inspectFile, MAX_FILE_BYTES, type Surroundings, saveRun } from "./savedRun";

const sentence = "the quick brown fox jumps over the lazy dog. ".repeat(40);
const copy: RunConfig = {
  ...presetNamed("copy-memory").config,
  task: { kind: "copy", symbols: 3, length: 2, delay: 2 },
  model: { cell: "gru", hiddenSize: 8, numLayers: 1, embeddingSize: 4, forgetBias: 0 },
  batchSize: 16,
  validation: { every: 20, batches: 1 },
};
const ownText: RunConfig = { ...copy, task: { kind: "text", source: "own", sequenceLength: 8, carryState: true }, batchSize: 4 };

const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

const load = (config: RunConfig, text?: string): Promise<Dataset> => loadDataset(config.task, memorySource({}), text, config.seed);

async function trained(config: RunConfig, steps: number, start?: { readonly state: TrainerState }): Promise<Trainer> {
  const trainer = await openTrainer(
    config,
    await load(config, sentence),
    await createCpuExecutor({ emulateHalf: true }),
    start === undefined ? {} : { start },
  );
  opened.push(trainer);
  await trainTo(trainer, steps);
  return trainer;
}

const device =
  (half: DeviceFacts["half"] = "none") =>
  async (): Promise<DeviceFacts> => ({ ...(await createCpuExecutor()).facts, half });

function inspect(bytes: Uint8Array<ArrayBuffer>, { text, ...more }: Partial<Surroundings> & { readonly text?: string } = {}) {
  const surroundings = { ownText: text, loadData: (config: RunConfig) => load(config, text), device: device(), ...more };
  return inspectFile(new File([bytes], "run.safetensors"), surroundings, new AbortController().signal);
}

/** A file whose header about the training was changed. */
function changed(bytes: Uint8Array, change: (header: Record<string, unknown>) => object): Uint8Array<ArrayBuffer> {
  const { tensors, metadata } = readSafetensors(bytes);
  return writeSafetensors(tensors, { unroll: JSON.stringify(change(JSON.parse(metadata.unroll ?? ""))) });
}

describe("a saved run", () => {
  test("is named by task, cell and step, and goes on with the same losses, bit for bit", async () => {
    const trainer = await trained(copy, 23);
    const { name, step, bytes } = await saveRun(trainer);
    expect({ name, step }).toEqual({ name: "unroll-copy-gru-step23.safetensors", step: 23 });
    const { losses } = await trainTo(trainer, 60);
    const { state, dataset } = await inspect(bytes);
    const again = await openTrainer(state.config, dataset, await createCpuExecutor(), { start: { state } });
    opened.push(again);
    expect((await trainTo(again, 60)).losses).toEqual(losses);
  });

  test("on a text of its own opens with that text, and else says which is needed", async () => {
    const { bytes } = await saveRun(await trained(ownText, 5));
    expect((await inspect(bytes, { text: sentence })).state.step).toBe(5);
    const missing = inspect(bytes);
    await expect(missing).rejects.toThrow("a text of its own, of 1,800 characters, 28 of them different, which is not in the file");
    await expect(missing).rejects.toMatchObject({ code: "bad-file", advice: expect.stringContaining("Drop that text") });
    await expect(inspect(bytes, { text: sentence.toUpperCase() })).rejects.toThrow("loaded is another one, of 1,800 characters");
    await expect(inspect(bytes, { text: "aaaa" })).rejects.toThrow("The text that is loaded cannot be trained on.");
  });

  test("in half precision needs a device that has it", async () => {
    const { bytes: half } = await saveRun(await trained({ ...copy, precision: "f16" }, 1));
    await expect(inspect(half)).rejects.toMatchObject({
      code: "bad-file",
      message: expect.stringContaining("half precision needs WebGPU"),
      advice: expect.stringContaining("open it where"),
    });
    expect((await inspect(half, { device: device("native") })).state.config.precision).toBe("f16");
  });

  const cases: readonly (readonly [string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>, string])[] = [
    ["nothing", () => new Uint8Array(), '"run.safetensors" cannot be opened. This is no safetensors file: it has only 0 bytes.'],
    ["a text", () => new TextEncoder().encode(sentence), '"run.safetensors" cannot be opened. This is no safetensors file'],
    ["half of it", (bytes) => bytes.slice(0, bytes.length / 2), "the file has"],
    ["weights alone", () => writeSafetensors([["fc.bias", floatTensor([1], Float32Array.of(1))]]), "It is not a checkpoint"],
    ["a newer format", (bytes) => changed(bytes, (header) => ({ ...header, version: 9 })), "newer version of Unroll"],
    ["a step that its counters contradict", (bytes) => changed(bytes, (header) => ({ ...header, step: 8 })), "do not fit step 8"],
    [
      "weights of another size",
      (bytes) => changed(bytes, (header) => ({ ...header, config: { ...copy, model: { ...copy.model, hiddenSize: 9 } } })),
      "this run needs [",
    ],
    [
      "other data",
      (bytes) => changed(bytes, (header) => ({ ...header, config: { ...copy, seed: 2 } })),
      '"run.safetensors" cannot be opened. The checkpoint was trained on other data',
    ],
    [
      "a number that is none",
      (bytes) => {
        const state = readCheckpoint(bytes);
        const arrays = state.arrays.map((each) => (each.name === "fc.bias" ? { ...each, data: each.data.map(() => Number.NaN) } : each));
        return writeCheckpoint({ ...state, arrays });
      },
      "fc.bias holds NaN at index 0",
    ],
  ];
  test.each(cases)("that is %s is refused with a sentence and advice", async (_, spoil, message) => {
    const { bytes } = await saveRun(await trained(copy, 3));
    const error: unknown = await inspect(spoil(bytes)).catch((reason: unknown) => reason);
    if (!(error instanceof DataError)) expect.fail(String(error));
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/\.$/);
    expect(error.advice).toMatch(/\.$/);
  });

  test("too large for a browser is refused before it is read", async () => {
    const file = new File(["x"], "huge.safetensors");
    Object.defineProperty(file, "size", { value: MAX_FILE_BYTES + 2 ** 29 });
    const surroundings = { ownText: undefined, loadData: (config: RunConfig) => load(config), device: device() };
    await expect(inspectFile(file, surroundings, new AbortController().signal)).rejects.toThrow(
      '"huge.safetensors" has 1.5 GiB; the page can open runs of up to 1 GiB.',
    );
  });

  test("that is no longer wanted is given up", async () => {
    const { bytes } = await saveRun(await trained(copy, 1));
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const surroundings = {
      ownText: undefined,
      loadData: (config: RunConfig) => load(config),
      device: device(),
      onProgress: () => controller.abort(reason),
    };
    await expect(inspectFile(new File([bytes], "run.safetensors"), surroundings, controller.signal)).rejects.toBe(reason);
  });
});

test("a run whose last step was cut off is not saved, until it is reset", async () => {
  const trainer = await trained(copy, 3);
  const { submit } = trainer.executor;
  trainer.executor.submit = () => Promise.reject(new Error("stopped between two kernels"));
  await expect(trainer.advance(1)).rejects.toThrow("stopped");
  trainer.executor.submit = submit;
  await expect(saveRun(trainer)).rejects.toMatchObject({ message: expect.stringContaining("cut off half done") });
  await trainer.initialise();
  expect((await saveRun(trainer)).step).toBe(0);
});
