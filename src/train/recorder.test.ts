import { afterEach, describe, expect, test } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { loadDataset } from "../data/dataset";
import { memorySource } from "../testing/dataSource";
import { smallCopy } from "../testing/explosions";
import { metricRows } from "../testing/metricRows";
import { trainTo } from "../testing/trainTo";
import { locateExplosion } from "./explosion";
import { metricsRow } from "./metrics";
import { type OpenOptions, openTrainer } from "./open";
import { mostCrowded, Recorder, type Snapshot, suggestedSnapshot } from "./recorder";
import type { Trainer } from "./trainer";
import { stateBytes } from "./trainerState";

const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

const text: RunConfig = smallCopy("gru", {
  task: { kind: "text", source: "own", sequenceLength: 8, carryState: true },
  batchSize: 4,
  optimizer: { kind: "adam", lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
  clip: { kind: "norm", max: 1 },
});
const sentence = "the quick brown fox jumps over the lazy dog. ".repeat(40);

async function open(config: RunConfig = text, start?: NonNullable<OpenOptions["start"]>): Promise<Trainer> {
  const dataset = await loadDataset(config.task, memorySource({}), sentence, config.seed);
  const trainer = await openTrainer(config, dataset, await createCpuExecutor(), start === undefined ? {} : { start });
  opened.push(trainer);
  return trainer;
}

/** A recorder whose clock goes by steps, so that a snapshot is due before each turn of the loop but the first. */
const eager = (trainer: Trainer, maxBytes?: number): Recorder =>
  new Recorder(trainer, { ...(maxBytes !== undefined && { maxBytes }), now: () => trainer.step * 1e6 });

const stepsOf = ({ snapshots }: Recorder): number[] => snapshots.map(({ step }) => step);

/** Turns of a step each, so that a test says where snapshots are taken. */
async function stepwise(trainer: Trainer, recorder: Recorder, target: number): Promise<number[]> {
  const losses: number[] = [];
  while (trainer.step < target) losses.push(...(await trainTo(trainer, trainer.step + 1, { recorder })).losses);
  return losses;
}

describe("snapshots", () => {
  test("change nothing of the training", async () => {
    const straight = await trainTo(await open(), 60);
    const trainer = await open();
    const recorder = eager(trainer);
    expect(await stepwise(trainer, recorder, 60)).toEqual(straight.losses);
    expect(stepsOf(recorder).length).toBeGreaterThan(2);
  });

  test("are fewer the longer ago, begin with the drawn weights, and stay within their memory", async () => {
    const trainer = await open();
    const recorder = eager(trainer);
    await stepwise(trainer, recorder, 60);
    const steps = stepsOf(recorder);
    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(59);
    expect(steps).toHaveLength(5);
    expect(recorder.bytes).toBe(4 * stateBytes(trainer.run));
    const ages = steps.slice(1).map((step) => 60 - step);
    for (const [i, age] of ages.slice(1).entries()) expect(age).toBeLessThan(ages[i] ?? 0);
    expect(ages[0]).toBeGreaterThan(8);
  });

  test("are not taken where one is more than the memory set aside", async () => {
    const trainer = await open();
    const recorder = eager(trainer, stateBytes(trainer.run) - 1);
    await stepwise(trainer, recorder, 5);
    expect(stepsOf(recorder)).toEqual([0]);
    expect(recorder.bytes).toBe(0);
  });

  test("wait a second at least, and fifty times as long as one took", async () => {
    const trainer = await open();
    let now = 0;
    const recorder = new Recorder(trainer, { now: () => now });
    const due = (at: number): boolean => {
      now = at;
      return recorder.isDue();
    };
    expect(due(0)).toBe(false);
    expect(due(999)).toBe(false);
    expect(due(1000)).toBe(true);
    await trainTo(trainer, 3);
    const taking = recorder.take();
    now = 1100;
    await taking;
    expect(due(1100 + 4999)).toBe(false);
    expect(due(1100 + 5000)).toBe(true);
  });

  test("of a saved run begin where it goes on", async () => {
    const first = await open();
    await trainTo(first, 7);
    const trainer = await open(text, { state: await first.save() });
    const recorder = new Recorder(trainer);
    await trainTo(trainer, 9, { recorder });
    expect(stepsOf(recorder)).toEqual([7]);
  });
});

test("thinning leaves out what is closest to its neighbours for its age, never the newest", () => {
  expect(mostCrowded([10, 28, 30, 40])).toBe(1);
  expect(mostCrowded([10, 11, 30, 40])).toBe(0);
  expect(mostCrowded([5, 6])).toBe(0);
});

describe("the snapshot that is suggested", () => {
  const at = (step: number, largestWeight?: number): Snapshot => ({
    step,
    config: text,
    ...(largestWeight !== undefined && { largestWeight }),
  });
  /** Rows of which the loss rises from step 21 on. */
  const rows = Array.from({ length: 30 }, (_, i) => metricsRow(metricRows([{ loss: i < 20 ? 1 : 10 ** (i - 19), gradNorm: 1 }], i + 1), 0));

  test("is the latest from before the rise", () => {
    expect(suggestedSnapshot({ snapshots: [at(0), at(10, 3), at(19, 4), at(25, 4)], rows }, 30)).toBe(19);
    expect(suggestedSnapshot({ snapshots: [at(0), at(10, 3), at(25, 4)], rows: [] }, 30)).toBe(25);
  });

  test("is none whose weights have grown, and the first if it must be", () => {
    expect(suggestedSnapshot({ snapshots: [at(0), at(5, 1500), at(19, 1e9)], rows }, 30)).toBe(0);
    expect(suggestedSnapshot({ snapshots: [at(5, 1500), at(10, 1600), at(15, 1e9)], rows }, 30)).toBe(10);
    expect(suggestedSnapshot({ snapshots: [at(25, 1500)], rows }, 30)).toBe(25);
    expect(suggestedSnapshot({ snapshots: [], rows }, 30)).toBeUndefined();
  });
});

describe("rewinding", () => {
  test.each([0, 1, 2])("to snapshot %i trains on with the bits of a run that never went on", async (index) => {
    const trainer = await open();
    const recorder = eager(trainer);
    const losses = await stepwise(trainer, recorder, 40);
    const step = stepsOf(recorder)[index] ?? -1;
    await recorder.rewind(step);
    expect(trainer.step).toBe(step);
    expect(await stepwise(trainer, recorder, 40)).toEqual(losses.slice(step));
    const other = await open();
    await trainTo(other, 40);
    expect((await trainer.save()).arrays).toEqual((await other.save()).arrays);
  });

  test("drops what came after, and takes other settings", async () => {
    const trainer = await open();
    const recorder = eager(trainer);
    await stepwise(trainer, recorder, 40);
    const step = stepsOf(recorder)[2] ?? -1;
    trainer.tune({ lr: 0.001, clip: { kind: "none" } });
    await recorder.rewind(step);
    expect(stepsOf(recorder).at(-1)).toBe(step);
    expect(recorder.rows.at(-1)?.step ?? step).toBe(step);
    expect(recorder.snapshots.at(-1)?.config).toMatchObject({ optimizer: { lr: 0.001 }, clip: { kind: "none" } });
    await expect(recorder.rewind(step + 1)).rejects.toThrow(`there is no snapshot of step ${step + 1}`);
  });
});

describe("an explosion after changes of the settings", () => {
  const calm = smallCopy("rnn_tanh", { optimizer: { kind: "sgd", lr: 0.01, momentum: 0.99, weightDecay: 10 } });

  test("is found by training again with the settings of each step, which stay what they were at last", async () => {
    const trainer = await open(calm);
    const recorder = new Recorder(trainer);
    const tune = (change: Parameters<Trainer["tune"]>[0]): void => {
      trainer.tune(change);
      recorder.noteTuning();
    };
    await trainTo(trainer, 5, { recorder });
    tune({ lr: 50 });
    await trainTo(trainer, 8, { recorder });
    tune({ clip: { kind: "norm", max: 3 } });
    const { end } = await trainTo(trainer, 200, { recorder });
    if (end.kind !== "diverged") throw new Error(`the run was ${end.kind}`);
    const explosion = await locateExplosion(trainer, recorder, end.step, { shouldStop: () => false, onProgress: () => {} });
    expect(explosion?.repeats).toBe(true);
    expect(explosion?.finding.kind).toBe("found");
    expect(trainer.step).toBe(end.step);
    expect(trainer.config).toMatchObject({ optimizer: { lr: 50 }, clip: { kind: "norm", max: 3 } });
  });

  test("can be stopped on the way, and rewound then", async () => {
    const trainer = await open({ ...calm, optimizer: { ...calm.optimizer, lr: 5 } });
    const recorder = new Recorder(trainer);
    const { end, losses } = await trainTo(trainer, 200, { recorder });
    if (end.kind !== "diverged") throw new Error(`the run was ${end.kind}`);
    let turns = 0;
    const stopped = await locateExplosion(trainer, recorder, end.step, { shouldStop: () => turns++ > 0, onProgress: () => {} });
    expect(stopped).toBeNull();
    expect(trainer.step).toBeLessThan(end.step);
    await recorder.rewind(0);
    expect((await trainTo(trainer, end.step - 1)).losses).toEqual(losses.slice(0, end.step - 1));
  });
});

test("the last fifty rows end with the step that diverged", async () => {
  const trainer = await open(smallCopy("rnn_tanh", { optimizer: { kind: "sgd", lr: 1, momentum: 0, weightDecay: 5 } }));
  const recorder = new Recorder(trainer);
  const { end } = await trainTo(trainer, 500, { recorder });
  if (end.kind !== "diverged") throw new Error(`the run was ${end.kind}`);
  expect(end.step).toBeGreaterThan(60);
  expect(recorder.rows.map(({ step }) => step)).toEqual(Array.from({ length: 50 }, (_, i) => end.step - 49 + i));
});
