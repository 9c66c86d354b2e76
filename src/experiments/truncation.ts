import type { RunConfig } from "../config";
import { presetNamed } from "../presets";
import type { Evidence, WindowFigures } from "./evidence";
import { type Experiment, train } from "./experiment";
import { figure } from "./figures";

const chars = presetNamed("chars-small").config;

/** A window counts as far enough if the cosine of its gradient with the full one is at least this. */
const ENOUGH = 0.99;
/** By how much a longer window may do worse than a shorter one: its cuts lie elsewhere. */
const TOLERATED = 0.01;

const config: RunConfig = {
  ...chars,
  model: { ...chars.model, hiddenSize: 64, numLayers: 1, embeddingSize: 32 },
  optimizer: { ...chars.optimizer, lr: 0.005 },
  validation: { every: 1000, batches: 4 },
};

const told = (windows: readonly WindowFigures[]): string => windows.map(({ k, cosine }) => `k = ${k}: ${figure(cosine)}`).join(", ");

const showLoss = ({ step, firstLoss, loss }: Evidence): string =>
  step === 0 ? "" : `After ${step} steps the loss is ${figure(loss)} nats per character; it began at ${figure(firstLoss)}.`;

/** Williams and Peng 1990, and Tallec and Ollivier 2017: "Unbiasing truncated backpropagation through time". */
export const far: Experiment = {
  name: "far",
  title: "How far back is far enough",
  about: "Truncated gradients beside the full one, on the same batches: a sweep of k",
  claim:
    "The longer the window, the closer the truncated gradient comes to the full one; well before the whole sequence it is close enough.",
  preset: "chars-small",
  stages: [
    {
      title: "Train an LSTM",
      text: "A small LSTM reads Shakespeare, 64 characters at a time, with the full gradient. Truncation matters once it has learnt something to remember.",
      look: "The loss falls as it learns letters, then words.",
      view: "training",
      config,
      act: train,
      steps: 200,
      show: showLoss,
    },
    {
      title: "Compare windows",
      text: "On the same batches, with the weights it has now: the gradient with windows of 1, 2, 4, up to 64 steps, each against the full one.",
      look: "The cosine rises with k and its spread shrinks. With k = 64 the window is the sequence: nothing is cut, the cosine is 1.",
      view: "truncation",
      config,
      act: { kind: "compare", lengths: [1, 2, 4, 8, 16, 32, 64], batches: 8, draws: 2 },
      steps: 200,
      show: ({ windows }) => (windows.length === 0 ? "" : `Cosine with the full gradient, fixed windows: ${told(windows)}.`),
    },
  ],
  judge([, compared]) {
    const windows = compared?.windows ?? [];
    const rises = windows.every(({ cosine }, i) => cosine > (windows[i - 1]?.cosine ?? -1) - TOLERATED);
    const enough = windows.find(({ cosine }) => cosine >= ENOUGH);
    const [shortest] = windows;
    const longest = windows.at(-1);
    return {
      holds: rises && enough !== undefined && longest !== undefined && enough.k < longest.k && (shortest?.cosine ?? 1) < 0.95,
      text:
        `Cosine with the full gradient: ${told(windows)}. ` +
        (enough === undefined ? `None reaches ${ENOUGH}.` : `From k = ${enough.k} on it is at least ${ENOUGH}.`),
    };
  },
};
