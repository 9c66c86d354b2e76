import type { RunConfig } from "../config";
import { presetNamed } from "../presets";
import type { Evidence } from "./evidence";
import { type Experiment, train } from "./experiment";
import { figure, percent } from "./figures";

const copy: RunConfig = {
  ...presetNamed("copy-memory").config,
  task: { kind: "copy", symbols: 4, length: 4, delay: 8 },
  model: { ...presetNamed("copy-memory").config.model, hiddenSize: 32 },
  batchSize: 32,
};

const showLoss = ({ step, loss, accuracy }: Evidence): string =>
  step === 0 ? "" : `After ${step} steps: loss ${figure(loss)}, ${percent(accuracy)} of the symbols right.`;

const showHalf = (evidence: Evidence): string => {
  const { step, lossScale, skippedSteps, underflow } = evidence;
  if (step === 0) return "";
  return (
    `${showLoss(evidence)} The loss scale is ${figure(lossScale)}, ${skippedSteps} steps were skipped, and in the mean ` +
    `${percent(underflow)} of the gates' gradients were too small for f16 in spite of it.`
  );
};

/** Micikevicius et al. 2018: "Mixed precision training". */
export const half: Experiment = {
  name: "half",
  title: "Half precision",
  about: "The same run in 32 and in 16 bits: what the loss scale is for",
  claim: "In half precision, with a loss scale, the same run comes to about the same loss.",
  preset: "copy-memory",
  stages: [
    {
      title: "In 32 bits",
      text: "A GRU learns to repeat four symbols, in 32-bit floats.",
      look: "Keep the loss in mind that it comes to.",
      view: "training",
      config: copy,
      act: train,
      steps: 300,
      show: showLoss,
    },
    {
      title: "In 16 bits",
      text: "The same seed with weights, activations and their gradients in 16 bits, and the loss multiplied by a loss scale, so that small gradients do not vanish in rounding.",
      look: "The loss follows the same curve. The charts of loss scale and underflow show what the scale does.",
      view: "training",
      config: { ...copy, precision: "f16" },
      act: train,
      steps: 300,
      show: showHalf,
    },
  ],
  judge: ([single, mixed]) => {
    const [a, b] = [single?.loss ?? Number.NaN, mixed?.loss ?? Number.NaN];
    return { holds: Math.abs(a - b) < 0.1 * a, text: `Loss in 32 bits ${figure(a)}, in 16 bits ${figure(b)}.` };
  },
};
