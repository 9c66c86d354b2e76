import { usableForms } from "../src/shaders/kernel";
import type { Where } from "./contestants/contestant";
import { executorOf } from "./executors";
import { gflopsOf, kernels, loadProduct, OWN, type Product, type Size, scalarsOf, shortestReplayMs } from "./products";

export interface GemmResult {
  readonly device: string;
  readonly isSoftware: boolean;
  /** The fastest first: what this device's arithmetic gives to Unroll's own kernels. */
  readonly fastest: readonly (Product & { readonly gflops: number })[];
}

/** Square ones, and those of input projections and weight gradients, which are the shapes of training. */
const sizes: readonly Size[] = [
  [256, 256, 256],
  [512, 512, 512],
  [1792, 128, 128],
  [2048, 1024, 256],
  [1024, 1024, 1024],
];
const largeSizes: readonly Size[] = [
  [6400, 4096, 1024],
  [4096, 4096, 4096],
];

/** A form that reaches less than this of the best is not tried on larger products. */
const HOPELESS = 0.4;

/** Products of every orientation and size, in every form that the device can run. */
export async function measureGemm(where: Where, on: "webgpu" | "cpu"): Promise<GemmResult> {
  const open = executorOf(where, on);
  const probe = await open();
  const { name, isSoftware, features, executor: kind } = probe.facts;
  probe.destroy();
  const all: GemmResult["fastest"][number][] = [];
  /** Forms of a kernel that were so slow at one size that no larger one can make them the best. */
  const tooSlow = new Set<string>();
  for (const size of isSoftware ? sizes : [...sizes, ...largeSizes]) {
    const [m, n, k] = size;
    for (const kernel of kernels) {
      for (const form of kind === "cpu" ? [undefined] : usableForms(kernel, scalarsOf(kernel, size), features)) {
        const key = `${kernel.name} ${form}`;
        if (tooSlow.has(key)) continue;
        const { executor, plan } = await loadProduct(open, kernel, form, size);
        try {
          const gflops = gflopsOf(size, await shortestReplayMs(executor, plan));
          all.push({ kernel: kernel.name, form: form ?? OWN, m, n, k, gflops });
          if (gflops < HOPELESS * Math.max(...all.map((each) => each.gflops))) tooSlow.add(key);
        } finally {
          executor.destroy();
        }
      }
    }
  }
  return { device: name, isSoftware, fastest: all.sort((a, b) => b.gflops - a.gflops) };
}
