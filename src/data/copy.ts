import type { Task } from "../config";
import { IGNORE } from "../shaders/cross_entropy";
import { RandomStream, streams } from "./random";

export interface SequenceSet {
  readonly count: number;
  /** Tokens, [count, steps]. */
  readonly inputs: Uint32Array<ArrayBuffer>;
  /** Tokens or IGNORE, [count, steps]. */
  readonly targets: Uint32Array<ArrayBuffer>;
}

/**
 * The copy memory task (Hochreiter and Schmidhuber 1997; in this form Arjovsky, Shah and Bengio 2016): read `length` symbols, wait
 * `delay` steps, the last of which shows the go marker, then repeat the symbols. Tokens: 0..symbols-1, then the blank, then the marker.
 */
export interface CopyData {
  readonly kind: "copy";
  readonly symbols: number;
  /** T = 2 * length + delay. */
  readonly steps: number;
  readonly train: SequenceSet;
  readonly validation: SequenceSet;
}

type CopyTask = Extract<Task, { kind: "copy" }>;

const VALIDATION_BLOCK = 128;
const TRAIN_BLOCK = 10 * VALIDATION_BLOCK;
const MAX_BLOCKS = 10;
const MAX_BYTES = 64 * 1024 * 1024;

export const blankToken = (symbols: number): number => symbols;
export const goToken = (symbols: number): number => symbols + 1;

/** Tokens in and out: the symbols, the blank and the go marker. */
export const copyVocabularySize = (symbols: number): number => symbols + 2;

const stepsOf = ({ length, delay }: Omit<CopyTask, "kind">): number => 2 * length + delay;

/** Sequences of each half: 12,800 and 1,280, or fewer in the same proportion where they would take over 64 MiB. */
export function copySetSizes(task: Omit<CopyTask, "kind">): { readonly train: number; readonly validation: number } {
  const bytesPerBlock = (TRAIN_BLOCK + VALIDATION_BLOCK) * stepsOf(task) * 2 * Uint32Array.BYTES_PER_ELEMENT;
  const blocks = Math.max(1, Math.min(MAX_BLOCKS, Math.floor(MAX_BYTES / bytesPerBlock)));
  return { train: blocks * TRAIN_BLOCK, validation: blocks * VALIDATION_BLOCK };
}

/** Generates both halves. Each sequence depends only on (seed, split, its index). */
export function makeCopy(task: Omit<CopyTask, "kind">, seed: number): CopyData {
  const steps = stepsOf(task);
  const sizes = copySetSizes(task);
  return {
    kind: "copy",
    symbols: task.symbols,
    steps,
    train: sequenceSet(task, steps, sizes.train, seed, streams.copyTrain),
    validation: sequenceSet(task, steps, sizes.validation, seed, streams.copyValidation),
  };
}

function sequenceSet(
  { symbols, length, delay }: Omit<CopyTask, "kind">,
  steps: number,
  count: number,
  seed: number,
  stream: number,
): SequenceSet {
  const inputs = new Uint32Array(count * steps).fill(blankToken(symbols));
  const targets = new Uint32Array(count * steps).fill(IGNORE);
  for (let index = 0; index < count; index++) {
    const random = new RandomStream(seed, stream, index);
    const start = index * steps;
    for (let i = 0; i < length; i++) {
      const symbol = random.below(symbols);
      inputs[start + i] = symbol;
      targets[start + length + delay + i] = symbol;
    }
    inputs[start + length + delay - 1] = goToken(symbols);
  }
  return { count, inputs, targets };
}
