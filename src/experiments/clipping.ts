import type { RunConfig } from "../config";
import { presetNamed } from "../presets";
import type { Evidence } from "./evidence";
import { type Experiment, train } from "./experiment";
import { figure, percent } from "./figures";

const copy = presetNamed("copy-memory").config;

const task = { kind: "copy", symbols: 4, length: 1, delay: 10 } as const;
/** Nats per symbol of a network that knows the symbols, and nothing of the sequence. */
const guessing = Math.log(task.symbols);
/** A loss so many times that of guessing counts as diverged. */
const DIVERGED = 5;

/** A tanh RNN with a learning rate at which it learns fast, or not at all. */
const wild: RunConfig = {
  ...copy,
  task,
  model: { ...copy.model, cell: "rnn_tanh" },
  optimizer: { kind: "sgd", lr: 1, momentum: 0.9, weightDecay: 0 },
  clip: { kind: "none" },
};

const hasDiverged = ({ divergedAt, loss }: Evidence): boolean => divergedAt !== undefined || loss > DIVERGED * guessing;

function showNorms({ step, divergedAt, largestNorm, clippedFraction, loss, accuracy, config }: Evidence): string {
  if (step === 0) return "";
  const norm = `The largest gradient norm so far is ${figure(largestNorm)}.`;
  if (divergedAt !== undefined) return `At step ${divergedAt} the gradient or the loss was no longer a finite number. ${norm}`;
  const clipped = config.clip.kind === "none" ? "" : ` ${percent(clippedFraction)} of the steps were clipped.`;
  return `After ${step} steps the loss is ${figure(loss)}, where guessing gives ${figure(guessing)}; ${percent(accuracy)} are right. ${norm}${clipped}`;
}

/** Pascanu, Mikolov and Bengio 2013: "On the difficulty of training recurrent neural networks". */
export const explode: Experiment = {
  name: "explode",
  title: "Make it explode, then clip it",
  about: "A learning rate that ruins the run, until the gradient is clipped",
  claim: "Without clipping the loss climbs far above that of guessing. With the norm clipped, the same seed and rate learn the task.",
  preset: "copy-memory",
  stages: [
    {
      title: "Without clipping",
      text: "A tanh RNN reads one of four symbols and names it ten steps later. The learning rate is high. Train it, and watch loss and gradient norm.",
      look: "The first large gradient throws the weights far away. Every norm after it comes from there, and the loss never comes back.",
      view: "training",
      config: wild,
      act: train,
      steps: 400,
      show: showNorms,
    },
    {
      title: "With the norm clipped",
      text: "The same weights, batches and learning rate. Only that every gradient longer than 0.1 is scaled to that length before the step.",
      look: "The norm before clipping still jumps; what is left of it does not. The loss falls to zero.",
      view: "training",
      config: { ...wild, clip: { kind: "norm", max: 0.1 } },
      act: train,
      steps: 400,
      show: showNorms,
    },
  ],
  judge([without, clipped]) {
    if (without === undefined || clipped === undefined) return { holds: false, text: "" };
    const told = ({ divergedAt, loss, accuracy }: Evidence): string =>
      divergedAt === undefined ? `a loss of ${figure(loss)}, ${percent(accuracy)} right` : `not a finite number at step ${divergedAt}`;
    return {
      holds: hasDiverged(without) && !hasDiverged(clipped) && clipped.loss < 0.5 * guessing,
      text: `Without clipping: ${told(without)}. With clipping: ${told(clipped)}. Guessing gives ${figure(guessing)}, 25 % right.`,
    };
  },
};

const clipped = (clip: RunConfig["clip"]): RunConfig => ({ ...copy, task: { kind: "copy", symbols: 4, length: 4, delay: 8 }, clip });

const showDirection = ({ step, meanCosine, smallestCosine, clippedFraction, loss }: Evidence): string =>
  step === 0 || !Number.isFinite(meanCosine)
    ? ""
    : `${percent(clippedFraction)} of the steps were clipped. Cosine between the gradient and what was left of it: ` +
      `${figure(meanCosine)} in the mean, ${figure(smallestCosine)} at worst. Loss ${figure(loss)}.`;

export const clipping: Experiment = {
  name: "clipping",
  title: "Norm or value clipping",
  about: "Which of the two keeps the gradient's direction",
  claim: "Clipping by norm shortens the gradient and keeps its direction: their cosine is 1. Clipping by value turns it.",
  preset: "copy-memory",
  stages: [
    {
      title: "Clipped by norm",
      text: "Every gradient longer than 0.1 is scaled to that length.",
      look: "The cosine between the gradient before and after clipping stays 1: the same direction, a shorter step.",
      view: "training",
      config: clipped({ kind: "norm", max: 0.1 }),
      act: train,
      steps: 300,
      show: showDirection,
    },
    {
      title: "Clipped by value",
      text: "The same run, but every single number of the gradient is cut at ±0.003. Large ones lose most.",
      look: "The cosine falls below 1: the step goes elsewhere than the gradient points.",
      view: "training",
      config: clipped({ kind: "value", max: 0.003 }),
      act: train,
      steps: 300,
      show: showDirection,
    },
  ],
  judge: ([byNorm, byValue]) => ({
    holds: (byNorm?.smallestCosine ?? 0) > 0.9999 && (byValue?.meanCosine ?? 1) < 0.99,
    text: `Smallest cosine clipped by norm: ${figure(byNorm?.smallestCosine ?? Number.NaN)}. Clipped by value: ${figure(byValue?.smallestCosine ?? Number.NaN)}, ${figure(byValue?.meanCosine ?? Number.NaN)} in the mean.`,
  }),
};
