import { afterEach, describe, expect, it } from "vitest";
import { type Cell, cells, type RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { loadDataset } from "../data/dataset";
import { gradientReach, INITIAL_LOSS_SCALE, initialControl } from "../model/lossScaling";
import { carryScales } from "../model/training";
import { ExecutorError } from "../plan/executor";
import { presetNamed } from "../presets";
import { controlIndex } from "../shaders/gradient_norm";
import { memorySource } from "../testing/dataSource";
import { runLoop } from "./loop";
import { type MetricsRow, metricsRow, rowCount } from "./metrics";
import { openTrainer } from "./open";
import type { Trainer } from "./trainer";

const copy: RunConfig = {
  ...presetNamed("copy-memory").config,
  task: { kind: "copy", symbols: 3, length: 2, delay: 3 },
  model: { cell: "gru", hiddenSize: 13, numLayers: 2, embeddingSize: 5, forgetBias: 0 },
  batchSize: 16,
  validation: { every: 1000, batches: 2 },
};
const text: RunConfig = { ...copy, task: { kind: "text", source: "own", sequenceLength: 7, carryState: true }, batchSize: 3 };
const half = (config: RunConfig): RunConfig => ({ ...config, precision: "f16" });

const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

async function open(config: RunConfig, emulateHalf = true): Promise<Trainer> {
  const sentence = "the quick brown fox jumps over the lazy dog. ".repeat(40);
  const dataset = await loadDataset(config.task, memorySource({}), sentence, config.seed);
  const trainer = await openTrainer(config, dataset, await createCpuExecutor({ emulateHalf }));
  opened.push(trainer);
  return trainer;
}

async function rowsUntil(trainer: Trainer, target: number) {
  const rows: MetricsRow[] = [];
  const end = await runLoop(trainer, target, {
    onMetrics: (block) => rows.push(...Array.from({ length: rowCount(block) }, (_, i) => metricsRow(block, i))),
    onValidation: () => {},
    shouldPause: () => false,
  });
  return { end, rows };
}

const carryScaleOf = async (trainer: Trainer): Promise<Float32Array> =>
  Float32Array.from(await trainer.executor.read(trainer.run.train.carryScale));

const withScale = (scale: number): Float32Array => initialControl("f16").map((value, i) => (i === controlIndex.lossScale ? scale : value));

describe("half precision", () => {
  it.each(cells)("trains a %s as f32 does, within what f16 rounds away", async (cell: Cell) => {
    const config = { ...copy, model: { ...copy.model, cell } };
    const single = await rowsUntil(await open(config), 60);
    const mixed = await rowsUntil(await open(half(config)), 60);
    for (const [i, { loss, gradNorm, lossScale, skippedSteps }] of mixed.rows.entries()) {
      const other = single.rows[i]!;
      expect(Math.abs(loss - other.loss), `loss of step ${i + 1}`).toBeLessThan(5e-3 * other.loss);
      expect(Math.abs(gradNorm - other.gradNorm), `norm of step ${i + 1}`).toBeLessThan(5e-2 * other.gradNorm);
      expect([lossScale, skippedSteps]).toEqual([INITIAL_LOSS_SCALE, 0]);
    }
    // Rounded, so not the same; and it learns.
    expect(mixed.rows.map(({ loss }) => loss)).not.toEqual(single.rows.map(({ loss }) => loss));
    expect(mixed.rows.at(-1)!.loss).toBeLessThan(0.8 * mixed.rows[0]!.loss);
  });

  it("halves a scale that is too large and skips those steps, weights untouched", async () => {
    const trainer = await open(half(copy));
    const { parameters, state } = trainer.run;
    trainer.executor.write(state.control, withScale(2 ** 30));
    const before = await trainer.executor.read(parameters.values.whole);
    const first = await rowsUntil(trainer, 1);
    expect(first.rows[0]).toMatchObject({ lossScale: 2 ** 30, skippedSteps: 1 });
    expect(Number.isFinite(first.rows[0]!.gradNorm)).toBe(false);
    expect(first.end).toEqual({ kind: "reached" });
    expect(await trainer.executor.read(parameters.values.whole)).toEqual(before);
    const { end, rows } = await rowsUntil(trainer, 40);
    expect(end).toEqual({ kind: "reached" });
    const good = rows.findIndex(({ gradNorm }) => Number.isFinite(gradNorm));
    expect(rows.slice(0, good).map(({ lossScale }) => lossScale)).toEqual(Array.from({ length: good }, (_, i) => 2 ** (29 - i)));
    expect(rows.at(-1)).toMatchObject({ lossScale: 2 ** (29 - good), skippedSteps: good + 1 });
    expect(await trainer.executor.read(parameters.values.whole)).not.toEqual(before);
  });

  it("counts what a small scale loses", async () => {
    const trainer = await open(half(copy));
    const { rows } = await rowsUntil(trainer, 1);
    await trainer.initialise();
    trainer.executor.write(trainer.run.state.control, withScale(2 ** -8));
    const low = await rowsUntil(trainer, 1);
    expect(rows[0]!.underflow).toBeLessThan(0.01);
    expect(low.rows[0]!.underflow).toBeGreaterThan(0.9);
  });

  it("counts gate gradients of zero as lost too", async () => {
    const trainer = await open(half(copy));
    const { values } = trainer.run.parameters;
    trainer.executor.write(values.get("fc.weight"), new Float32Array(values.get("fc.weight").size));
    await trainer.executor.submit(trainer.run.refresh, 1);
    expect((await rowsUntil(trainer, 1)).rows[0]!.underflow).toBe(1);
  });

  it("counts no step as lost that no gradient reaches, whichever steps the random cuts leave out", async () => {
    const trainer = await open(half({ ...copy, bptt: { kind: "random", mean: 2, compensate: false } }));
    const { rows } = await rowsUntil(trainer, 20);
    for (const { underflow } of rows) expect(underflow).toBeLessThan(0.01);
    const reach = await trainer.executor.read(trainer.run.train.scaling!.reach);
    expect([...reach]).toEqual([...gradientReach(await carryScaleOf(trainer), trainer.run.feed.targetSteps)]);
  });

  it("ends a run whose loss is no longer finite", async () => {
    const trainer = await open(half(copy));
    trainer.executor.write(trainer.run.state.control, withScale(1));
    const { values } = trainer.run.parameters;
    trainer.executor.write(values.get("fc.weight"), new Float32Array(values.get("fc.weight").size).fill(1e30));
    await trainer.executor.submit(trainer.run.refresh, 1);
    expect((await rowsUntil(trainer, 5)).end).toEqual({ kind: "diverged", step: 1 });
  });

  it.each([
    ["copy memory", copy],
    ["text with carried state and random cuts", { ...text, bptt: { kind: "random", mean: 3, compensate: true } }],
  ] as const)("%s, saved and resumed, gives the same bits", async (_, config) => {
    const straight = await open(half(config));
    const whole = await rowsUntil(straight, 30);
    const interrupted = await open(half(config));
    const begin = await rowsUntil(interrupted, 13);
    const resumed = await open(half(config));
    await resumed.restore(await interrupted.save());
    const rest = await rowsUntil(resumed, 30);
    expect([...begin.rows, ...rest.rows]).toEqual(whole.rows);
    expect((await resumed.save()).arrays).toEqual((await straight.save()).arrays);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0, -1024, 1e-30, 2 ** -25, 1000])(
    "refuses a saved run with the loss scale %d, and stays as it was",
    async (scale) => {
      const trainer = await open(half(copy));
      await rowsUntil(trainer, 3);
      const state = await trainer.save();
      const arrays = state.arrays.map((array) => (array.name === "state.control" ? { ...array, data: withScale(scale) } : array));
      await expect(trainer.restore({ ...state, arrays })).rejects.toMatchObject({
        code: "bad-file",
        message: expect.stringContaining(`the loss scale ${Math.fround(scale)}, which must be a finite power of two`),
      });
      expect((await trainer.save()).arrays).toEqual(state.arrays);
    },
  );

  it.each([2 ** -24, 1, 2 ** 127])("takes a saved run with the loss scale %d", async (scale) => {
    const trainer = await open(half(copy));
    await rowsUntil(trainer, 3);
    const state = await trainer.save();
    const arrays = state.arrays.map((array) => (array.name === "state.control" ? { ...array, data: withScale(scale) } : array));
    await trainer.restore({ ...state, arrays });
    expect(trainer.step).toBe(3);
  });

  it("ends a run whose loss scale is not a number", async () => {
    const trainer = await open(half(copy));
    trainer.executor.write(trainer.run.state.control, withScale(Number.NaN));
    expect((await rowsUntil(trainer, 5)).end).toEqual({ kind: "diverged", step: 1 });
  });

  it("is refused by a device without it, in a sentence", async () => {
    await expect(open(half(copy), false)).rejects.toThrow(ExecutorError);
    await expect(open(half(copy), false)).rejects.toThrow(/half precision needs WebGPU/);
  });
});

describe("the steps that a gradient reaches", () => {
  it.each([
    ["last, whole", "last", { kind: "full" }, 1, [1, 1, 1, 1, 1, 1]],
    ["last, cut after 2", "last", { kind: "fixed", k: 2 }, 1, [0, 0, 0, 0, 1, 1]],
    ["all, windows of 4", "all", { kind: "fixed", k: 4 }, 6, [1, 1, 1, 1, 1, 1]],
    ["the last two targets, windows of 3", "all", { kind: "fixed", k: 3 }, 2, [0, 0, 0, 1, 1, 1]],
  ] as const)("%s", (_, headAt, bptt, targetSteps, expected) => {
    expect([...gradientReach(carryScales(bptt, 6, headAt), targetSteps)]).toEqual(expected);
  });
});
