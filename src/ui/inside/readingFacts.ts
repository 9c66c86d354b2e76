import type { SequenceRead } from "../../worker/protocol";

/** No target counts at this step; what the kernels call IGNORE. */
const NO_TARGET = 0xffff_ffff;
const symbols = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#&";

/** How tokens are shown. */
export interface Glyphs {
  /** In the running text. */
  inText(token: number): string;
  /** By itself, where a space or a line end must be seen. */
  alone(token: number): string;
}

/** Characters of a text. */
export const textGlyphs = (vocabulary: readonly string[]): Glyphs => ({
  inText: (token) => (vocabulary[token] === "\n" ? "↵\n" : (vocabulary[token] ?? "?")),
  alone: (token) => {
    const character = vocabulary[token] ?? "?";
    return character === "\n" ? "↵" : character === " " ? "␣" : character;
  },
});

/** Symbols of the copy task: letters, a dot for a blank step, an arrow for the marker that asks for the answer. */
export function copyGlyphs(count: number): Glyphs {
  const glyph = (token: number): string => (token < count ? (symbols[token] ?? String(token)) : token === count ? "·" : "▸");
  return { inText: glyph, alone: glyph };
}

export interface Prediction {
  readonly token: number;
  readonly probability: number;
  readonly came: boolean;
}

/** What is known of one step of a reading. */
export interface StepFacts {
  readonly token: number;
  /** Nats, of this character (text) or of this step's answer (copy); NaN if nothing was expected. */
  readonly surprise: number;
  /** Likeliest first; the one that came is appended if it is not among them. Empty where nothing counts. */
  readonly predictions: readonly Prediction[];
}

/** Surprise by character: a text's character was predicted one step before, a copy task's answer belongs to its own step. */
export function surpriseByStep(read: SequenceRead): Float32Array {
  if (read.source.kind === "sequence") return read.surprise;
  const shifted = new Float32Array(read.surprise.length).fill(Number.NaN);
  shifted.set(read.surprise.subarray(0, Math.max(0, read.surprise.length - 1)), 1);
  return shifted;
}

/** @param at from 0 to n - 1. */
export function factsAt(read: SequenceRead, at: number): StepFacts {
  const target = read.targets[at] ?? NO_TARGET;
  const top: Prediction[] = [];
  for (let i = at * read.top; i < (at + 1) * read.top; i++) {
    const [token, probability] = [read.topClasses[i] ?? 0, read.topProbabilities[i] ?? 0];
    if (probability > 0) top.push({ token, probability, came: token === target });
  }
  const isListed = top.some(({ came }) => came);
  const nats = read.surprise[at] ?? Number.NaN;
  const unlisted =
    target === NO_TARGET || isListed || Number.isNaN(nats) ? [] : [{ token: target, probability: Math.exp(-nats), came: true }];
  const isAsked = read.source.kind !== "sequence" || target !== NO_TARGET;
  return {
    token: read.tokens[at] ?? 0,
    surprise: surpriseAt(read, at),
    predictions: isAsked ? [...top, ...unlisted] : [],
  };
}

const surpriseAt = (read: SequenceRead, at: number): number =>
  (read.source.kind === "sequence" ? read.surprise[at] : read.surprise[at - 1]) ?? Number.NaN;

/** Mean of what was expected, in nats; NaN if nothing was. */
export function meanSurprise({ surprise }: SequenceRead): number {
  const known = surprise.filter((nats) => !Number.isNaN(nats));
  return known.reduce((sum, nats) => sum + nats, 0) / known.length;
}
