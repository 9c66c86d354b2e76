import { afterEach, describe, expect, test } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { makeCopy } from "../data/copy";
import type { Dataset } from "../data/dataset";
import { type DigitSet, WORDS_PER_IMAGE } from "../data/digits";
import { RandomStream } from "../data/random";
import { makeText } from "../data/text";
import { readCheckpoint, writeCheckpoint } from "../files/checkpoint";
import { presetNamed } from "../presets";
import { controlIndex } from "../shaders/gradient_norm";
import { trainTo } from "../testing/trainTo";
import { openTrainer } from "./open";
import type { Trainer } from "./trainer";
import type { NamedArray, TrainerState } from "./trainerState";

const base: RunConfig = {
  ...presetNamed("copy-memory").config,
  model: { cell: "lstm", hiddenSize: 9, numLayers: 2, embeddingSize: 5, forgetBias: 0 },
  validation: { every: 5, batches: 1 },
};
const copyTask = { kind: "copy", symbols: 3, length: 2, delay: 2 } as const;

function digitSet(count: number, seed: number): DigitSet {
  const random = new RandomStream(seed, 0, 0);
  return {
    count,
    images: Uint32Array.from({ length: count * WORDS_PER_IMAGE }, () => random.next()),
    labels: Uint32Array.from({ length: count }, () => random.below(10)),
  };
}

interface Case {
  readonly config: RunConfig;
  readonly dataset: Dataset;
}

const sentence = "the quick brown fox jumps over the lazy dog. ".repeat(40);
/** Twelve steps to the epoch each. */
const cases = {
  "digits with random cuts": {
    config: {
      ...base,
      task: { kind: "digits" },
      batchSize: 8,
      model: { ...base.model, cell: "gru" },
      bptt: { kind: "random", mean: 4, compensate: true },
    },
    dataset: { kind: "digits", train: digitSet(101, 1), test: digitSet(20, 2) },
  },
  "text with carried state": {
    config: { ...base, task: { kind: "text", source: "own", sequenceLength: 8, carryState: true }, batchSize: 16 },
    dataset: makeText("Your text", sentence),
  },
  "copy memory": {
    config: {
      ...base,
      task: copyTask,
      batchSize: 1024,
      model: { ...base.model, cell: "rnn_tanh" },
      optimizer: { kind: "sgd", lr: 0.1, momentum: 0.9, weightDecay: 0.01 },
    },
    dataset: makeCopy(copyTask, base.seed),
  },
} as const satisfies Readonly<Record<string, Case>>;
const STEPS_PER_EPOCH = 12;

const opened: Trainer[] = [];
afterEach(() => {
  for (const trainer of opened.splice(0)) trainer.executor.destroy();
});

async function open({ config, dataset }: Case, start?: NonNullable<Parameters<typeof openTrainer>[3]>["start"]): Promise<Trainer> {
  const trainer = await openTrainer(config, dataset, await createCpuExecutor(), start === undefined ? {} : { start });
  opened.push(trainer);
  return trainer;
}

const throughFile = (state: TrainerState): TrainerState => readCheckpoint(writeCheckpoint(state));

/** Continues in a fresh executor, as another process would. */
async function reopen(state: TrainerState, { dataset }: Case): Promise<Trainer> {
  const read = throughFile(state);
  return open({ config: read.config, dataset }, { state: read });
}

/** The state without the seconds at which validations happened to end. */
const bits = ({ arrays }: TrainerState): ReadonlyMap<string, Uint32Array> =>
  new Map(arrays.map(({ name, data }) => [name, new Uint32Array(data.buffer, data.byteOffset, data.length)]));

describe.each(Object.entries(cases))("%s: saved, read back and continued", (_, each) => {
  test.each([1, 5, STEPS_PER_EPOCH, 17, 2 * STEPS_PER_EPOCH])(
    "after %i of 40 steps, it gives the same bits as without a stop",
    async (stop) => {
      const straight = await open(each);
      expect(straight.stepsPerEpoch).toBe(STEPS_PER_EPOCH);
      const all = await trainTo(straight, 40);
      const first = await open(each);
      // Pausing at that step leaves the validation that is due there to whoever goes on, at the end of an epoch only.
      const begin = await trainTo(first, stop, { shouldPause: () => first.step >= stop });
      expect(first.step).toBe(stop);
      const second = await reopen(await first.save(), each);
      const rest = await trainTo(second, 40);
      expect([...begin.losses, ...rest.losses]).toEqual(all.losses);
      expect(rest.steps[0]).toBe(stop + 1);
      const later = ({ step, full }: { step: number; full: boolean }): boolean => (full ? step >= stop : step > stop);
      expect(rest.validations).toEqual(all.validations.filter(later));
      expect(bits(await second.save())).toEqual(bits(await straight.save()));
    },
  );

  test("the learning rate and clipping tuned before go with it", async () => {
    const straight = await open(each);
    const first = await open(each);
    for (const trainer of [straight, first]) {
      await trainTo(trainer, 4);
      trainer.tune({ lr: 0.02, clip: { kind: "value", max: 0.005 } });
    }
    const all = await trainTo(straight, 20);
    const begin = await trainTo(first, 7);
    const state = await first.save();
    expect(state.config).toMatchObject({ optimizer: { lr: 0.02 }, clip: { kind: "value", max: 0.005 } });
    const rest = await trainTo(await reopen(state, each), 20);
    expect([...begin.losses, ...rest.losses]).toEqual(all.losses);
  });
});

describe("a trainer", () => {
  const each = cases["text with carried state"];

  test("goes back to where it was saved", async () => {
    const trainer = await open(each);
    await trainTo(trainer, 17);
    const state = await trainer.save();
    const { losses } = await trainTo(trainer, 30);
    await trainer.restore(state);
    expect(trainer.step).toBe(17);
    expect(await trainer.flush()).toHaveLength(0);
    expect(await trainTo(trainer, 30)).toMatchObject({ losses, steps: losses.map((_, i) => 18 + i) });
  });

  test("saving on the way changes nothing", async () => {
    const { losses } = await trainTo(await open(each), 20);
    const trainer = await open(each);
    const begin = await trainTo(trainer, 9);
    await trainer.save();
    expect([...begin.losses, ...(await trainTo(trainer, 20)).losses]).toEqual(losses);
  });

  test("owes the validation at the end of an epoch until it was made, and not again", async () => {
    const trainer = await open(each);
    await trainTo(trainer, STEPS_PER_EPOCH, { shouldPause: () => trainer.step === STEPS_PER_EPOCH });
    expect((await reopen(await trainer.save(), each)).owesValidation).toBe(true);
    await trainTo(trainer, STEPS_PER_EPOCH);
    expect((await reopen(await trainer.save(), each)).owesValidation).toBe(false);
  });

  test("trains on for more epochs than were planned", async () => {
    const trainer = await open({ ...each, config: { ...each.config, epochs: 1 } });
    await trainTo(trainer, trainer.totalSteps);
    const state = throughFile(await trainer.save());
    const longer = await open({ ...each, config: { ...state.config, epochs: 2 } }, { state });
    const { losses, end } = await trainTo(longer, longer.totalSteps);
    expect(end).toEqual({ kind: "reached" });
    expect(losses).toEqual((await trainTo(await open(each), 2 * STEPS_PER_EPOCH)).losses.slice(STEPS_PER_EPOCH));
  });

  const change = (state: TrainerState, name: string, array: Partial<NamedArray> | null): TrainerState => ({
    ...state,
    arrays: state.arrays.flatMap((old) => (old.name !== name ? [old] : array === null ? [] : [{ ...old, ...array }])),
  });
  const control = (state: TrainerState, index: number, value: number): TrainerState => ({
    ...state,
    arrays: state.arrays.map((old) =>
      old.name === "state.control" ? { ...old, data: Float32Array.from(old.data).fill(value, index, index + 1) } : old,
    ),
  });
  const counters = (step: number, cursor: number) => ({ data: Uint32Array.of(step, cursor, 0, 0, 0, 0, 0, 0) });

  test.each<[string, (state: TrainerState) => TrainerState, string]>([
    ["other settings", (s) => ({ ...s, config: { ...s.config, batchSize: 4 } }), "batchSize is 4 there and 16 here"],
    [
      "another optimizer",
      (s) => ({ ...s, config: { ...s.config, optimizer: cases["copy memory"].config.optimizer } }),
      "optimizer.kind is sgd",
    ],
    ["another task", (s) => ({ ...s, config: { ...s.config, task: copyTask } }), "task.kind is copy there and text here"],
    [
      "another data set",
      (s) => ({ ...s, data: { ...s.data, name: "Tiny Shakespeare", trainItems: 1000, fingerprint: "" } }),
      "was trained on Tiny Shakespeare (1,000 + 180 characters), not on Your text (1,620 + 180 characters)",
    ],
    ["data of the same size", (s) => ({ ...s, data: { ...s.data, fingerprint: "" } }), "of the same size, but its content differs"],
    ["a missing array", (s) => change(s, "moment2.fc.weight", null), "lacks moment2.fc.weight"],
    ["an array too many", (s) => ({ ...s, arrays: [...s.arrays, { ...s.arrays[0]!, name: "extra" }] }), "has extra, which"],
    ["another shape", (s) => change(s, "fc.bias", { shape: [2] }), "fc.bias has the shape [2]; this run needs [28]"],
    ["counts for floats", (s) => change(s, "fc.bias", { data: new Uint32Array(28) }), "fc.bias holds the wrong kind of numbers"],
    ["NaN", (s) => change(s, "fc.bias", { data: new Float32Array(28).fill(Number.NaN, 3) }), "fc.bias holds NaN at index 3"],
    ["an impossible step", (s) => ({ ...s, step: 99 }), "its counters do not fit step 99"],
    ["a count of steps that is not the step", (s) => change(s, "state.counters", counters(16, 5)), "do not fit step 17"],
    ["a cursor elsewhere", (s) => change(s, "state.counters", counters(17, 6)), "do not fit step 17"],
    ["a cursor beyond the data", (s) => change(s, "state.counters", counters(17, 5 + STEPS_PER_EPOCH)), "do not fit step 17"],
    ["a validation to come", (s) => ({ ...s, fullyValidatedAt: 18 }), "do not fit step 17"],
    [
      "more steps skipped than done",
      (s) => change(s, "state.counters", { data: Uint32Array.of(17, 5, 18, 0, 0, 0, 0, 0) }),
      "do not fit step 17",
    ],
    [
      "a negative bias correction",
      (s) => control(s, controlIndex.biasCorrection1, -0.1),
      "the bias correction -0.10000000149011612 at index 4",
    ],
    ["a bias correction of NaN", (s) => control(s, controlIndex.biasCorrection2, Number.NaN), "the bias correction NaN at index 5"],
    ["a bias correction above 1", (s) => control(s, controlIndex.biasCorrection2, 1.001), "which must be from 0 to 1"],
    [
      "a negative second moment",
      (s) => change(s, "moment2.fc.bias", { data: new Float32Array(28).fill(-1e-9, 5) }),
      "moment2.fc.bias holds -9.999999717180685e-10 at index 5; a mean of squares is never negative",
    ],
  ])("refuses a state with %s, and trains on as if nothing had been", async (_, spoil, sentence) => {
    const trainer = await open(each);
    await trainTo(trainer, 17);
    const state = await trainer.save();
    await expect(trainer.restore(spoil(state))).rejects.toMatchObject({ code: "bad-file", message: expect.stringContaining(sentence) });
    expect(bits(await trainer.save())).toEqual(bits(state));
    expect((await trainTo(trainer, 18)).steps).toEqual([18]);
  });

  test("takes what a good run may hold: a norm that overflowed, and a bias correction that was rounded up", async () => {
    const trainer = await open(each);
    await trainTo(trainer, 17);
    const state = control(await trainer.save(), controlIndex.norm, Number.POSITIVE_INFINITY);
    await trainer.restore(control(state, controlIndex.biasCorrection2, 1 + 2 ** -20));
    expect((await trainTo(trainer, 18)).steps).toEqual([18]);
  });
});

describe("given weights", () => {
  const each = {
    ...cases["copy memory"],
    config: { ...cases["copy memory"].config, model: { ...base.model, cell: "gru_reset_before" } },
  } as const;
  const weightsOf = async (trainer: Trainer): Promise<NamedArray[]> =>
    (await trainer.save()).arrays.filter(({ name }) => /^(embed|rnn|fc)\./.test(name));

  test("take the place of those drawn", async () => {
    const seven = await open({ ...each, config: { ...each.config, seed: 7 } });
    const weights = await weightsOf(seven);
    const trainer = await open(each, { weights });
    expect(await weightsOf(trainer)).toEqual(weights);
    expect((await trainTo(trainer, 1)).losses).not.toEqual((await trainTo(await open(each), 1)).losses);
  });

  test.each<[string, (weights: NamedArray[]) => NamedArray[], string]>([
    ["one missing", (w) => w.filter(({ name }) => name !== "rnn.weight_hh_l1"), "The weights lack rnn.weight_hh_l1."],
    ["one too many", (w) => [...w, { ...w[0]!, name: "rnn.weight_ih_l2" }], "The weights have rnn.weight_ih_l2, which this run does not."],
    [
      "another width",
      (w) => w.map((x) => (x.name === "fc.bias" ? { ...x, shape: [7] } : x)),
      "fc.bias has the shape [7]; this run needs [5].",
    ],
    [
      "infinity",
      (w) => [{ ...w[0]!, data: w[0]!.data.map(() => Number.POSITIVE_INFINITY) }, ...w.slice(1)],
      "embed.weight holds Infinity at",
    ],
    [
      "a second bias for the reset-before GRU",
      (w) => w.map((x) => (x.name === "rnn.bias_hh_l0" ? { ...x, data: x.data.map(() => 1) } : x)),
      "rnn.bias_hh_l0 must be zero: the reset-before GRU has one bias for each gate, in rnn.bias_ih_l0.",
    ],
  ])("are refused with %s", async (_, spoil, sentence) => {
    const trainer = await open(each);
    const weights = await weightsOf(trainer);
    await expect(trainer.setWeights(spoil(weights))).rejects.toMatchObject({
      code: "bad-file",
      message: expect.stringContaining(sentence),
    });
  });
});
