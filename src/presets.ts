import type { RunConfig } from "./config";

export interface Preset {
  readonly name: string;
  readonly title: string;
  /** One line for the page and `--help`. */
  readonly about: string;
  readonly config: RunConfig;
}

const adam = (lr: number) => ({ kind: "adam" as const, lr, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 });

/**
 * A tanh RNN's gradient comes in bursts, which Adam's usual memory of 1,000 steps (beta2 0.999) answers late. With 0.99, three epochs
 * of digits-rnn ended 0.4 points better on the CPU executor and 0.6 on llvmpipe, one seed each.
 */
const adamForBursts = (lr: number): RunConfig["optimizer"] => ({ ...adam(lr), beta2: 0.99 });

const digits: RunConfig = {
  task: { kind: "digits" },
  model: { cell: "rnn_tanh", hiddenSize: 128, numLayers: 2, embeddingSize: 1, forgetBias: 0 },
  batchSize: 64,
  epochs: 10,
  bptt: { kind: "full" },
  optimizer: adamForBursts(0.001),
  clip: { kind: "norm", max: 1 },
  precision: "f32",
  seed: 1,
  validation: { every: 100, batches: 8 },
  sampling: { temperature: 0.8, prompt: "", length: 200 },
};

const chars: RunConfig = {
  ...digits,
  task: { kind: "text", source: "shakespeare", sequenceLength: 100, carryState: true },
  model: { cell: "lstm", hiddenSize: 1024, numLayers: 2, embeddingSize: 512, forgetBias: 0 },
  optimizer: adam(0.001),
  clip: { kind: "norm", max: 5 },
  validation: { every: 50, batches: 4 },
  sampling: { temperature: 0.8, prompt: "ROMEO:", length: 300 },
};

const small = { cell: "lstm", hiddenSize: 256, numLayers: 2, embeddingSize: 128, forgetBias: 0 } as const;

/** digits-rnn and chars-lstm are the models as published; the "small" ones train on a laptop without a fast GPU. */
export const presets: readonly Preset[] = [
  {
    name: "digits-rnn",
    title: "Digits, RNN",
    about: "MNIST read row by row by a tanh RNN, 28 to 128, two layers: the published model",
    config: digits,
  },
  {
    name: "digits-lstm",
    title: "Digits, LSTM",
    about: "MNIST read row by row by an LSTM, two layers of 128",
    config: { ...digits, model: { ...digits.model, cell: "lstm" } },
  },
  {
    name: "digits-gru",
    title: "Digits, GRU",
    about: "MNIST read row by row by a GRU, two layers of 128",
    config: { ...digits, model: { ...digits.model, cell: "gru" } },
  },
  {
    name: "digits-small",
    title: "Digits, small",
    about: "MNIST read row by row by a GRU, one layer of 32: quick anywhere",
    config: { ...digits, model: { ...digits.model, cell: "gru", hiddenSize: 32, numLayers: 1 }, optimizer: adam(0.005), epochs: 3 },
  },
  {
    name: "chars-lstm",
    title: "Shakespeare, LSTM",
    about: "Tiny Shakespeare, embedding 512, LSTM, two layers of 1024: the published model, for a discrete GPU",
    config: chars,
  },
  {
    name: "chars-small",
    title: "Shakespeare, small",
    about: "Tiny Shakespeare, embedding 128, LSTM, two layers of 256: laptop size",
    config: {
      ...chars,
      task: { kind: "text", source: "shakespeare", sequenceLength: 64, carryState: true },
      model: small,
      batchSize: 32,
      optimizer: adam(0.002),
    },
  },
  {
    name: "copy-memory",
    title: "Copy memory",
    about: "Repeat eight symbols after a pause: generated, needs no download",
    config: {
      ...digits,
      task: { kind: "copy", symbols: 8, length: 8, delay: 10 },
      model: { cell: "gru", hiddenSize: 64, numLayers: 1, embeddingSize: 16, forgetBias: 0 },
      optimizer: adam(0.005),
      epochs: 20,
    },
  },
];

/** The message names the presets there are. */
export class UnknownPresetError extends Error {
  override readonly name = "UnknownPresetError";
  constructor(asked: string) {
    super(`There is no preset "${asked}". Presets: ${presets.map((each) => each.name).join(", ")}.`);
  }
}

/** @throws UnknownPresetError */
export function presetNamed(name: string): Preset {
  const preset = presets.find((candidate) => candidate.name === name);
  if (preset === undefined) throw new UnknownPresetError(name);
  return preset;
}
