import type { ModelShape } from "../model/shape";
import { IGNORE } from "../shaders/cross_entropy";
import { Activations, activationBytes } from "./activations";
import { logSoftmax, TOP, topClasses } from "./predictions";
import type { Trainer } from "./trainer";

/** Most that is read at once, and the most host memory that all states of it may take. */
export const MAX_READ = 4_000;
export const MAX_READ_BYTES = 96 * 1024 * 1024;

/** How many steps of a network can be read at once. */
export const readLimit = (shape: ModelShape): number =>
  Math.max(1, Math.min(MAX_READ, Math.floor(MAX_READ_BYTES / activationBytes(shape))));

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (fraction: number) => void;
}

/** One sequence as the network read it, from a state of zeros. */
export interface Reading {
  /** Of the weights. */
  readonly step: number;
  readonly activations: Activations;
  /** [n]: -log of the target's probability, in nats; NaN where a target does not count. */
  readonly surprise: Float32Array<ArrayBuffer>;
  /** [n, TOP], likeliest first; fewer classes than TOP leave probabilities of 0. */
  readonly topClasses: Uint32Array<ArrayBuffer>;
  readonly topProbabilities: Float32Array<ArrayBuffer>;
}

/**
 * Reads a sequence with the weights as they are between two training steps, piece by piece with the state carried, and keeps every state
 * of every unit on the host. All in one turn of the trainer's lock: steps in between would mix weights.
 * @param tokens at most readLimit of them. @param targets one for each token; IGNORE does not count.
 * @throws the signal's reason after an abort.
 */
export function readSequence(trainer: Trainer, tokens: Uint32Array, targets: Uint32Array, options: ReadOptions = {}): Promise<Reading> {
  const { executor } = trainer;
  const { read, shape } = trainer.run;
  if (read === null) throw new TypeError("only a run on tokens can read a sequence");
  const n = tokens.length;
  const classes = shape.outputs;
  const activations = new Activations(shape, n);
  const surprise = new Float32Array(n).fill(Number.NaN);
  const top = { classes: new Uint32Array(n * TOP), probabilities: new Float32Array(n * TOP) };
  return trainer.lock.run(async () => {
    for (const state of read.graph.states) executor.clear(state);
    for (let start = 0; start < n; start += read.steps) {
      options.signal?.throwIfAborted();
      const count = Math.min(read.steps, n - start);
      // What lies behind the end of the last piece is read too, and not looked at.
      const piece = new Uint32Array(read.steps);
      piece.set(tokens.subarray(start, start + count));
      executor.write(read.graph.input, piece);
      await executor.submit(read.plan, 1, options.signal);
      const [logits] = await Promise.all([executor.read(read.graph.logits), activations.append(executor, read.graph.layers, count)]);
      for (let t = start; t < start + count; t++) {
        const logProbabilities = logSoftmax(logits, (t - start) * classes, classes);
        const target = targets[t] ?? IGNORE;
        if (target !== IGNORE) surprise[t] = -(logProbabilities[target] ?? Number.NaN);
        for (const [place, best] of topClasses(logProbabilities, TOP).entries()) {
          top.classes[t * TOP + place] = best;
          top.probabilities[t * TOP + place] = Math.exp(logProbabilities[best] ?? Number.NEGATIVE_INFINITY);
        }
      }
      options.onProgress?.((start + count) / n);
    }
    return { step: trainer.step, activations, surprise, topClasses: top.classes, topProbabilities: top.probabilities };
  });
}
