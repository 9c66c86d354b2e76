import type { Measurement } from "./contestants/measure";
import type { PeerName } from "./options";
import type { Spread } from "./statistics";
import type { Workload } from "./workloads";

/** A contestant that was measured, or why it was not. */
export type Outcome = { readonly measured: Measurement } | { readonly failure: string };

export interface PeerFigures {
  readonly device: string;
  readonly msPerStep: Spread;
  readonly firstStepMs: number;
  readonly dispatches: number | null;
  readonly submits: number | null;
  readonly gpuBytes: number | null;
  /** How many times faster Unroll's median step is; null where Unroll has none. */
  readonly ratio: number | null;
}

export interface OurFigures extends Omit<PeerFigures, "ratio"> {
  readonly gflops: number | null;
  /** Of the best plain product, timed between the samples of this workload's steps. */
  readonly plainGflops: number | null;
  /** gflops as a share of it: median by median, of the same minute. */
  readonly shareOfPlainGemm: number | null;
}

export interface WorkloadResult {
  readonly name: string;
  readonly about: string;
  readonly workload: Workload;
  /** Threads of the CPU contestants. */
  readonly threads: number;
  readonly ours: OurFigures | { readonly failure: string };
  readonly peers: Readonly<Partial<Record<PeerName, PeerFigures | { readonly failure: string }>>>;
}

export interface BenchResult {
  readonly adapter: string;
  readonly on: string;
  /** The best plain product by Unroll's own kernels, by the shortest time of each, for each count of threads. */
  readonly plainGemm: readonly { readonly threads: number; readonly gflops: number; readonly product: string }[];
  readonly workloads: readonly WorkloadResult[];
}

export const hasFailed = (figures: object): figures is { readonly failure: string } => "failure" in figures;

const shared = ({ device, msPerStep, firstStepMs, dispatches, submits, bytes }: Measurement) => ({
  ...{ device, msPerStep, firstStepMs, dispatches, submits },
  gpuBytes: bytes,
});

export function ourFigures(outcome: Outcome): WorkloadResult["ours"] {
  if ("failure" in outcome) return outcome;
  const { flops, msPerStep, plainGflops } = outcome.measured;
  const gflops = flops === null ? null : flops / msPerStep.median / 1e6;
  return {
    ...shared(outcome.measured),
    ...{ gflops, plainGflops },
    shareOfPlainGemm: gflops === null || plainGflops === null ? null : gflops / plainGflops,
  };
}

export function peerFigures(outcome: Outcome, ours: WorkloadResult["ours"]): PeerFigures | { readonly failure: string } {
  if ("failure" in outcome) return outcome;
  const ratio = hasFailed(ours) ? null : outcome.measured.msPerStep.median / ours.msPerStep.median;
  return { ...shared(outcome.measured), ratio };
}
