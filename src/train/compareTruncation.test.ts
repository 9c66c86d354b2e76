import { afterEach, describe, expect, test } from "vitest";
import { type Cell, ConfigError, cells, defaultWindows, type RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { makeCopy } from "../data/copy";
import type { Dataset } from "../data/dataset";
import { makeText } from "../data/text";
import type { Executor } from "../plan/executor";
import { presetNamed } from "../presets";
import { trainTo } from "../testing/trainTo";
import { compareTruncation, type Estimator, type TruncationComparison, type TruncationRequest } from "./compareTruncation";
import { openTrainer } from "./open";
import type { Trainer } from "./trainer";
import type { TrainerState } from "./trainerState";

const task = { kind: "copy", symbols: 4, length: 3, delay: 2 } as const;
const STEPS = 8;
const copy: RunConfig = {
  ...presetNamed("copy-memory").config,
  task,
  model: { cell: "gru", hiddenSize: 10, numLayers: 2, embeddingSize: 6, forgetBias: 0 },
  batchSize: 8,
  // Weights that stay where they are, so that training's own gradients on several batches belong to the same weights.
  optimizer: { kind: "sgd", lr: 1e-8, momentum: 0, weightDecay: 0 },
  validation: { every: 1000, batches: 1 },
};
const sentence = "the quick brown fox jumps over the lazy dog. ".repeat(12);
/** Four steps to the epoch. */
const text: RunConfig = { ...copy, task: { kind: "text", source: "own", sequenceLength: STEPS, carryState: true }, batchSize: 15 };

const opened: Executor[] = [];
afterEach(() => {
  for (const executor of opened.splice(0)) executor.destroy();
});

async function device(): Promise<Executor> {
  const executor = await createCpuExecutor({ threads: 1 });
  opened.push(executor);
  return executor;
}

const dataOf = (config: RunConfig): Dataset => (config.task.kind === "text" ? makeText("A text", sentence) : makeCopy(task, config.seed));

const open = async (config: RunConfig, start?: TrainerState): Promise<Trainer> =>
  openTrainer(config, dataOf(config), await device(), start === undefined ? {} : { start: { state: start } });

async function compare(config: RunConfig, request: TruncationRequest, state?: TrainerState): Promise<TruncationComparison> {
  return compareTruncation(state ?? (await (await open(config)).save()), dataOf(config), await device(), request);
}

/** The gradients of training's own next steps, each [all parameters]. */
async function trained(config: RunConfig, state: TrainerState, steps: number): Promise<Float32Array[]> {
  const trainer = await open(config, { ...state, config });
  const gradients: Float32Array[] = [];
  for (let i = 0; i < steps; i++) {
    await trainer.advance(1);
    gradients.push(Float32Array.from(await trainer.executor.read(trainer.run.parameters.gradients.whole)));
  }
  return gradients;
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const norm = (a: Float32Array): number => Math.sqrt(dot(a, a));
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const difference = (a: readonly Float32Array[], b: readonly Float32Array[]): Float32Array =>
  a[0]!.map((_, j) => a.reduce((sum, each, i) => sum + each[j]! - b[i]![j]!, 0));

const rowOf = ({ rows }: TruncationComparison, estimator: Estimator, length: number) => {
  const row = rows.find((each) => each.estimator === estimator && each.length === length);
  if (row === undefined) throw new Error(`no row of ${estimator} ${length}`);
  return row;
};

describe("a comparison of truncations", () => {
  test.each([
    ["copy memory", copy, 3, 3],
    ["text with carried state, over the end of an epoch", text, 3, 3],
    ["text from the start of an epoch", text, 4, 2],
  ] as const)(
    "%s: the figures of fixed windows are those of training's own gradients on its next batches",
    async (_, config, at, count) => {
      const before = await open(config);
      await trainTo(before, at);
      const state = await before.save();
      const full = await trained({ ...config, bptt: { kind: "full" } }, state, count);
      const comparison = await compare(config, { lengths: [1, 2, 3, STEPS], batches: count, draws: 2 }, state);
      expect(comparison).toMatchObject({ step: at, steps: STEPS, batchesDone: count, biasBytes: null });
      for (const k of [1, 2, 3, STEPS]) {
        const cut = await trained({ ...config, bptt: { kind: "fixed", k } }, state, count);
        const { all, samples } = rowOf(comparison, "fixed", k);
        expect(samples).toBe(count);
        expect(all.cosine.mean).toBeCloseTo(mean(full.map((g, i) => dot(g, cut[i]!) / norm(g) / norm(cut[i]!))), 5);
        expect(all.normRatio.mean).toBeCloseTo(mean(full.map((g, i) => norm(cut[i]!) / norm(g))), 5);
        const off =
          norm(difference(full, cut)) /
          norm(
            difference(
              full,
              full.map((g) => g.map(() => 0)),
            ),
          );
        expect(all.bias?.relative).toBeCloseTo(off, 5);
        expect(all.bias?.chance).toBe(0);
        if (k < STEPS) expect(all.cosine.mean).toBeLessThan(0.9999);
      }
    },
  );

  test("without the head, whose gradient no truncation changes, less is left", async () => {
    const { rows } = await compare(copy, { lengths: [1, 2], batches: 2, draws: 2 });
    for (const { all, recurrent } of rows) expect(recurrent.cosine.mean).toBeLessThan(all.cosine.mean);
  });

  test("a window as long as the sequence, and cuts that never fall, give the full gradient itself", async () => {
    const { rows } = await compare({ ...copy, seed: 3 }, { lengths: [STEPS], batches: 1, draws: 2 });
    const [fixed] = rows;
    expect(fixed).toMatchObject({ estimator: "fixed", length: STEPS, samples: 1 });
    for (const { cosine, normRatio, along, bias } of [fixed!.all, fixed!.recurrent]) {
      for (const value of [cosine.mean, normRatio.mean, along.mean]) expect(value).toBeCloseTo(1, 6);
      expect(bias).toEqual({ relative: 0, chance: 0, corrected: 0, isBeyondChance: false });
    }
  });

  test("the same again from the same weights, and others from others", async () => {
    const request = { lengths: [2, 4], batches: 2, draws: 3 };
    const once = await compare(text, request);
    expect(await compare(text, request)).toEqual(once);
    expect((await compare({ ...text, seed: 9 }, request)).rows).not.toEqual(once.rows);
  });

  test("leaves the run that it is about alone, which trains on meanwhile", async () => {
    const config: RunConfig = { ...text, optimizer: presetNamed("copy-memory").config.optimizer };
    const { losses } = await trainTo(await open(config), 20);
    const trainer = await open(config);
    const begin = await trainTo(trainer, 6);
    const [rest] = await Promise.all([
      trainTo(trainer, 20),
      compare(config, { lengths: [1, 2, 4], batches: 3, draws: 2 }, await trainer.save()),
    ]);
    expect([...begin.losses, ...rest.losses]).toEqual(losses);
  });

  test("tells how far it has come, and ends when asked to", async () => {
    const state = await (await open(copy)).save();
    const controller = new AbortController();
    const seen: number[] = [];
    const running = compareTruncation(
      state,
      dataOf(copy),
      await device(),
      { lengths: [2], batches: 50, draws: 2 },
      {
        signal: controller.signal,
        onBatch: ({ batchesDone, rows }) => {
          seen.push(batchesDone);
          expect(rows.map(({ samples }) => samples)).toEqual([batchesDone, 2 * batchesDone, 2 * batchesDone]);
          if (batchesDone === 2) controller.abort(new Error("enough"));
        },
      },
    );
    await expect(running).rejects.toThrow("enough");
    expect(seen).toEqual([1, 2]);
  });

  test("leaves the bias out where its sums would take too much memory, and says how much", async () => {
    const state = await (await open(copy)).save();
    const request = { lengths: [2], batches: 1, draws: 2 };
    const comparison = await compareTruncation(state, dataOf(copy), await device(), request, { biasBytes: 1000 });
    expect(comparison.biasBytes).toBeGreaterThan(1000);
    expect(comparison.rows.map(({ all }) => all.bias)).toEqual([null, null, null]);
    expect(rowOf(comparison, "fixed", 2).all.cosine).toEqual(rowOf(await compare(copy, request, state), "fixed", 2).all.cosine);
  });

  test.each([
    [{ lengths: [], batches: 1, draws: 2 }, /lengths must name at least one/],
    [{ lengths: [2, 9], batches: 1, draws: 2 }, /lengths must be whole numbers from 1 to the 8 time steps; one is 9/],
    [{ lengths: [1.5], batches: 1, draws: 2 }, /one is 1.5/],
    [{ lengths: [2], batches: 0, draws: 2 }, /batches must be a whole number from 1 to 1000; it is 0/],
    [{ lengths: [2], batches: 1, draws: 1 }, /draws must be a whole number from 2 to 100; it is 1/],
  ])("refuses %j in a sentence", async (request, sentence) => {
    const state = await (await open(copy)).save();
    await expect(compare(copy, request, state)).rejects.toThrow(ConfigError);
    await expect(compare(copy, request, state)).rejects.toThrow(sentence);
  });

  test("refuses sequences of one step in a sentence", async () => {
    const one: RunConfig = { ...text, task: { kind: "text", source: "own", sequenceLength: 1, carryState: true } };
    await expect(compare(one, { lengths: [1], batches: 1, draws: 2 })).rejects.toThrow(/nothing to truncate.*one time step/);
  });

  test("unless told otherwise takes powers of two up to the length of the sequence", () => {
    expect([1, 2, 28, 64].map(defaultWindows)).toEqual([[1], [1, 2], [1, 2, 4, 8, 16], [1, 2, 4, 8, 16, 32, 64]]);
  });
});

describe("what Tallec and Ollivier claim, on a few batches and many draws", () => {
  const BATCHES = 6;
  const DRAWS = 100;
  const MEAN = 3;
  /** Weights at which the past matters: with those first drawn hardly any gradient comes from three steps back. */
  async function trainedState(cell: Cell): Promise<TrainerState> {
    const config: RunConfig = { ...copy, model: { ...copy.model, cell }, optimizer: presetNamed("copy-memory").config.optimizer };
    const trainer = await open({ ...config, optimizer: { ...config.optimizer, lr: 0.02 } });
    await trainTo(trainer, 60);
    return trainer.save();
  }

  test.each(cells)("%s: random truncation is unbiased with compensation, and neither without it nor with fixed windows", async (cell) => {
    const state = await trainedState(cell);
    const comparison = await compare(state.config, { lengths: [MEAN], batches: BATCHES, draws: DRAWS }, state);
    const [fixed, random, compensated] = (["fixed", "random", "compensated"] as const).map(
      (each) => rowOf(comparison, each, MEAN).recurrent,
    );
    // Along the full gradient, with its standard error.
    const strays = ({ mean, standardError }: { mean: number; standardError: number }): number => Math.abs(mean - 1) / standardError;
    expect(compensated!.along.standardError).toBeLessThan(0.1);
    expect(strays(compensated!.along)).toBeLessThan(3);
    expect(strays(random!.along)).toBeGreaterThan(5);
    // In all directions together.
    expect(compensated!.bias!.isBeyondChance).toBe(false);
    expect(random!.bias!.isBeyondChance).toBe(true);
    expect(fixed!.bias!.isBeyondChance).toBe(true);
    expect(fixed!.bias!.relative).toBeGreaterThan(0.1);
    // The price: larger gradients where little was cut.
    expect(compensated!.normRatio.mean).toBeGreaterThan(random!.normRatio.mean);
  });
});
