/** What a set of samples says: its middle, and how far it spreads. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError if there is no sample. */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new RangeError("no samples");
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? min;
  const median = sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? min)) / 2;
  return { median, min, max };
}

/** How a measurement is cut: `blocks` samples, each the mean of `steps` steps between two waits for the device. */
export interface Blocks {
  readonly blocks: number;
  readonly steps: number;
}

/** A sample lasts about this long, so that waiting for the device at its end does not count. */
const BLOCK_MS = 250;
const MOST_BLOCKS = 15;
const FEWEST_BLOCKS = 3;

/**
 * @param msPerStep of the warm-up.
 * @param budgetMs how long the whole measurement may take; a step that is longer still is measured `FEWEST_BLOCKS` times.
 * @param steps measures about this many steps in all, whatever they take; null goes by the budget.
 */
export function blocksFor(msPerStep: number, budgetMs: number, steps: number | null): Blocks {
  const perBlock = Math.max(1, Math.round(BLOCK_MS / msPerStep));
  if (steps !== null) {
    const blocks = Math.min(MOST_BLOCKS, Math.max(Math.min(FEWEST_BLOCKS, steps), Math.ceil(steps / perBlock)));
    return { blocks, steps: Math.max(1, Math.round(steps / blocks)) };
  }
  const affordable = Math.floor(budgetMs / (perBlock * msPerStep));
  return { blocks: Math.min(MOST_BLOCKS, Math.max(FEWEST_BLOCKS, affordable)), steps: perBlock };
}
