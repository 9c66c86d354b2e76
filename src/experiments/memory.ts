import type { RunConfig } from "../config";
import { gradientHorizon, horizonNorms } from "../horizon";
import { presetNamed } from "../presets";
import type { ProbeFrame } from "../probes";
import type { Evidence } from "./evidence";
import type { Experiment, Stage } from "./experiment";
import { figure, percent } from "./figures";

const copy = presetNamed("copy-memory").config;

const task = { kind: "copy", symbols: 4, length: 1, delay: 40 } as const;
/** Nats per symbol of a network that knows the symbols, and nothing of the sequence. */
const guessing = Math.log(task.symbols);

const rnn: RunConfig = {
  ...copy,
  task,
  model: { ...copy.model, cell: "rnn_tanh" },
  optimizer: { ...copy.optimizer, lr: 0.002 },
  seed: 1,
};

const halfLife = (frame: ProbeFrame | undefined): number =>
  frame === undefined ? Number.NaN : gradientHorizon(horizonNorms(frame, undefined)).halfLifeSteps;

function showHorizon({ step, horizon, loss }: Evidence): string {
  if (horizon === undefined) return "";
  const { halfLifeSteps, left, reach } = gradientHorizon(horizonNorms(horizon, undefined));
  const life = Number.isFinite(halfLifeSteps) ? `The gradient halves every ${figure(halfLifeSteps)} steps` : "The gradient does not shrink";
  const rest = left === 0 ? "nothing of it is left" : `${percent(left)} of it is left`;
  return `${life}: ${reach} steps back ${rest}. Loss ${figure(loss)} after ${step} steps; guessing gives ${figure(guessing)}.`;
}

const rnnStage: Stage = {
  title: "A tanh RNN",
  text: `It reads one of four symbols, waits ${task.delay} steps, and must name it. To learn that, the gradient has to come all the way back.`,
  look: "The gradient is large at the right end, where the loss is, and fades to the left. The loss stays where guessing puts it.",
  view: "time",
  config: rnn,
  steps: 300,
  show: showHorizon,
};

/** Bengio, Simard and Frasconi 1994: "Learning long-term dependencies with gradient descent is difficult". */
export const vanish: Experiment = {
  name: "vanish",
  title: "Watch a gradient vanish",
  about: "An RNN that cannot learn to remember for 40 steps, and why",
  claim: "The gradient of a tanh RNN halves within a few steps, so a symbol 40 steps back teaches it nothing.",
  preset: "copy-memory",
  stages: [rnnStage],
  judge: ([run]) => {
    const life = halfLife(run?.horizon);
    return {
      holds: life < 5 && (run?.loss ?? 0) > 0.9 * guessing,
      text: run === undefined ? "" : showHorizon(run),
    };
  },
};

const lstm = (forgetBias: number): RunConfig => ({ ...rnn, model: { ...rnn.model, cell: "lstm", forgetBias } });

/** Hochreiter and Schmidhuber 1997; the forget bias: Gers, Schmidhuber and Cummins 2000, Jozefowicz, Zaremba and Sutskever 2015. */
export const survive: Experiment = {
  name: "survive",
  title: "And survive",
  about: "The same task with an LSTM, and what its forget gate has to do with it",
  claim: "With its forget gates open from the start, an LSTM carries the gradient many times as far as the RNN, and learns the task.",
  preset: "copy-memory",
  stages: [
    {
      ...rnnStage,
      title: "The RNN again",
      text: "For comparison: the tanh RNN on the same sequences. Note how many steps its gradient needs to halve.",
    },
    {
      title: "An LSTM",
      text: "An LSTM on the same sequences. Its forget gates begin half open, near 0.5: what the cell holds halves with every step.",
      look: "Hardly better than the RNN at first: an LSTM that forgets cannot tell that remembering would help.",
      view: "time",
      config: lstm(0),
      steps: rnnStage.steps,
      show: showHorizon,
    },
    {
      title: "With open forget gates",
      text: "The same LSTM, its forget gates opened with a bias of 4 before training: each keeps 98 % of its cell from step to step.",
      look: "The gradient reaches the left end almost undiminished, and the loss falls below guessing.",
      view: "time",
      config: lstm(4),
      steps: rnnStage.steps,
      show: showHorizon,
    },
  ],
  judge: ([plain, , open]) => {
    const [short, long] = [halfLife(plain?.horizon), halfLife(open?.horizon)];
    return {
      holds: long > 5 * short && (open?.loss ?? Number.NaN) < 0.5 * guessing,
      text:
        `Steps in which the gradient halves: RNN ${figure(short)}, LSTM with open gates ${Number.isFinite(long) ? figure(long) : "without end"}. ` +
        `Loss: RNN ${figure(plain?.loss ?? Number.NaN)}, LSTM ${figure(open?.loss ?? Number.NaN)}; guessing gives ${figure(guessing)}.`,
    };
  },
};
