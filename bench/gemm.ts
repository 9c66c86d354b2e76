import { createCpuExecutor } from "../src/cpu/cpuExecutor";
import { createWebGpuExecutor } from "../src/gpu/webgpuExecutor";
import type { Executor } from "../src/plan/executor";
import type { Plan } from "../src/plan/plan";
import { Program } from "../src/plan/program";
import { usableForms } from "../src/shaders/kernel";
import { matmulNn, matmulNt, matmulTn } from "../src/shaders/matmul";
import { openGpu } from "../src/worker/devices";
import type { Where } from "./contestants/contestant";
import { createRandom } from "./data";

/** One product C [m, n] = A [m, k] B [k, n], in a kernel's own or another form. */
export interface Product {
  readonly kernel: string;
  readonly form: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

export interface GemmResult {
  readonly device: string;
  readonly isSoftware: boolean;
  /** The fastest of all products: what this device's arithmetic gives to Unroll's own kernels. */
  readonly best: Product & { readonly gflops: number };
  readonly all: readonly (Product & { readonly gflops: number })[];
}

const kernels = [matmulNt, matmulNn, matmulTn];
/** Square ones, and those of input projections and weight gradients, which are the shapes of training. */
const sizes: readonly (readonly [m: number, n: number, k: number])[] = [
  [256, 256, 256],
  [512, 512, 512],
  [1792, 128, 128],
  [2048, 1024, 256],
  [1024, 1024, 1024],
];
const largeSizes: readonly (readonly [m: number, n: number, k: number])[] = [
  [6400, 4096, 1024],
  [4096, 4096, 4096],
];

const ROUNDS = 3;
const ROUND_MS = 60;

/** The shortest time of a replay, in milliseconds, over a few rounds of at least `roundMs`, after one to warm up. */
export async function shortestReplayMs(executor: Executor, plan: Plan, roundMs = ROUND_MS): Promise<number> {
  const time = async (replays: number): Promise<number> => {
    const start = performance.now();
    await executor.submit(plan, replays);
    await executor.drain();
    return (performance.now() - start) / replays;
  };
  await time(1);
  const replays = Math.max(1, Math.ceil(roundMs / Math.max(await time(1), roundMs / 200)));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) best = Math.min(best, await time(replays));
  return best;
}

/** A form that reaches less than this of the best is not tried on larger products. */
const HOPELESS = 0.4;

/** Milliseconds of one product, on random numbers. */
async function timeProduct(
  open: () => Promise<Executor>,
  kernel: (typeof kernels)[number],
  form: string | undefined,
  scalars: Parameters<typeof matmulNt.workgroups>[0],
): Promise<number> {
  const { m, n, k } = scalars;
  const program = new Program(() => form);
  const a = program.tensor("a", [m * k]);
  const b = program.tensor("b", [k * n]);
  const c = program.tensor("c", [m, n]);
  const plan = program.plan("product");
  plan.call(kernel, { a, b, bias: plan.unused, c }, scalars);
  const executor = await open();
  try {
    await executor.load(program);
    const random = createRandom(m + n + k);
    for (const tensor of [a, b])
      executor.write(
        tensor,
        Float32Array.from({ length: tensor.size }, () => random(2_000) / 1_000 - 1),
      );
    return await shortestReplayMs(executor, plan);
  } finally {
    executor.destroy();
  }
}

/** Products of every orientation and size, in every form that the device can run. */
export async function measureGemm(where: Where, on: "webgpu" | "cpu"): Promise<GemmResult> {
  const open = async (): Promise<Executor> => {
    if (on === "cpu") return createCpuExecutor({ threads: where.threads });
    const { device, facts } = await openGpu(where.gpu());
    return createWebGpuExecutor(device, facts);
  };
  const probe = await open();
  const { name, isSoftware, features, executor: kind } = probe.facts;
  probe.destroy();
  const all: GemmResult["all"][number][] = [];
  /** Forms of a kernel that were so slow at one size that no larger one can make them the best. */
  const tooSlow = new Set<string>();
  for (const [m, n, k] of isSoftware ? sizes : [...sizes, ...largeSizes]) {
    for (const kernel of kernels) {
      const orientation = kernel.name.slice(-2);
      const [lda, ldb] = [orientation[0] === "t" ? m : k, orientation[1] === "t" ? k : n];
      const scalars = { m, n, k, lda, ldb, ldc: n, a_offset: 0, b_offset: 0, c_offset: 0, has_bias: 0, accumulate: 0 };
      for (const form of kind === "cpu" ? [undefined] : usableForms(kernel, scalars, features)) {
        const key = `${kernel.name} ${form}`;
        if (tooSlow.has(key)) continue;
        const gflops = (2 * m * n * k) / (await timeProduct(open, kernel, form, scalars)) / 1e6;
        all.push({ kernel: kernel.name, form: form ?? "own", m, n, k, gflops });
        if (gflops < HOPELESS * Math.max(...all.map((each) => each.gflops))) tooSlow.add(key);
      }
    }
  }
  const best = all.reduce((a, b) => (b.gflops > a.gflops ? b : a));
  return { device: name, isSoftware, best, all };
}
