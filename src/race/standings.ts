import type { RaceRecord, RaceValidation } from "./record";

/** A training loss is the mean over so many steps up to the one it is told of, fewer at the start. */
export const LOSS_WINDOW = 50;

/** Median and the limits of the middle half. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** NaN of no values. Between two values it interpolates, as NumPy does. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const quantile = (q: number): number => {
    const at = q * (sorted.length - 1);
    const below = sorted[Math.floor(at)] ?? Number.NaN;
    const above = sorted[Math.ceil(at)] ?? Number.NaN;
    return below + (above - below) * (at - Math.floor(at));
  };
  return { median: quantile(0.5), low: quantile(0.25), high: quantile(0.75) };
}

/** The most that may lie outside an interval, on both sides together. */
const OUTSIDE = 0.05;

/**
 * A 95 % interval of the median of what the values were drawn from, without assuming how they are distributed: between the k-th lowest
 * and the k-th highest, with k from the binomial distribution (the sign test turned round). Six values at least; NaN of fewer.
 */
export function medianInterval(values: readonly number[]): Pick<Spread, "low" | "high"> {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  let logChance = -count * Math.LN2;
  let below = Math.exp(logChance);
  let rank = 0;
  while (below <= OUTSIDE / 2 && rank < count / 2) {
    rank++;
    logChance += Math.log((count - rank + 1) / rank);
    below += Math.exp(logChance);
  }
  return { low: sorted[rank - 1] ?? Number.NaN, high: sorted[count - rank] ?? Number.NaN };
}

/** Milliseconds per step, slice by slice. */
export const msPerStep = (record: RaceRecord): Spread => spreadOf(record.slices.map(({ steps, ms }) => ms / steps));

/** Mean training loss of the last steps up to `step`; undefined before the first. */
export function lossBefore(record: RaceRecord, step: number): number | undefined {
  const end = Math.floor(step);
  const losses = record.losses.slice(Math.max(0, end - LOSS_WINDOW), end);
  return losses.length === 0 ? undefined : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

export interface Quality {
  readonly loss: number;
  readonly accuracy: number;
}

/**
 * What validation on the first batches would have given after so much training time: between the last result before it and the first
 * after it, in proportion to the time. undefined where there is none on one side.
 */
export function validationAt(record: RaceRecord, ms: number): Quality | undefined {
  let before: RaceValidation | undefined;
  for (const each of quick(record)) {
    const at = record.msAt(each.step);
    if (at < ms) {
      before = each;
      continue;
    }
    if (at === ms) return each;
    if (before === undefined) return undefined;
    const since = record.msAt(before.step);
    const share = (ms - since) / (at - since);
    const between = (a: number, b: number): number => a + (b - a) * share;
    return { loss: between(before.loss, each.loss), accuracy: between(before.accuracy, each.accuracy) };
  }
  return undefined;
}

/** Validations on the same first batches, in order; where these are the whole set, all of them. */
export const quick = (record: RaceRecord): readonly RaceValidation[] => {
  const some = record.validations.filter(({ full }) => !full);
  return some.length > 0 ? some : record.validations;
};

/** The result on the whole set after the last step. */
export const fullValidation = (record: RaceRecord): RaceValidation | undefined =>
  record.validations.findLast(({ full, step }) => full && step === record.steps);

/** One contestant's column of the table. */
export interface Standing {
  readonly record: RaceRecord;
  readonly msPerStep: Spread;
  /** After the steps that all have done. */
  readonly atEqualSteps: {
    readonly ms: number;
    readonly trainLoss: number | undefined;
    /** On the first batches, after `validatedStep`. */
    readonly validation: RaceValidation | undefined;
    /** On the whole set. */
    readonly full: RaceValidation | undefined;
  };
  /** After the training time that all have had. */
  readonly atEqualTime: { readonly step: number; readonly trainLoss: number | undefined; readonly validation: Quality | undefined };
}

export interface Standings {
  /** That every contestant which is still in the race has done. */
  readonly steps: number;
  /** The last of these steps after which all were validated. */
  readonly validatedStep: number;
  /** The training time that the fastest of them took for these steps. */
  readonly ms: number;
  readonly contestants: readonly Standing[];
}

/**
 * The table of a race, also while it goes on. Equal steps are those that everyone has done, equal time is what the fastest took for them.
 * @param isOut contestants that stopped early: they keep their figures, but nobody is measured by them.
 */
export function standings(records: readonly RaceRecord[], isOut: (record: RaceRecord) => boolean = () => false): Standings {
  const racing = records.filter((record) => !isOut(record) && record.steps > 0);
  const steps = racing.length === 0 ? 0 : Math.min(...racing.map((record) => record.steps));
  const ms = racing.length === 0 ? 0 : Math.min(...racing.map((record) => record.msAt(steps)));
  const validatedStep = racing.length === 0 ? 0 : Math.min(...racing.map((record) => quick(record).at(-1)?.step ?? 0));
  return {
    steps,
    validatedStep,
    ms,
    contestants: records.map((record) => ({
      record,
      msPerStep: msPerStep(record),
      atEqualSteps: {
        ms: record.msAt(steps),
        trainLoss: record.steps < steps ? undefined : lossBefore(record, steps),
        validation: quick(record).findLast(({ step }) => step === validatedStep),
        full: record.steps === steps ? fullValidation(record) : undefined,
      },
      atEqualTime: {
        step: record.stepAt(ms),
        trainLoss: record.ms < ms ? undefined : lossBefore(record, record.stepAt(ms)),
        validation: validationAt(record, ms),
      },
    })),
  };
}
