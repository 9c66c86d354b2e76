import type { Cell } from "../config";

/** When a race ends: after so many steps of each contestant, or with the round in which all together have trained for so many minutes. */
export type RaceLimit = { readonly kind: "steps"; readonly steps: number } | { readonly kind: "minutes"; readonly minutes: number };

export const raceLimits = { steps: { min: 10, max: 1_000_000 }, minutes: { min: 0.1, max: 1440 } } as const;

/** The cells that race if nobody chooses: one of each family. */
export const defaultRaceCells: readonly Cell[] = ["rnn_tanh", "lstm", "gru"];

/** Cells as people call them. */
export const cellNames: Readonly<Record<Cell, string>> = {
  rnn_tanh: "RNN",
  lstm: "LSTM",
  gru: "GRU",
  gru_reset_before: "GRU, reset before",
};

/** What is known of a contestant before its first step. */
export interface ContestantFacts {
  readonly parameters: number;
  /** Memory of all its arenas, its own copy of the data set included. */
  readonly bytes: number;
  readonly flopsPerStep: number;
  readonly stepsPerEpoch: number;
  /** Choosing and compiling kernels, allocating, uploading the data and warming up. No part of the training time. */
  readonly prepareMs: number;
}

export interface RaceValidation {
  readonly step: number;
  /** Mean over all targets, nats. */
  readonly loss: number;
  /** Fraction of targets predicted right. */
  readonly accuracy: number;
  /** How many targets that are. */
  readonly targets: number;
  /** Over the whole validation set. */
  readonly full: boolean;
}

/** Steps of one contestant that were trained in one go, and the time that they took. */
export interface RaceSlice {
  readonly steps: number;
  readonly ms: number;
}

/**
 * What one contestant did in a race: its slices, one for each round, the loss of every step, and validations. Its training time is the
 * sum of its slices; a step's own time lies between the ends of its slice, in proportion.
 */
export class RaceRecord {
  readonly slices: RaceSlice[] = [];
  readonly validations: RaceValidation[] = [];
  readonly #losses: number[] = [];
  readonly #accuracies: number[] = [];
  /** After each slice: steps and milliseconds so far. */
  readonly #steps: number[] = [];
  readonly #ms: number[] = [];

  constructor(
    readonly cell: Cell,
    readonly facts: ContestantFacts,
  ) {}

  get steps(): number {
    return this.#steps.at(-1) ?? 0;
  }

  /** Training time so far. */
  get ms(): number {
    return this.#ms.at(-1) ?? 0;
  }

  /** Of each step, the first at index 0. */
  get losses(): readonly number[] {
    return this.#losses;
  }

  get accuracies(): readonly number[] {
    return this.#accuracies;
  }

  addSlice(ms: number, losses: readonly number[], accuracies: readonly number[]): void {
    this.slices.push({ steps: losses.length, ms });
    this.#steps.push(this.steps + losses.length);
    this.#ms.push(this.ms + ms);
    for (const loss of losses) this.#losses.push(loss);
    for (const accuracy of accuracies) this.#accuracies.push(accuracy);
  }

  /** Training time after a step; that of the last step for steps beyond it. */
  msAt(step: number): number {
    return interpolate(this.#steps, this.#ms, step);
  }

  /** Steps, with fraction, that were done after so much training time. */
  stepAt(ms: number): number {
    return interpolate(this.#ms, this.#steps, ms);
  }
}

/** The piecewise linear function through (0, 0) and points whose coordinates both ascend; constant after the last. */
function interpolate(from: readonly number[], to: readonly number[], at: number): number {
  let [low, high] = [0, from.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (from[middle]! < at) low = middle + 1;
    else high = middle;
  }
  if (low === from.length) return to.at(-1) ?? 0;
  const [x0, y0] = low === 0 ? [0, 0] : [from[low - 1]!, to[low - 1]!];
  const [x1, y1] = [from[low]!, to[low]!];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * Math.max(0, at - x0)) / (x1 - x0);
}
