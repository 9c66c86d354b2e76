import { RandomStream, streams } from "./random";

/**
 * The order of one epoch's examples: a permutation of 0..count-1 by Fisher and Yates, every permutation equally likely,
 * the same for the same (count, seed, epoch) on every machine.
 */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array<ArrayBuffer> {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const random = new RandomStream(seed, streams.order, epoch);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
  return order;
}
