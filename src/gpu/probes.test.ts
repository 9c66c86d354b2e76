import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cells } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { loadDataset } from "../data/dataset";
import { memorySource } from "../testing/dataSource";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { copyRun, probed, probedConfig, sentence, stepsOf, textRun } from "../testing/probedRun";
import { trainTo } from "../testing/trainTo";
import { openTrainer } from "../train/open";
import { createWebGpuExecutor } from "./webgpuExecutor";

let dawn: DawnDevice;

beforeAll(async () => {
  dawn = await openDawn();
});
afterAll(() => dawn.close());

const runs = cells.map((cell) => [cell, probedConfig(cell === "gru" ? textRun : copyRun, cell)] as const);

describe("on the GPU", () => {
  it.each(runs)("probes change nothing of the training, and see what the CPU sees: %s", { timeout: 120_000 }, async (_, config) => {
    const dataset = await loadDataset(config.task, memorySource({}), sentence, config.seed);
    const open = async (every: number, on: "gpu" | "cpu" = "gpu") => {
      const executor = on === "cpu" ? await createCpuExecutor({ precision: "f64" }) : createWebGpuExecutor(dawn.device, dawn.facts);
      const trainer = await openTrainer(config, dataset, executor);
      trainer.probes.every = every;
      return trainer;
    };
    const [plain, looking, oracle] = [await open(0), await open(2), await open(2, "cpu")];
    const without = await trainTo(plain, 6);
    const { losses, frames } = await probed(looking, 6);
    expect(losses).toEqual(without.losses);
    expect(stepsOf(frames)).toEqual([1, 2, 4, 6]);
    expect((await looking.save()).arrays).toEqual((await plain.save()).arrays);
    const expected = (await probed(oracle, 6)).frames;
    const { spectral } = looking.run.probes;
    for (const [i, frame] of frames.entries()) {
      const want = expected[i]?.row ?? [];
      const wrong = frame.row.findIndex(
        (value, at) => !(Math.abs(value - (want[at] ?? Number.NaN)) <= tolerance(at >= spectral, want[at] ?? 0)),
      );
      expect([frame.step, wrong, frame.row[wrong], want[wrong]]).toEqual([frame.step, -1, undefined, undefined]);
    }
    for (const trainer of [plain, looking, oracle]) trainer.executor.destroy();
  });
});

/** The power iteration has a few steps behind it only: what is not settled yet carries rounding on. */
const tolerance = (isSpectral: boolean, value: number): number =>
  isSpectral ? 1e-3 + 1e-2 * Math.abs(value) : 1e-5 + 1e-3 * Math.abs(value);
