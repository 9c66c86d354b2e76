import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { cells, type RunConfig } from "../config";
import { loadDataset } from "../data/dataset";
import { memorySource } from "../testing/dataSource";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { firstBeyond, growingBack, smallCopy } from "../testing/explosions";
import { trainTo } from "../testing/trainTo";
import { locateExplosion } from "../train/explosion";
import { openTrainer } from "../train/open";
import { Recorder } from "../train/recorder";
import type { Trainer } from "../train/trainer";
import { createWebGpuExecutor } from "./webgpuExecutor";

let dawn: DawnDevice;
beforeAll(async () => {
  dawn = await openDawn();
});
afterAll(() => dawn.close());
const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

async function open(config: RunConfig): Promise<Trainer> {
  const dataset = await loadDataset(config.task, memorySource({}), undefined, config.seed);
  const trainer = await openTrainer(config, dataset, createWebGpuExecutor(dawn.device, dawn.facts, { emulateHalf: true }));
  opened.push(trainer);
  return trainer;
}

const quiet = { shouldStop: () => false, onProgress: () => {} };

describe("an explosion on WebGPU", () => {
  test.each([
    ...cells.map((cell) => ({ cell, precision: "f32", factor: 1e11, limit: 3.4028234663852886e38, step: 1 }) as const),
    // The loss scale is halved in each step from 65,536 on until it is 1.
    { cell: "lstm", precision: "f16", factor: 4096, limit: 65_519, step: 17 } as const,
  ])("$cell in $precision is found where f64 says", async ({ cell, precision, factor, limit, step }) => {
    const trainer = await open(smallCopy(cell, { precision }));
    await trainer.setWeights(growingBack(trainer, cell, factor));
    const recorder = new Recorder(trainer);
    const { end } = await trainTo(trainer, 100, { recorder });
    expect(end).toEqual({ kind: "diverged", step });
    const explosion = await locateExplosion(trainer, recorder, step, quiet);
    if (explosion?.finding.kind !== "found") throw new Error(`the finding is ${explosion?.finding.kind}`);
    expect(explosion.finding.sightings[0]).toMatchObject({ layer: 0, unit: 0, ...(await firstBeyond(trainer, cell, factor, limit)) });
    expect(explosion.repeats).toBe(true);
  });

  test("is rewound to the bits that the run had, and does not come again with clipping and a lower rate", async () => {
    const config = smallCopy("gru", { optimizer: { kind: "sgd", lr: 100, momentum: 0.9, weightDecay: 1 } });
    const trainer = await open(config);
    const recorder = new Recorder(trainer, { now: () => trainer.step * 1e6 });
    const all = await trainTo(trainer, 100, { recorder });
    if (all.end.kind !== "diverged") throw new Error(`the run was ${all.end.kind}`);
    const { step } = all.end;
    const explosion = await locateExplosion(trainer, recorder, step, quiet);
    expect(explosion).toMatchObject({ step, repeats: true, finding: { kind: "found" } });
    const point = recorder.snapshots.find((each) => each.step > 0 && each.step < step - 2)?.step ?? 0;
    expect(point).toBeGreaterThan(0);
    await recorder.rewind(point);
    const again = await trainTo(trainer, step - 1);
    expect(again.losses).toEqual(all.losses.slice(point, step - 1));
    await recorder.rewind(0);
    trainer.tune({ lr: 0.1, clip: { kind: "norm", max: 1 } });
    expect((await trainTo(trainer, 60)).end).toEqual({ kind: "reached" });
  });
});
