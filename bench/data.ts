import type { Workload } from "./workloads";

/** Batches that every contestant goes round and round; enough that none trains on one batch alone. */
export const BATCHES = 4;

/** Synthetic batches: numbers that no kernel can take a short cut on, and the same for every contestant. */
export interface Batch {
  /** Rows: intensities 0 to 1, [B, T, I]. Tokens: [B, T]. */
  readonly inputs: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
  /** Rows: [B]. Tokens: [B, T]. */
  readonly targets: Int32Array<ArrayBuffer>;
}

/** Numerical Recipes' linear congruential generator, its upper bits: cheap, and good enough for data. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export function makeBatches({ input, steps, batchSize, classes }: Workload): readonly Batch[] {
  const random = createRandom(1);
  const targets = (length: number): Int32Array<ArrayBuffer> => Int32Array.from({ length }, () => random(classes));
  return Array.from({ length: BATCHES }, () =>
    input.kind === "rows"
      ? {
          inputs: Float32Array.from({ length: batchSize * steps * input.size }, () => random(256) / 255),
          targets: targets(batchSize),
        }
      : { inputs: targets(batchSize * steps), targets: targets(batchSize * steps) },
  );
}
