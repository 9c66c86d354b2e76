import { afterEach, describe, expect, test, vi } from "vitest";
import { type Cell, cells, type RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { loadDataset } from "../data/dataset";
import { presetNamed } from "../presets";
import { memorySource } from "../testing/dataSource";
import { trainTo as train } from "../testing/trainTo";
import { metricsRow, rowCount } from "./metrics";
import { openTrainer } from "./open";
import { sampleText } from "./sampler";
import type { Trainer } from "./trainer";

const copy: RunConfig = {
  ...presetNamed("copy-memory").config,
  task: { kind: "copy", symbols: 3, length: 2, delay: 3 },
  model: { cell: "gru", hiddenSize: 12, numLayers: 1, embeddingSize: 5, forgetBias: 0 },
  batchSize: 16,
  validation: { every: 10, batches: 2 },
};

const textTask = { kind: "text", source: "own", sequenceLength: 8, carryState: true } as const;
const text: RunConfig = {
  ...copy,
  task: textTask,
  batchSize: 4,
};
const sentence = "the quick brown fox jumps over the lazy dog. ".repeat(40);

const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

async function open(config: RunConfig): Promise<Trainer> {
  const dataset = await loadDataset(config.task, memorySource({}), sentence, config.seed);
  const trainer = await openTrainer(config, dataset, await createCpuExecutor());
  opened.push(trainer);
  return trainer;
}

describe("training", () => {
  test("every step has its row, in order, and validations come when they should", async () => {
    const trainer = await open(copy);
    const { end, steps, validations } = await train(trainer, 35);
    expect(end).toEqual({ kind: "reached" });
    expect(steps).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
    expect(validations.map(({ step, full }) => [step, full])).toEqual([
      [10, false],
      [20, false],
      [30, false],
    ]);
  });

  test("the same seed gives the same numbers, another seed others", async () => {
    const first = await train(await open(copy), 20);
    const second = await train(await open(copy), 20);
    const other = await train(await open({ ...copy, seed: 2 }), 20);
    expect(second.losses).toEqual(first.losses);
    expect(other.losses).not.toEqual(first.losses);
  });

  test("reset begins the same run again", async () => {
    const trainer = await open(text);
    const first = await train(trainer, 25);
    await trainer.initialise();
    expect(trainer.step).toBe(0);
    expect((await train(trainer, 25)).losses).toEqual(first.losses);
  });

  test("pausing, sampling and validating on the way change nothing", async () => {
    const straight = await train(await open(text), 40);
    const trainer = await open(text);
    const begin = await train(trainer, 40, { shouldPause: () => trainer.step >= 13 });
    expect(begin.end).toEqual({ kind: "paused" });
    await trainer.validate(true);
    for await (const _ of sampleText(trainer, { prompt: Uint32Array.of(1), length: 10, temperature: 1, seed: 3 }));
    const rest = await train(trainer, 40);
    expect([...begin.losses, ...rest.losses]).toEqual(straight.losses);
  });

  test("a validation that a pause cut off at the end of an epoch is made up for", async () => {
    const trainer = await open({ ...text, epochs: 1 });
    const cut = await train(trainer, trainer.totalSteps, { shouldPause: () => trainer.step === trainer.totalSteps });
    expect(trainer.step).toBe(trainer.totalSteps);
    expect(cut.end).toEqual({ kind: "paused" });
    expect(cut.validations.some(({ full }) => full)).toBe(false);
    const rest = await train(trainer, trainer.totalSteps);
    expect(rest.end).toEqual({ kind: "reached" });
    expect(rest.validations.map(({ full, epoch }) => [full, epoch])).toEqual([[true, 1]]);
  });

  test("steps faster than the metrics are polled lose no row", async () => {
    const tiny: RunConfig = {
      ...copy,
      task: { kind: "copy", symbols: 2, length: 1, delay: 1 },
      model: { cell: "rnn_tanh", hiddenSize: 1, numLayers: 1, embeddingSize: 1, forgetBias: 0 },
      batchSize: 1,
      validation: { every: 1_000_000, batches: 1 },
    };
    const { steps } = await train(await open(tiny), 10_000);
    expect(steps).toHaveLength(10_000);
    expect(steps.at(-1)).toBe(10_000);
  });

  test("a full validation ends each epoch, of every validation target", async () => {
    const trainer = await open(text);
    const { validations } = await train(trainer, trainer.stepsPerEpoch);
    expect(validations.at(-1)).toMatchObject({ full: true, epoch: 1, step: trainer.stepsPerEpoch });
  });

  test("the state carried from window to window matters, and can be turned off", async () => {
    const carried = await train(await open(text), 5);
    const reset = await train(await open({ ...text, task: { ...textTask, carryState: false } }), 5);
    expect(reset.losses[0]).toBe(carried.losses[0]);
    expect(reset.losses[1]).not.toBe(carried.losses[1]);
  });

  test("a learning rate of zero, tuned on the way, stops learning", async () => {
    const trainer = await open(copy);
    await train(trainer, 3);
    const read = async (): Promise<number[]> => Array.from(await trainer.executor.read(trainer.run.parameters.values.whole));
    trainer.tune({ lr: 0 });
    const before = await read();
    await train(trainer, 6);
    expect(await read()).toEqual(before);
    trainer.tune({ lr: 0.01 });
    await train(trainer, 7);
    expect(await read()).not.toEqual(before);
  });

  test("clipping may change its kind on the way, and trains on as if it had always been so", async () => {
    const changes = [{ kind: "norm", max: 0.01 }, { kind: "value", max: 0.001 }, { kind: "none" }] as const;
    for (const clip of changes) {
      const fixed = await open({ ...copy, clip });
      const tuned = await open({ ...copy, clip: { kind: "norm", max: 5 } });
      // Before the first step: all that follows must be the same.
      tuned.tune({ clip });
      expect(tuned.config.clip).toEqual(clip);
      expect((await train(tuned, 8)).losses).toEqual((await train(fixed, 8)).losses);
    }
    const trainer = await open({ ...copy, clip: { kind: "none" } });
    const clipped: boolean[] = [];
    const hooks = {
      onMetrics(rows: Float32Array) {
        for (let i = 0; i < rowCount(rows); i++) clipped.push(metricsRow(rows, i).clipped);
      },
    };
    await train(trainer, 3, hooks);
    trainer.tune({ clip: { kind: "norm", max: 1e-4 } });
    await train(trainer, 6, hooks);
    trainer.tune({ clip: { kind: "none" } });
    await train(trainer, 8, hooks);
    expect(clipped).toEqual([false, false, false, true, true, true, false, false]);
  });

  test("the largest magnitude of the gradient says which steps clipping by value cuts", async () => {
    const max = 0.15;
    const trainer = await open({ ...copy, clip: { kind: "value", max } });
    const { executor, run } = trainer;
    const clipped = new Set<boolean>();
    for (let step = 1; step <= 30; step++) {
      await trainer.advance(1);
      const row = metricsRow(await trainer.flush(), 0);
      const gradient = await executor.read(run.parameters.gradients.whole);
      const largest = Math.max(...Array.from(gradient, Math.abs));
      expect(row).toMatchObject({ step, gradLargest: largest, clipped: largest > Math.fround(max) });
      clipped.add(row.clipped);
    }
    expect(clipped.size).toBe(2);
  });

  test("divergence ends the loop and names the step, which changes no weight", async () => {
    const config: RunConfig = {
      ...copy,
      model: { ...copy.model, cell: "rnn_tanh" },
      optimizer: { kind: "sgd", lr: 100, momentum: 0.99, weightDecay: 10 },
      clip: { kind: "none" },
    };
    const trainer = await open(config);
    const { end } = await train(trainer, 200);
    if (end.kind !== "diverged") throw new Error(`the run was ${end.kind}`);
    const before = await open(config);
    expect((await train(before, end.step - 1)).end.kind).toBe("reached");
    const weights = ({ executor, run }: Trainer) => executor.read(run.parameters.values.whole);
    expect(await weights(trainer)).toEqual(await weights(before));
  });
});

test("a run with a step that was cut off half done cannot be saved later either, until it is reset or restored", async () => {
  const trainer = await open(copy);
  const state = await trainer.save();
  const { executor } = trainer;
  const submit = vi.spyOn(executor, "submit").mockRejectedValueOnce(new Error("cut off"));
  await expect(trainer.advance(1)).rejects.toThrow("cut off");
  submit.mockRestore();
  await expect(trainer.save()).rejects.toThrow(/cut off half done/);
  expect(await trainer.advance(1)).toBe(1);
  await expect(trainer.save()).rejects.toThrow(/cut off half done/);
  await trainer.restore(state);
  expect((await trainer.save()).step).toBe(0);
  await trainer.advance(1);
  expect((await trainer.save()).step).toBe(1);
});

describe("overfitting one batch", () => {
  /** Sixteen sequences in all: every epoch is the same one batch. */
  async function openOneBatch(cell: Cell): Promise<Trainer> {
    const config: RunConfig = {
      ...copy,
      model: { ...copy.model, cell, hiddenSize: 32 },
      epochs: 10_000,
      validation: { every: 100_000, batches: 1 },
    };
    const dataset = await loadDataset(config.task, memorySource({}), undefined, config.seed);
    if (dataset.kind !== "copy") throw new TypeError("not the copy task");
    const T = dataset.steps;
    const few = {
      count: 16,
      inputs: dataset.train.inputs.slice(0, 16 * T),
      targets: dataset.train.targets.slice(0, 16 * T),
    };
    const trainer = await openTrainer(config, { ...dataset, train: few, validation: few }, await createCpuExecutor());
    opened.push(trainer);
    return trainer;
  }

  test.each(cells)("%s reaches a loss under 0.01", async (cell) => {
    const trainer = await openOneBatch(cell);
    const { losses } = await train(trainer, 600);
    expect(losses.at(-1)).toBeLessThan(0.01);
    expect(losses[0]).toBeGreaterThan(0.5);
  });
});

describe("sampling", () => {
  async function write(trainer: Trainer, temperature: number, seed: number): Promise<number[]> {
    const tokens: number[] = [];
    for await (const part of sampleText(trainer, { prompt: Uint32Array.of(2, 1), length: 50, temperature, seed })) tokens.push(...part);
    return tokens;
  }

  test("writes as many characters as asked, the same for the same seed, others for another", async () => {
    const trainer = await open(text);
    await train(trainer, 10);
    const first = await write(trainer, 1, 5);
    expect(first).toHaveLength(50);
    expect(first.every((token) => token < trainer.run.shape.outputs)).toBe(true);
    expect(await write(trainer, 1, 5)).toEqual(first);
    expect(await write(trainer, 1, 6)).not.toEqual(first);
  });

  test("learns a sentence by heart", async () => {
    const config: RunConfig = {
      ...text,
      model: { cell: "gru", hiddenSize: 48, numLayers: 1, embeddingSize: 16, forgetBias: 0 },
      optimizer: { kind: "adam", lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
      epochs: 1000,
      validation: { every: 100_000, batches: 1 },
    };
    const trainer = await open(config);
    await train(trainer, 500);
    const dataset = await loadDataset(config.task, memorySource({}), sentence, 1);
    if (dataset.kind !== "text") throw new TypeError("not a text");
    const prompt = Uint32Array.from("the quick", (c) => dataset.vocabulary.indexOf(c));
    let written = "";
    for await (const part of sampleText(trainer, { prompt, length: 35, temperature: 0.05, seed: 1 })) {
      written += Array.from(part, (token) => dataset.vocabulary[token]).join("");
    }
    expect(written).toBe(" brown fox jumps over the lazy dog.");
  });
});
