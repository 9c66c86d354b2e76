import { type Contestant, type ContestantName, loadContestant, type Where } from "./contestants/contestant";
import { type Measurement, type MeasureOptions, measure } from "./contestants/measure";
import type { Product } from "./products";
import type { Workload } from "./workloads";

/** What a process or page of its own is asked to do. */
export type Job =
  | {
      readonly kind: "train";
      readonly contestant: ContestantName;
      readonly workload: Workload;
      readonly threads: number;
      readonly options: MeasureOptions;
      /** Plain products to be timed between the samples of a step, for what the step's share of them is. */
      readonly beside: readonly Product[];
    }
  | { readonly kind: "gemm"; readonly on: "webgpu" | "cpu"; readonly threads: number }
  | { readonly kind: "ladder"; readonly on: "webgpu" | "cpu"; readonly threads: number }
  | { readonly kind: "overhead"; readonly on: "webgpu" | "cpu"; readonly workload: Workload; readonly threads: number }
  | { readonly kind: "memory"; readonly on: "webgpu" | "cpu"; readonly workload: Workload; readonly threads: number };

/** What the jobs give back. */
export interface JobResults {
  readonly train: Measurement;
  readonly gemm: import("./gemm").GemmResult;
  readonly ladder: import("./ladder/ladder").LadderResult;
  readonly overhead: import("./overhead").OverheadResult;
  readonly memory: import("./memory").MemoryResult;
}

export type ResultOf<J extends Job> = JobResults[J["kind"]];

/** Whether a job starts WebGPU. */
export const usesWebGpu = (job: Job): boolean => (job.kind === "train" ? job.contestant.endsWith("webgpu") : job.on === "webgpu");

/** Does a job in this process or page. */
export async function runJob(job: Job, where: Where): Promise<JobResults[Job["kind"]]> {
  switch (job.kind) {
    case "train": {
      // Before the measurement begins, and before anything is counted: in Node WebGPU's classes are there only then.
      if (usesWebGpu(job)) where.gpu();
      const create = await loadContestant(job.contestant);
      const contestant: Contestant = await create(job.workload, where);
      const on = job.contestant.endsWith("webgpu") ? "webgpu" : "cpu";
      const openProducts = async () => (await import("./products")).openPlainProducts(where, on, job.beside);
      return measure(contestant, job.workload, job.options, job.beside.length > 0 ? openProducts : undefined);
    }
    case "gemm":
      return (await import("./gemm")).measureGemm(where, job.on);
    case "ladder":
      return (await import("./ladder/ladder")).climb(where, job.on);
    case "overhead":
      return (await import("./overhead")).measureOverhead(where, job.on, job.workload);
    case "memory":
      return (await import("./memory")).measureMemory(where, job.on, job.workload);
    default:
      return job satisfies never;
  }
}
