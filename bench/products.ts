import type { Executor } from "../src/plan/executor";
import type { Plan } from "../src/plan/plan";
import { Program } from "../src/plan/program";
import { matmulNn, matmulNt, matmulTn } from "../src/shaders/matmul";
import type { Where } from "./contestants/contestant";
import { createRandom } from "./data";
import { executorOf } from "./executors";
import { spreadOf } from "./statistics";

/** One product C [m, n] = A [m, k] B [k, n], in a kernel's own or another form. */
export interface Product {
  readonly kernel: string;
  readonly form: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

export type Size = readonly [m: number, n: number, k: number];
export type Kernel = (typeof kernels)[number];
export const kernels = [matmulNt, matmulNn, matmulTn];
/** A kernel that runs as it is, in none of its other forms. */
export const OWN = "own";
const ROUNDS = 3;
const ROUND_MS = 60;

async function replayMs(executor: Executor, plan: Plan, replays: number): Promise<number> {
  const start = performance.now();
  await executor.submit(plan, replays);
  await executor.drain();
  return (performance.now() - start) / replays;
}

/** How many replays take `roundMs`, of a plan that this warms up. */
async function replaysIn(executor: Executor, plan: Plan, roundMs: number): Promise<number> {
  await replayMs(executor, plan, 1);
  return Math.max(1, Math.ceil(roundMs / Math.max(await replayMs(executor, plan, 1), roundMs / 200)));
}

/** The shortest time of a replay, in milliseconds, over a few rounds of at least `roundMs`, after one to warm up. */
export async function shortestReplayMs(executor: Executor, plan: Plan, roundMs = ROUND_MS): Promise<number> {
  const replays = await replaysIn(executor, plan, roundMs);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) best = Math.min(best, await replayMs(executor, plan, replays));
  return best;
}

export function scalarsOf({ name }: Kernel, [m, n, k]: Size): Parameters<Kernel["workgroups"]>[0] {
  const [a, b] = name.slice(-2);
  return {
    m,
    n,
    k,
    lda: a === "t" ? m : k,
    ldb: b === "t" ? k : n,
    ldc: n,
    a_offset: 0,
    b_offset: 0,
    c_offset: 0,
    has_bias: 0,
    accumulate: 0,
  };
}

export interface LoadedProduct {
  readonly executor: Executor;
  readonly plan: Plan;
}

/** One product on random numbers, on an executor of its own. */
export async function loadProduct(
  open: () => Promise<Executor>,
  kernel: Kernel,
  form: string | undefined,
  size: Size,
): Promise<LoadedProduct> {
  const [m, n, k] = size;
  const program = new Program(() => form);
  const a = program.tensor("a", [m * k]);
  const b = program.tensor("b", [k * n]);
  const c = program.tensor("c", [m, n]);
  const plan = program.plan("product");
  plan.call(kernel, { a, b, bias: plan.unused, c }, scalarsOf(kernel, size));
  const executor = await open();
  try {
    await executor.load(program);
  } catch (error) {
    executor.destroy();
    throw error;
  }
  const random = createRandom(m + n + k);
  for (const tensor of [a, b])
    executor.write(
      tensor,
      Float32Array.from({ length: tensor.size }, () => random(2_000) / 1_000 - 1),
    );
  return { executor, plan };
}

export const gflopsOf = ([m, n, k]: Size, ms: number): number => (2 * m * n * k) / ms / 1e6;

/** Plain products that are timed between the samples of something else, so that both saw the same machine. */
export interface PlainProducts {
  /** Times each once more. */
  sample(): Promise<void>;
  /** The best of their medians; NaN before the first sample. */
  readonly gflops: number;
  close(): void;
}

export async function openPlainProducts(where: Where, on: "webgpu" | "cpu", products: readonly Product[]): Promise<PlainProducts> {
  const open = executorOf(where, on);
  const all: LoadedProduct[] = [];
  const opened: (LoadedProduct & { readonly size: Size; readonly replays: number; readonly samples: number[] })[] = [];
  const close = (): void => {
    for (const { executor } of all) executor.destroy();
  };
  try {
    for (const { kernel: name, form, m, n, k } of products) {
      const kernel = kernels.find((each) => each.name === name);
      if (kernel === undefined) throw new RangeError(`${name} is no plain product`);
      const loaded = await loadProduct(open, kernel, form === OWN ? undefined : form, [m, n, k]);
      all.push(loaded);
      opened.push({ ...loaded, size: [m, n, k], replays: await replaysIn(loaded.executor, loaded.plan, ROUND_MS), samples: [] });
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    async sample() {
      for (const { executor, plan, replays, samples } of opened) samples.push(await replayMs(executor, plan, replays));
    },
    get gflops() {
      return Math.max(...opened.map(({ size, samples }) => (samples.length === 0 ? Number.NaN : gflopsOf(size, spreadOf(samples).median))));
    },
    close,
  };
}
