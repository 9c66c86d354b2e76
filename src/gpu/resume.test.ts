import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunConfig } from "../config";
import { type Dataset, loadDataset } from "../data/dataset";
import { readCheckpoint, writeCheckpoint } from "../files/checkpoint";
import { presetNamed } from "../presets";
import { memorySource } from "../testing/dataSource";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { trainTo } from "../testing/trainTo";
import { openTrainer } from "../train/open";
import type { Trainer } from "../train/trainer";
import type { TrainerState } from "../train/trainerState";
import { createWebGpuExecutor } from "./webgpuExecutor";

let dawn: DawnDevice;
beforeAll(async () => {
  dawn = await openDawn();
});
afterAll(() => dawn.close());

/** Ten steps to the epoch. */
const config: RunConfig = {
  ...presetNamed("chars-small").config,
  task: { kind: "text", source: "own", sequenceLength: 8, carryState: true },
  model: { cell: "lstm", hiddenSize: 10, numLayers: 1, embeddingSize: 3, forgetBias: 0 },
  batchSize: 4,
  validation: { every: 100, batches: 1 },
};
const sentence = "the quick brown fox jumps over the lazy dog. ".repeat(8);

async function open(dataset: Dataset, state?: TrainerState): Promise<Trainer> {
  const executor = createWebGpuExecutor(dawn.device, dawn.facts);
  return openTrainer(state?.config ?? config, dataset, executor, state === undefined ? {} : { start: { state } });
}

describe("the same seed on one adapter", () => {
  test("gives the same bits, straight, again, and saved and continued on a fresh executor", async () => {
    const dataset = await loadDataset(config.task, memorySource({}), sentence, config.seed);
    const straight = await open(dataset);
    expect(straight.stepsPerEpoch).toBe(10);
    const all = await trainTo(straight, 12);
    const final = await straight.save();
    straight.executor.destroy();

    const again = await open(dataset);
    expect((await trainTo(again, 12)).losses).toEqual(all.losses);
    again.executor.destroy();

    const first = await open(dataset);
    const begin = await trainTo(first, 7);
    const file = writeCheckpoint(await first.save());
    first.executor.destroy();
    const second = await open(dataset, readCheckpoint(file));
    const rest = await trainTo(second, 12);
    expect([...begin.losses, ...rest.losses]).toEqual(all.losses);
    expect(rest.validations).toEqual(all.validations);
    expect((await second.save()).arrays).toEqual(final.arrays);
    second.executor.destroy();
  }, 180_000);
});
