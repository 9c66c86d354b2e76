import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { makeText } from "../data/text";
import type { Executor } from "../plan/executor";
import { presetNamed } from "../presets";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { trainTo } from "../testing/trainTo";
import { compareTruncation, type TruncationRow } from "../train/compareTruncation";
import { openTrainer } from "../train/open";
import type { TrainerState } from "../train/trainerState";
import { createWebGpuExecutor } from "./webgpuExecutor";

let dawn: DawnDevice;
beforeAll(async () => {
  dawn = await openDawn();
});
afterAll(() => dawn.close());

const config: RunConfig = {
  ...presetNamed("chars-small").config,
  task: { kind: "text", source: "own", sequenceLength: 8, carryState: true },
  model: { cell: "gru", hiddenSize: 10, numLayers: 2, embeddingSize: 3, forgetBias: 0 },
  bptt: { kind: "random", mean: 3, compensate: true },
  batchSize: 4,
  validation: { every: 100, batches: 1 },
};
const dataset = makeText("A text", "the quick brown fox jumps over the lazy dog. ".repeat(8));

async function trained(executor: Executor) {
  const trainer = await openTrainer(config, dataset, executor);
  const { losses } = await trainTo(trainer, 6);
  const carryScale = await executor.read(trainer.run.train.carryScale);
  const state = await trainer.save();
  executor.destroy();
  return { losses, carryScale, state };
}

async function compared(state: TrainerState, executor: Executor): Promise<readonly TruncationRow[]> {
  const { rows } = await compareTruncation(state, dataset, executor, { lengths: [2, 5], batches: 3, draws: 3 });
  executor.destroy();
  return rows;
}

const gpu = (): Executor => createWebGpuExecutor(dawn.device, dawn.facts);
const cpu = (): Promise<Executor> => createCpuExecutor({ threads: 1 });

describe("truncation on WebGPU", () => {
  test("cuts where the CPU cuts and learns as it does; a comparison finds what it finds there", async () => {
    const [here, there] = [await trained(gpu()), await trained(await cpu())];
    expect(here.carryScale).toEqual(there.carryScale);
    for (const [i, loss] of here.losses.entries()) expect(loss).toBeCloseTo(there.losses[i]!, 3);
    const [rows, expected] = [await compared(there.state, gpu()), await compared(there.state, await cpu())];
    expect(rows).toHaveLength(6);
    for (const [i, { estimator, length, all }] of rows.entries()) {
      const other = expected[i]!;
      expect([estimator, length]).toEqual([other.estimator, other.length]);
      for (const pick of [
        (row: TruncationRow) => row.all.cosine.mean,
        (row: TruncationRow) => row.all.normRatio.mean,
        (row: TruncationRow) => row.recurrent.along.mean,
        (row: TruncationRow) => row.recurrent.bias!.relative,
        (row: TruncationRow) => row.recurrent.bias!.chance,
      ]) {
        expect(pick(rows[i]!), `${estimator} ${length}`).toBeCloseTo(pick(other), 3);
      }
      expect(all.normRatio.mean).not.toBeCloseTo(1, 3);
    }
  }, 120_000);
});
