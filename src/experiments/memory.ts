import type { RunConfig } from "../config";
import { gradientHorizon, horizonNorms } from "../horizon";
import { presetNamed } from "../presets";
import type { ProbeFrame } from "../probes";
import type { Evidence } from "./evidence";
import { type Experiment, type Stage, train } from "./experiment";
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

/** The way back: through the states, and where a network has them through its cells. */
const horizonOf = (frame: ProbeFrame) => gradientHorizon(horizonNorms(frame, undefined));

const halfLife = (frame: ProbeFrame | undefined): number => (frame === undefined ? Number.NaN : horizonOf(frame).halfLifeSteps);

function wayBack(frame: ProbeFrame): string {
  const { halfLifeSteps, left } = horizonOf(frame);
  const along = frame.layout.cell === "lstm" ? " along the cells" : "";
  if (!Number.isFinite(halfLifeSteps)) return `it does not shrink${along}`;
  return `it halves every ${figure(halfLifeSteps)} steps${along}, and ${left === 0 ? "none" : percent(left)} of it reaches the first step`;
}

function showHorizon({ step, firstHorizon, horizon, loss }: Evidence): string {
  if (firstHorizon === undefined || horizon === undefined) return "";
  const later = horizon.step > firstHorizon.step ? `; at step ${horizon.step} ${wayBack(horizon)}` : "";
  return `The gradient on its way back: before training ${wayBack(firstHorizon)}${later}. Loss after ${step} steps ${figure(loss)}; guessing gives ${figure(guessing)}.`;
}

const rnnStage: Stage = {
  title: "A tanh RNN",
  text: `It reads one of four symbols, waits ${task.delay} steps, and must name it. To learn that, the gradient has to come all the way back.`,
  look: "The gradient is large at the right end, where the loss is, and fades to the left. The loss stays where guessing puts it.",
  view: "time",
  config: rnn,
  act: train,
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
  judge: ([run]) => ({
    holds: halfLife(run?.firstHorizon) < 5 && halfLife(run?.horizon) < 5 && (run?.loss ?? 0) > 0.9 * guessing,
    text:
      `The gradient halves every ${figure(halfLife(run?.firstHorizon))} steps before training and every ${figure(halfLife(run?.horizon))} after it. ` +
      `The loss is ${figure(run?.loss ?? Number.NaN)}; guessing gives ${figure(guessing)}.`,
  }),
};

const lstm = (forgetBias: number): RunConfig => ({ ...rnn, model: { ...rnn.model, cell: "lstm", forgetBias } });

/** Hochreiter and Schmidhuber 1997; the forget bias: Gers, Schmidhuber and Cummins 2000, Jozefowicz, Zaremba and Sutskever 2015. */
export const survive: Experiment = {
  name: "survive",
  title: "And survive",
  about: "The same task with an LSTM, and what its forget gate has to do with it",
  claim:
    "An LSTM whose forget gates are open from the start carries the gradient many times as far as the RNN, and learns the task. With gates half open it does not.",
  preset: "copy-memory",
  stages: [
    {
      ...rnnStage,
      title: "The RNN again",
      text: "For comparison: the tanh RNN on the same sequences. Note how many steps its gradient needs to halve.",
    },
    {
      title: "An LSTM",
      text: "An LSTM on the same sequences, with the initial values that PyTorch has. Its forget gates begin half open: the cell loses about half with every step.",
      look: "The gradient fades nearly as fast as the RNN's, and the loss stays where it was: what is forgotten cannot teach remembering.",
      view: "time",
      config: lstm(0),
      act: train,
      steps: rnnStage.steps,
      show: showHorizon,
    },
    {
      title: "With open forget gates",
      text: "The same LSTM, its forget gates opened with a bias of 4 before training: each keeps 98 % of its cell from step to step.",
      look: "The horizon of the cell state stays level to the first step: what the loss says arrives there. And the loss falls to almost nothing.",
      view: "time",
      config: lstm(4),
      act: train,
      steps: rnnStage.steps,
      show: showHorizon,
    },
  ],
  judge([plain, closed, open]) {
    if (plain === undefined || closed === undefined || open === undefined) return { holds: false, text: "" };
    const lives = [plain, closed, open].map(({ horizon }) => halfLife(horizon));
    const [short = Number.NaN, middle = Number.NaN, long = Number.NaN] = lives;
    return {
      holds: short < middle && long > 5 * middle && plain.loss > 0.9 * guessing && open.loss < 0.5 * guessing,
      text:
        `The gradient halves every ${figure(short)} steps in the RNN, ${figure(middle)} in the LSTM as PyTorch starts it, and ` +
        `${Number.isFinite(long) ? figure(long) : "never"} with open gates. Their losses: ${figure(plain.loss)}, ${figure(closed.loss)} and ` +
        `${figure(open.loss)}; guessing gives ${figure(guessing)}.`,
    };
  },
};
