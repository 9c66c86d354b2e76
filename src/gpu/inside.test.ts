import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { makeCopy } from "../data/copy";
import type { Dataset } from "../data/dataset";
import { presetNamed } from "../presets";
import { agrees, defaultTolerance } from "../shaders/cases/tolerance";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { noiseDigits, noisePicture } from "../testing/noiseDigits";
import { readDigit } from "../train/digitReader";
import { openTrainer } from "../train/open";
import { readSequence } from "../train/sequenceReader";
import type { Trainer } from "../train/trainer";
import { createWebGpuExecutor } from "./webgpuExecutor";

let dawn: DawnDevice;
beforeAll(async () => {
  dawn = await openDawn();
});
afterAll(() => dawn.close());

const task = { kind: "copy", symbols: 4, length: 30, delay: 10 } as const;
const digits: RunConfig = {
  ...presetNamed("digits-small").config,
  model: { ...presetNamed("digits-small").config.model, cell: "lstm", hiddenSize: 11, numLayers: 2 },
  batchSize: 8,
};

/** What both executors make of the same weights, as plain numbers. */
async function onBoth(config: RunConfig, dataset: Dataset, look: (trainer: Trainer) => Promise<readonly ArrayLike<number>[]>) {
  const all: number[][] = [];
  for (const executor of [await createCpuExecutor({ precision: "f64", native: false }), createWebGpuExecutor(dawn.device, dawn.facts)]) {
    const trainer = await openTrainer(config, dataset, executor);
    all.push((await look(trainer)).flatMap((array) => Array.from(array)));
    executor.destroy();
  }
  return all;
}

describe("looking inside on WebGPU gives the numbers of f64 arithmetic", () => {
  test("a digit: probabilities, states, gates, the input's gradient", async () => {
    const [expected = [], got = []] = await onBoth(digits, noiseDigits, async (trainer) => {
      const read = await readDigit(trainer, { pixels: noisePicture, target: 2, score: "logProbability" });
      return [read.probabilities, ...read.layers, read.dInput];
    });
    expect(got).toHaveLength(280 + 2 * 28 * 6 * 11 + 784);
    for (const [i, value] of expected.entries())
      expect(agrees(got[i] ?? Number.NaN, value, defaultTolerance.f32), `number ${i}`).toBe(true);
  }, 180_000);

  test("a sequence of more than one piece", async () => {
    const config: RunConfig = { ...digits, task, model: { ...digits.model, cell: "gru", embeddingSize: 6 } };
    const [expected = [], got = []] = await onBoth(config, makeCopy(task, 3), async (trainer) => {
      const tokens = Uint32Array.from({ length: 70 }, (_, i) => (i * 3) % 6);
      const read = await readSequence(trainer, tokens, tokens);
      return [read.surprise, read.topProbabilities, ...read.activations.layers];
    });
    expect(got).toHaveLength(70 + 350 + 2 * 70 * 4 * 11);
    for (const [i, value] of expected.entries())
      expect(agrees(got[i] ?? Number.NaN, value, defaultTolerance.f32), `number ${i}`).toBe(true);
  }, 180_000);
});
