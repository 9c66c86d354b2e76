import { afterEach, describe, expect, test } from "vitest";
import { cells, type RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { loadDataset } from "../data/dataset";
import { type DigitSet, WORDS_PER_IMAGE } from "../data/digits";
import { RandomStream } from "../data/random";
import type { RecurrentForm } from "../model/recurrentLayer";
import { memorySource } from "../testing/dataSource";
import { firstBeyond, growingBack, smallCopy, weightsWith } from "../testing/explosions";
import { trainTo } from "../testing/trainTo";
import { type Explosion, locateExplosion } from "./explosion";
import { explosionSentences } from "./explosionText";
import { openTrainer } from "./open";
import { Recorder } from "./recorder";
import { readFindings, type Sighting } from "./stepFindings";
import type { Trainer } from "./trainer";
import type { NamedArray } from "./trainerState";

const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

const sentence = "the quick brown fox jumps over the lazy dog. ".repeat(40);

async function open(config: RunConfig, form: RecurrentForm = "auto"): Promise<Trainer> {
  const dataset = await loadDataset(config.task, memorySource({}), sentence, config.seed);
  const trainer = await openTrainer(config, dataset, await createCpuExecutor({ emulateHalf: config.precision === "f16" }), { form });
  opened.push(trainer);
  return trainer;
}

const quiet = { shouldStop: () => false, onProgress: () => {} };

/** Trains until the run diverges, and looks for where. */
async function explode(trainer: Trainer, weights?: NamedArray[], most = 300): Promise<{ explosion: Explosion; recorder: Recorder }> {
  if (weights !== undefined) await trainer.setWeights(weights);
  const recorder = new Recorder(trainer);
  const { end } = await trainTo(trainer, most, { recorder });
  if (end.kind !== "diverged") throw new Error(`the run was ${end.kind}`);
  const explosion = await locateExplosion(trainer, recorder, end.step, quiet);
  if (explosion === null) throw new Error("the search was stopped");
  expect(explosion.step).toBe(end.step);
  expect(explosion.repeats).toBe(true);
  return { explosion, recorder };
}

function sightingsOf({ finding }: Explosion): readonly Sighting[] {
  if (finding.kind !== "found") throw new Error(`the finding is ${finding.kind}`);
  return finding.sightings;
}

const F32_MAX = 3.4028234663852886e38;
/** Above it, rounding to f16 gives an infinity. */
const F16_MAX = 65_519;

describe.each(cells)("%s: a gradient that grows on its way back", (cell) => {
  test.each(["auto", "fused", "step"] as const)("leaves f32 at the time step and example that f64 says, in the form %s", async (form) => {
    const trainer = await open(smallCopy(cell), form);
    const { explosion } = await explode(trainer, growingBack(trainer, cell, 1e11));
    const [first] = sightingsOf(explosion);
    const expected = await firstBeyond(trainer, cell, 1e11, F32_MAX);
    expect(expected.timeStep).toBeGreaterThan(0);
    expect(first).toMatchObject({ layer: 0, unit: 0, ...expected });
    expect(explosion.step).toBe(1);
  });

  test("leaves f16, once no loss scale can mend it", async () => {
    const trainer = await open(smallCopy(cell, { precision: "f16" }));
    const { explosion } = await explode(trainer, growingBack(trainer, cell, 4096));
    expect(sightingsOf(explosion)[0]).toMatchObject({ layer: 0, ...(await firstBeyond(trainer, cell, 4096, F16_MAX)) });
    expect(explosionSentences(explosion, { layers: 1, steps: 7 })[1]).toMatch(/^The loss scale had been halved down to 1/);
    // From 65,536 on the scale is halved in each step until it is 1.
    expect(explosion.step).toBe(17);
  });
});

test.each(["auto", "fused"] as const)("digits, of which the last row alone has a target, in the form %s", async (form) => {
  const random = new RandomStream(1, 0, 0);
  const set = (count: number): DigitSet => ({
    count,
    images: Uint32Array.from({ length: count * WORDS_PER_IMAGE }, () => random.next()),
    labels: Uint32Array.from({ length: count }, () => random.below(10)),
  });
  const config = smallCopy("lstm", { task: { kind: "digits" } });
  const dataset = { kind: "digits", train: set(40), test: set(20) } as const;
  const trainer = await openTrainer(config, dataset, await createCpuExecutor(), { form });
  opened.push(trainer);
  const { explosion } = await explode(trainer, growingBack(trainer, "lstm", 1e9));
  const expected = await firstBeyond(trainer, "lstm", 1e9, F32_MAX);
  expect(expected.timeStep).toBeGreaterThan(20);
  expect(sightingsOf(explosion)[0]).toMatchObject({ layer: 0, unit: 0, ...expected });
});

test("a search that is cut off leaves the trainer with the run's latest settings", async () => {
  const trainer = await open(smallCopy("gru"));
  const recorder = new Recorder(trainer);
  await trainTo(trainer, 5, { recorder });
  trainer.tune({ lr: 0.25 });
  recorder.noteTuning();
  await trainTo(trainer, 10, { recorder });
  const signal = AbortSignal.abort(new Error("cut off"));
  await expect(locateExplosion(trainer, recorder, 10, { ...quiet, signal })).rejects.toThrow("cut off");
  expect(trainer.config.optimizer.lr).toBe(0.25);
});

describe("an input", () => {
  /** Makes a token's embedding not-a-number, trains a step, and looks at it. */
  async function poison(trainer: Trainer, token: number): Promise<readonly Sighting[]> {
    const { run, executor } = trainer;
    const embedding = run.parameters.values.get("embed.weight");
    executor.write(embedding, new Float32Array(5).fill(Number.NaN), 5 * token);
    return readFindings(run.train.lookedAt, await trainer.lookAtStep()).sightings;
  }

  /** The first time step and example of the batch at which the network reads a token. */
  async function firstRead(trainer: Trainer, token: number): Promise<{ timeStep: number; example: number }> {
    const tokens = Uint32Array.from(await trainer.executor.read(trainer.run.train.graph.input));
    const { batch } = trainer.run.feed.train;
    const place = tokens.indexOf(token);
    return { timeStep: Math.floor(place / batch), example: place % batch };
  }

  test.each(cells)("%s: that is not a number is seen in every layer from the step on that reads it", async (cell) => {
    const { model } = smallCopy(cell);
    const trainer = await open(smallCopy(cell, { model: { ...model, numLayers: 2 } }));
    // The go marker.
    const sightings = await poison(trainer, 4);
    const read = await firstRead(trainer, 4);
    expect(read).toEqual({ timeStep: 4, example: 0 });
    expect(sightings[0]).toEqual({ name: "parameter", kind: "nan", count: 5, parameter: "embed.weight", row: 4, column: 0 });
    expect(sightings[1]).toMatchObject({ name: "token table", kind: "nan", layer: 0, token: 4 });
    const at = (name: Sighting["name"], layer?: number) => sightings.find((each) => each.name === name && each.layer === layer);
    for (const layer of [0, 1]) {
      expect(at("projection", layer)).toMatchObject({ ...read, unit: 0 });
      expect(at("hidden", layer)).toMatchObject({ ...read, unit: 0 });
      // On the way back from the end.
      expect(at("d hidden", layer)).toMatchObject({ timeStep: 6, example: 0 });
    }
    expect(at("logits")).toMatchObject(read);
    // The first of the two steps that have a target.
    expect(at("loss")).toMatchObject({ timeStep: 5, example: 0 });
    expect(sightings.map(({ name }) => name).lastIndexOf("hidden")).toBeLessThan(sightings.findIndex(({ name }) => name === "logits"));
  });

  test("is seen in its embedding where there are too many tokens for a table", async () => {
    const trainer = await open(smallCopy("lstm", { task: { kind: "copy", symbols: 64, length: 1, delay: 1 }, batchSize: 8 }));
    const sightings = await poison(trainer, 65);
    const read = await firstRead(trainer, 65);
    expect(sightings.slice(1, 4)).toMatchObject([
      { name: "embedded", ...read, unit: 0 },
      { name: "projection", ...read, unit: 0, gate: "i" },
      { name: "gate", ...read, unit: 0, gate: "i" },
    ]);
  });

  test("an infinity that tanh makes 1 of is told, and what did harm after it", async () => {
    const trainer = await open(smallCopy("rnn_tanh"));
    const { explosion } = await explode(
      trainer,
      weightsWith(trainer, {
        "embed.weight": (row) => (row === 4 ? 3e38 : 0),
        "rnn.weight_ih_l0": () => 1e10,
        // Two states of 1 are too much for the second class.
        "fc.weight": (row) => (row === 1 ? 3e38 : 0),
      }),
    );
    expect(sightingsOf(explosion)[0]).toMatchObject({ name: "token table", kind: "infinity", token: 4 });
    expect(explosionSentences(explosion, { layers: 1, steps: 7 }).slice(0, 2)).toEqual([
      "At step 1 the first number that was not finite was in the tokens' input projections of layer 1 of 1: infinite (unit 1, token 5, and 11 others there).",
      "The states of that layer stayed finite; what did harm next was the logits at time step 5 of 7.",
    ]);
  });
});

describe("the head", () => {
  test("a logit beyond f32 is found at the step, example and class that f64 says", async () => {
    const trainer = await open(smallCopy("gru"));
    const drawn = (await trainer.save()).arrays.filter(({ name }) => trainer.run.parameters.specs.some((spec) => spec.name === name));
    const weights = drawn.map((each) =>
      // Two terms, so that rounding on the way makes no difference.
      each.name === "fc.weight"
        ? { ...each, data: each.data.map((_: number, i: number) => (i % 12 < 2 ? 3e38 * 8 ** (Math.floor(i / 12) - 4) : 0)) }
        : each,
    );
    // Units that grow large: their inputs are.
    const scaled = weights.map((each) => (each.name === "embed.weight" ? { ...each, data: each.data.map((x: number) => 5 * x) } : each));
    const { explosion } = await explode(trainer, scaled as NamedArray[]);
    const hidden = await trainer.executor.read(trainer.run.train.graph.layers[0]!.tensors.hidden);
    const beyond: object[] = [];
    for (let row = 16; row < 8 * 16 && beyond.length === 0; row++) {
      for (let unit = 0; unit < 5 && beyond.length === 0; unit++) {
        const logit = 3e38 * 8 ** (unit - 4) * (hidden[12 * row]! + hidden[12 * row + 1]!);
        if (Math.abs(logit) > F32_MAX) beyond.push({ timeStep: Math.floor(row / 16) - 1, example: row % 16, unit });
      }
    }
    expect(beyond).toHaveLength(1);
    expect(sightingsOf(explosion)[0]).toMatchObject({ name: "logits", ...beyond[0] });
  });
});

describe("gradients of parameters", () => {
  test("whose squares are too many for f32 are told by their norm alone", async () => {
    // dL/dh reaches 1e20 at the first of three steps.
    const trainer = await open(smallCopy("rnn_tanh", { task: { kind: "copy", symbols: 3, length: 1, delay: 1 } }));
    const { explosion } = await explode(trainer, growingBack(trainer, "rnn_tanh", 3e10));
    expect(explosion.finding).toEqual({ kind: "norm" });
    expect(explosion.tensors.every(({ count }) => count === 0)).toBe(true);
    expect(explosionSentences(explosion, { layers: 1, steps: 3 })[0]).toMatch(/^At step 1 every number was finite, but the sum/);
  });

  test("that add up beyond f32 over the batch are named", async () => {
    const config = smallCopy("rnn_tanh", { task: { kind: "copy", symbols: 64, length: 1, delay: 1 } });
    const trainer = await open(config);
    // No target is the blank, class 64: dL/dh at the last step is 5 / 66 / 16, at the first the square of 1e20 times that. Sixteen of
    // these are too much, one is not.
    const weights = growingBack(trainer, "rnn_tanh", 1e20).map((each) =>
      each.name === "fc.weight" ? { ...each, data: Float32Array.from(each.data, (_, i) => (Math.floor(i / 12) === 64 ? 5 : 0)) } : each,
    );
    const { explosion } = await explode(trainer, weights);
    expect(sightingsOf(explosion)[0]).toEqual({
      name: "gradient",
      kind: "infinity",
      count: 12,
      parameter: "rnn.bias_ih_l0",
      row: 0,
      column: 0,
    });
  });
});

describe("weights", () => {
  const runaway = (cell: "rnn_tanh" | "lstm"): RunConfig =>
    smallCopy(cell, { optimizer: { kind: "sgd", lr: 100, momentum: 0.99, weightDecay: 10 } });

  test("that an update made infinite are found before the step begins", async () => {
    const trainer = await open(runaway("rnn_tanh"));
    const { explosion } = await explode(trainer);
    const before = await open(runaway("rnn_tanh"));
    await trainTo(before, explosion.step - 1);
    const values = await before.executor.read(before.run.parameters.values.get("embed.weight"));
    const place = values.findIndex((value: number) => !Number.isFinite(value));
    expect(sightingsOf(explosion)[0]).toMatchObject({
      name: "parameter",
      parameter: "embed.weight",
      row: Math.floor(place / 5),
      column: place % 5,
    });
    expect(explosionSentences(explosion, { layers: 1, steps: 7 })[0]).toMatch(
      new RegExp(`^Step ${explosion.step} began with the parameter embed.weight: .*The update of step ${explosion.step - 1} went beyond`),
    );
  });

  test("that 16 bits cannot hold are found in their copy", async () => {
    const trainer = await open(smallCopy("gru", { precision: "f16" }));
    const weights = weightsWith(trainer, { "rnn.weight_hh_l0": (row, column) => (row === 3 && column === 7 ? -70_000 : 0) });
    const { explosion } = await explode(trainer, weights);
    expect(sightingsOf(explosion)[0]).toEqual({
      ...{ name: "half parameter", kind: "minus infinity", count: 1 },
      ...{ parameter: "rnn.weight_hh_l0", row: 3, column: 7 },
    });
  });
});

test("a text's carried state is looked at, from the second window on", async () => {
  const text = { kind: "text", source: "own", sequenceLength: 8, carryState: true } as const;
  const trainer = await open(smallCopy("lstm", { task: text, batchSize: 4 }));
  await trainTo(trainer, 1);
  const [layer] = trainer.run.train.graph.layers;
  const recorder = new Recorder(trainer);
  await recorder.take();
  trainer.executor.write(layer!.tensors.cell, Float32Array.of(Number.POSITIVE_INFINITY), 12 + 5);
  // What is not in a snapshot is not found again.
  const { end } = await trainTo(trainer, 2, { recorder });
  expect(end).toEqual({ kind: "diverged", step: 2 });
  const explosion = await locateExplosion(trainer, recorder, 2, quiet);
  expect(explosion?.finding).toEqual({ kind: "not repeated" });
  expect(explosionSentences(explosion!, { layers: 1, steps: 8 })[0]).toMatch(/this device does not give the same numbers twice/);
});
