import type { PlainProducts } from "../products";
import { blocksFor, type Spread, spreadOf } from "../statistics";
import type { Workload } from "../workloads";
import type { Contestant, ContestantFacts } from "./contestant";
import { BufferMeter, countDuring } from "./counters";

export interface MeasureOptions {
  /** About how many steps to measure; null: as many as fit into the budget. */
  readonly steps: number | null;
  /** Time of the measured part. */
  readonly budgetMs: number;
}

/** What one contestant did with one workload. */
export interface Measurement {
  readonly device: string;
  readonly msPerStep: Spread;
  /** From opening the device to the first step's loss on the host, compilation included; the libraries' own code was loaded before. */
  readonly firstStepMs: number;
  /** Steps that the figures rest on. */
  readonly steps: number;
  /** Per step, counted apart from the timing; null without WebGPU. */
  readonly dispatches: number | null;
  readonly submits: number | null;
  /** Of all GPU buffers, or of the CPU executor's tensors; null where neither can be known. */
  readonly bytes: number | null;
  readonly flops: number | null;
  /** Of the best plain product, timed between the samples of a step; null where none was asked for. */
  readonly plainGflops: number | null;
  /** Of the first and the last step: a contestant that does not train shows here. */
  readonly loss: { readonly first: number; readonly last: number };
}

/** Steps and time before measuring: shaders are compiled, buffers pooled and code optimised by then. */
const WARM_UP_STEPS = 3;
const WARM_UP_MS = 1_000;
/** A step longer than this is warm after its first two. */
const LONG_STEP_MS = 2_000;
/** Steps over which submits are counted, where they take no longer than this. */
const COUNTED_STEPS = 20;
const COUNTED_MS = 1_000;

const isPlausible = (loss: number): boolean => Number.isFinite(loss) && loss > 0;

/**
 * @param openProducts what is timed between the samples, so that a machine whose speed drifts is as fast for the one as for the other.
 * @throws Error if the contestant's loss is no loss.
 */
export async function measure(
  contestant: Contestant,
  workload: Workload,
  options: MeasureOptions,
  openProducts?: () => Promise<PlainProducts>,
): Promise<Measurement> {
  const meter = new BufferMeter();
  const begun = performance.now();
  const first = await contestant.start();
  const firstStepMs = performance.now() - begun;

  const time = async (steps: number): Promise<number> => {
    const start = performance.now();
    await contestant.train(steps);
    await contestant.finish();
    return (performance.now() - start) / steps;
  };
  const warmUpBegun = performance.now();
  let msPerStep = await time(1);
  for (let step = 1; msPerStep < LONG_STEP_MS; ) {
    if (step >= WARM_UP_STEPS && performance.now() - warmUpBegun > WARM_UP_MS) break;
    const most = Math.max(1, Math.floor(WARM_UP_MS / 4 / msPerStep));
    const steps = Math.min(most, step * 2);
    msPerStep = await time(steps);
    step += steps;
  }

  const { blocks, steps } = blocksFor(msPerStep, options.budgetMs, options.steps);
  const samples: number[] = [];
  const products = await openProducts?.();
  try {
    for (let block = 0; block < blocks; block++) {
      // What lies between the samples must not count: caches and threads are the step's again after one.
      if (products !== undefined) await time(1);
      samples.push(await time(steps));
      await products?.sample();
    }
  } finally {
    products?.close();
  }

  const last = await contestant.finish();
  if (!isPlausible(first) || !isPlausible(last)) throw new Error(`${workload.name}: a loss of ${first}, then ${last}, is none.`);
  const counted = Math.max(2, Math.min(COUNTED_STEPS, Math.floor(COUNTED_MS / msPerStep)));
  const counts = await countDuring(async () => {
    await contestant.train(counted);
    await contestant.finish();
  });
  const facts: ContestantFacts = contestant.facts;
  const onGpu = counts !== null && counts.dispatches > 0;
  return {
    device: facts.device,
    msPerStep: spreadOf(samples),
    firstStepMs,
    steps: blocks * steps,
    dispatches: onGpu ? counts.dispatches / counted : (facts.calls ?? null),
    submits: onGpu ? counts.submits / counted : null,
    bytes: facts.bytes ?? (onGpu ? meter.bytes : null),
    flops: facts.flops,
    plainGflops: products?.gflops ?? null,
    loss: { first, last },
  };
}
