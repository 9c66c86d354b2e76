import type { ConceptId } from "../data/concepts";
import type { FailureText } from "./failure";

/** Questions about the inside of the open run's network, and their answers: plain data, sent in messages. */

export interface DigitAsk {
  readonly kind: "digit";
  /** 28 x 28 intensities 0 to 255, row-major. */
  readonly pixels: Uint8Array;
  /** The class whose score is differentiated; null: the one predicted after the last row. */
  readonly target: number | null;
  readonly score: "logProbability" | "logit";
}

export interface DigitRead {
  readonly kind: "digit";
  /** Of the weights. */
  readonly step: number;
  /** [28, 10]: row t after reading image rows 0 to t. */
  readonly probabilities: Float32Array;
  readonly predicted: number;
  readonly target: number;
  readonly score: DigitAsk["score"];
  /** Names of what is kept of each unit: h first, then c, then the gates. */
  readonly quantities: readonly string[];
  readonly hiddenSize: number;
  /** Each layer's [28, Q, H]. */
  readonly layers: readonly Float32Array<ArrayBuffer>[];
  /** d(score)/d(pixel), [28, 28], for intensities 0 to 1. */
  readonly dInput: Float32Array<ArrayBuffer>;
}

/** What is to be read: validation text from a position, a text of the person's, or a validation sequence of the copy task. */
export type ReadSource =
  | { readonly kind: "validation"; readonly start: number; readonly length: number }
  | { readonly kind: "pasted"; readonly text: string }
  | { readonly kind: "sequence"; readonly index: number };

export interface ReadAsk {
  readonly kind: "read";
  readonly source: ReadSource;
}

export interface SequenceRead {
  readonly kind: "read";
  readonly step: number;
  readonly source: ReadSource;
  /** [n] */
  readonly tokens: Uint32Array<ArrayBuffer>;
  /** [n]: what the step should predict: the next character, or the copy task's answer; NO_TARGET where nothing counts. */
  readonly targets: Uint32Array<ArrayBuffer>;
  /** [n]: -log of the target's probability, in nats; NaN without a target. */
  readonly surprise: Float32Array<ArrayBuffer>;
  /** [n, TOP] classes, likeliest first, and their probabilities. */
  readonly topClasses: Uint32Array<ArrayBuffer>;
  readonly topProbabilities: Float32Array<ArrayBuffer>;
  readonly top: number;
  readonly quantities: readonly string[];
  readonly numLayers: number;
  readonly hiddenSize: number;
  /** Memory of the device that reading uses, and of the worker that keeps all states. */
  readonly deviceBytes: number;
  readonly hostBytes: number;
  /** What was left out of a text, as a sentence; empty if nothing. */
  readonly notice: string;
}

/** One unit of the text that was read last, all quantities at all steps. */
export interface UnitAsk {
  readonly kind: "unit";
  readonly layer: number;
  readonly unit: number;
}

export interface UnitRead {
  readonly kind: "unit";
  readonly layer: number;
  readonly unit: number;
  /** [Q, n] */
  readonly values: Float32Array<ArrayBuffer>;
}

/** All units of the text that was read last, at one step. */
export interface MomentAsk {
  readonly kind: "moment";
  readonly at: number;
}

export interface MomentRead {
  readonly kind: "moment";
  readonly at: number;
  /** [L, Q, H] */
  readonly values: Float32Array<ArrayBuffer>;
}

/** How well one unit tells a concept; measured on other text than that on which it was chosen. */
export interface RankedUnit {
  readonly layer: number;
  readonly quantity: "h" | "c";
  readonly unit: number;
  /** Pearson's correlation; for a concept that is there or not, the point-biserial one. */
  readonly r: number;
  /** Of a concept that is there or not: area under the curve of hits over false alarms, 0.5 by chance, 0 or 1 for perfect. */
  readonly auc?: number;
  /** Mean of the fractions told right where it is there and where it is not, with a threshold set on the other half. */
  readonly balancedAccuracy?: number;
  readonly threshold?: number;
}

export interface ConceptRanking {
  readonly concept: ConceptId;
  /** Where the concept is there, in the half of the text that measures, and in how many separate places; of a number, line ends. */
  readonly positives: number;
  readonly spans: number;
  /** The best units, by the half of the text that chooses; empty if the concept is too rare in either half. */
  readonly units: readonly RankedUnit[];
  /** The same for the best unit when the labels are moved half the text further: what spans of this kind reach by chance. */
  readonly chance: RankedUnit | null;
}

export interface UnitRanking {
  readonly kind: "rank";
  readonly step: number;
  /** Characters of validation text that chose, and that measured. */
  readonly chosenOn: number;
  readonly measuredOn: number;
  /** Fewest positives, and fewest separate places, in each half for a concept to be ranked. */
  readonly minPositives: number;
  readonly minSpans: number;
  readonly concepts: readonly ConceptRanking[];
}

export interface InsideProgress {
  readonly kind: "progress";
  readonly of: "read" | "rank";
  readonly fraction: number;
}

/** An ask that was not answered: cancelled by the person, or failed. */
export interface InsideEnd {
  readonly kind: "end";
  readonly of: "digit" | "read" | "rank";
  readonly failure: FailureText | null;
}

export type InsideAsk =
  | DigitAsk
  | ReadAsk
  | UnitAsk
  | MomentAsk
  | { readonly kind: "rank" }
  | { readonly kind: "cancel"; readonly what: "read" | "rank" };

export type InsideAnswer = DigitRead | SequenceRead | UnitRead | MomentRead | UnitRanking | InsideProgress | InsideEnd;
