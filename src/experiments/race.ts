import type { RunConfig } from "../config";
import { presetNamed } from "../presets";
import type { RaceRecord } from "../race/record";
import { fullValidation, msPerStep } from "../race/standings";
import type { Evidence, Racer } from "./evidence";
import type { Experiment } from "./experiment";
import { figure, percent } from "./figures";

const copy = presetNamed("copy-memory").config;

const config: RunConfig = {
  ...copy,
  task: { kind: "copy", symbols: 8, length: 4, delay: 8 },
  model: { ...copy.model, cell: "lstm" },
};
/** Every eighth symbol is right by chance. */
const CHANCE = 1 / 8;

/** What an experiment takes of a contestant. */
export function racerOf(record: RaceRecord): Racer {
  const end = fullValidation(record);
  return {
    cell: record.cell,
    parameters: record.facts.parameters,
    steps: record.steps,
    msPerStep: msPerStep(record).median,
    loss: end?.loss ?? Number.NaN,
    accuracy: end?.accuracy ?? Number.NaN,
  };
}

const told = ({ parameters, msPerStep, loss, accuracy }: Racer): string =>
  `${figure(parameters)} parameters, ${figure(msPerStep)} ms per step` +
  (Number.isNaN(loss) ? "" : `, loss ${figure(loss)}, ${percent(accuracy)} right`);

function pair({ racers }: Pick<Evidence, "racers">): readonly [gru: Racer, lstm: Racer] | undefined {
  const gru = racers.find(({ cell }) => cell === "gru");
  const lstm = racers.find(({ cell }) => cell === "lstm");
  return gru === undefined || lstm === undefined ? undefined : [gru, lstm];
}

function show(evidence: Pick<Evidence, "racers">): string {
  const both = pair(evidence);
  if (both === undefined) return "";
  const [gru, lstm] = both;
  return `GRU: ${told(gru)}. LSTM: ${told(lstm)}.`;
}

/** Cho et al. 2014; Chung et al. 2014: "Empirical evaluation of gated recurrent neural networks on sequence modeling". */
export const gates: Experiment = {
  name: "gates",
  title: "GRU against LSTM",
  about: "The two from one seed on the same batches: parameters, time per step, what they learn",
  claim:
    "A GRU has three blocks of weights where the LSTM has four, so fewer parameters, and learns the same task. " +
    "How much time that saves depends on the device: it is measured here.",
  preset: "copy-memory",
  stages: [
    {
      title: "Race",
      text: "Both learn to repeat four of eight symbols, in turns on the same batches. Start the race and wait until both have done their steps.",
      look: "Compare the curves at equal steps and at equal time, and the table's rows of parameters and of milliseconds per step.",
      view: "race",
      config,
      act: { kind: "race", cells: ["lstm", "gru"] },
      steps: 400,
      show,
    },
  ],
  judge([run]) {
    const both = run && pair(run);
    if (run === undefined || both === undefined) return { holds: false, text: "" };
    const [gru, lstm] = both;
    return {
      holds: gru.parameters < lstm.parameters && [gru, lstm].every(({ accuracy }) => accuracy > 4 * CHANCE),
      text: `${show(run)} How their times compare, round by round, and how sure that is, stands in the view.`,
    };
  },
};
