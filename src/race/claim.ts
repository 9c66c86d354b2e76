import { cellNames, type RaceRecord } from "./record";
import { fullValidation, medianInterval, msPerStep, type Spread, spreadOf } from "./standings";

/** What the article that this page accompanies says of GRU and LSTM. */
export const articleClaim = "GRU trains about 27 % faster than LSTM, for a loss of accuracy of under 1 %.";

/** What has been published about the quality of the two. */
export const publishedContext: readonly { readonly text: string; readonly source: string; readonly url: string }[] = [
  {
    text: "On music and speech, GRU and LSTM came out comparable; which was ahead depended on the data set.",
    source: "Chung et al. 2014",
    url: "https://arxiv.org/abs/1412.3555",
  },
  {
    text: "GRU did better than LSTM on every task but language modelling, where LSTM with dropout was best; a forget bias of 1 closed the LSTM's gap.",
    source: "Jozefowicz et al. 2015",
    url: "https://proceedings.mlr.press/v37/jozefowicz15.html",
  },
];

/** Fewer rounds say too little of the spread. */
export const MIN_ROUNDS = 8;

export interface Claim {
  /** One or two sentences: what this race measured of GRU and LSTM. */
  readonly measured: string;
  /** What keeps them from saying more. */
  readonly caveats: readonly string[];
}

const NOT_BOTH = "The claim is about GRU and LSTM: let both race to measure it here.";

const percent = (fraction: number): string => `${(fraction * 100).toFixed(Math.abs(fraction) < 0.0995 ? 1 : 0)} %`;
const points = (fraction: number): string => {
  const text = (Math.abs(fraction) * 100).toFixed(Math.abs(fraction) < 0.001 ? 2 : 1);
  return `${text} ${text === "1.0" ? "point" : "points"}`;
};
const count = (value: number): string => value.toLocaleString("en-US");

/**
 * How the GRU's time per step compares with the LSTM's: the median of the rounds' ratios and its 95 % interval. The two slices of one
 * round were measured within moments of each other, so what slows the whole machine down slows both.
 */
export function timeRatio(gru: RaceRecord, lstm: RaceRecord): Spread & { readonly rounds: number } {
  const rounds = Math.min(gru.slices.length, lstm.slices.length);
  const ratios = Array.from({ length: rounds }, (_, i) => perStep(gru, i) / perStep(lstm, i));
  return { median: spreadOf(ratios).median, ...medianInterval(ratios), rounds };
}

function perStep({ slices }: RaceRecord, round: number): number {
  const slice = slices[round];
  return slice === undefined ? Number.NaN : slice.ms / slice.steps;
}

function timeClause(name: string, gru: RaceRecord, lstm: RaceRecord): string {
  const { median, low, high, rounds } = timeRatio(gru, lstm);
  if (low <= 1 && high >= 1) {
    const medians = `medians ${msPerStep(gru).median.toPrecision(3)} and ${msPerStep(lstm).median.toPrecision(3)} ms`;
    return `Here the times per step of the ${name} and the LSTM cannot be told apart: they differ by less than ${count(rounds)} rounds can show (${medians})`;
  }
  const less = median < 1;
  const between = less ? [1 - high, 1 - low] : [low - 1, high - 1];
  const range = `between ${between.map(percent).join(" and ")}, the 95 % interval of the median of ${count(rounds)} rounds`;
  if (!less) return `Here the ${name} took ${percent(median - 1)} more time per step than the LSTM (${range})`;
  return `Here the ${name} took ${percent(1 - median)} less time per step than the LSTM (${range}), which is ${percent(1 / median - 1)} more steps per second`;
}

/** Twice the standard error of the difference of two fractions, each of so many independent targets. */
export function accuracyNoise(a: number, b: number, targets: number): number {
  return 2 * Math.sqrt((a * (1 - a) + b * (1 - b)) / targets);
}

function accuracySentence(name: string, gru: RaceRecord, lstm: RaceRecord): string | undefined {
  const [a, b] = [fullValidation(gru), fullValidation(lstm)];
  if (a === undefined || b === undefined || a.step !== b.step) return undefined;
  const difference = a.accuracy - b.accuracy;
  const noise = accuracyNoise(a.accuracy, b.accuracy, a.targets);
  const both = `${percent2(a.accuracy)} against ${percent2(b.accuracy)} of ${count(a.targets)} validation targets`;
  if (Math.abs(difference) <= noise)
    return `Their accuracy after ${count(a.step)} steps is the same as far as these targets can tell (${both}; a difference under ${points(noise)} may be chance).`;
  return `After ${count(a.step)} steps the ${name} was ${points(difference)} of accuracy ${difference < 0 ? "behind" : "ahead of"} the LSTM (${both}).`;
}

const percent2 = (fraction: number): string => `${(fraction * 100).toFixed(2)} %`;

/**
 * The article's claim as this race measured it: sentences for people, honest where the race was too short or the difference may be
 * chance. Times are compared round by round, by the median's 95 % interval; accuracies on the whole validation set, by twice the standard error.
 * @param records of all contestants.
 * @param isOut contestants that stopped early.
 * @param isOver the race has ended by itself.
 */
export function claimMeasured(records: readonly RaceRecord[], isOut: (record: RaceRecord) => boolean, isOver: boolean): Claim {
  const gru = records.find(({ cell }) => cell === "gru") ?? records.find(({ cell }) => cell === "gru_reset_before");
  const lstm = records.find(({ cell }) => cell === "lstm");
  if (gru === undefined || lstm === undefined) return { measured: NOT_BOTH, caveats: [] };
  const out = [gru, lstm].find(isOut);
  if (out !== undefined) return { measured: `The ${cellNames[out.cell]} did not finish, so the two cannot be compared.`, caveats: [] };
  const rounds = Math.min(gru.slices.length, lstm.slices.length);
  if (rounds < MIN_ROUNDS) {
    const needed = `their times can be compared after ${MIN_ROUNDS} rounds in turn; there are ${rounds}.`;
    return { measured: isOver ? `Too short a race: ${needed} Let it run for more steps.` : `Not yet: ${needed}`, caveats: [] };
  }
  const name = gru.cell === "gru" ? "GRU" : "GRU (reset before)";
  const time = `${timeClause(name, gru, lstm)}.`;
  const accuracy = accuracySentence(name, gru, lstm);
  const steps = Math.min(gru.steps, lstm.steps);
  const epochs = steps / gru.facts.stepsPerEpoch;
  const early = `${count(steps)} steps are ${epochs.toPrecision(2)} of an epoch: both are still learning, so this says who learns faster at first, not who is better in the end.`;
  const caveats = [...(epochs < 1 ? [early] : []), "One seed is one try: another seed can turn a small difference in accuracy round."];
  if (accuracy !== undefined) return { measured: `${time} ${accuracy}`, caveats };
  const pending = isOver ? "The race was ended before accuracy on the whole set was measured." : "Accuracy is compared at the end.";
  return { measured: `${time} ${pending}`, caveats: [] };
}
