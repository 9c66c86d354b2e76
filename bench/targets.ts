import type { PeerName, Place } from "./options";
import { type BenchResult, hasFailed, type OurFigures, type WorkloadResult } from "./results";
import { showNumber } from "./table";

/** What a run is to reach on one kind of device. */
interface Target {
  readonly on: Place;
  readonly workload: string;
  /** Of the CPU contestants, where it matters. */
  readonly threads?: number;
  readonly what: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** null: not measured. */
  readonly value: (result: WorkloadResult, ours: OurFigures) => number | null;
}

const times = (peer: PeerName, on: Place, workload: string, atLeast: number, threads?: number): Target => ({
  ...{ on, workload, atLeast, what: `times as fast as ${peer}`, ...(threads !== undefined && { threads }) },
  value: ({ peers }) => {
    const figures = peers[peer];
    return figures === undefined || hasFailed(figures) ? null : figures.ratio;
  },
});

const dispatches = (workload: string, atMost: number): Target => ({
  ...{ on: "system", workload, atMost, what: "dispatches" },
  value: (_, ours) => ours.dispatches,
});

const targets: readonly Target[] = [
  times("tfjs-webgpu", "system", "digits-rnn", 8),
  times("jax-js-webgpu", "system", "digits-rnn", 2.2),
  times("tfjs-webgpu", "system", "digits-lstm", 5),
  times("tfjs-webgpu", "system", "digits-gru", 6),
  { on: "system", workload: "digits-rnn", what: "seconds to the first step", atMost: 2, value: (_, ours) => ours.firstStepMs / 1000 },
  dispatches("digits-rnn", 20),
  dispatches("digits-lstm", 30),
  dispatches("digits-gru", 30),
  ...["digits-rnn", "digits-lstm", "digits-gru", "chars-small"].map(
    (workload): Target => ({
      on: "system",
      workload,
      what: "of the best plain product",
      atLeast: 0.6,
      value: (_, ours) => ours.shareOfPlainGemm,
    }),
  ),
  times("torch-cuda", "system", "digits-rnn", 1),
  times("torch-cuda", "system", "chars", 0.5),
  times("tfjs-webgpu", "browser", "digits-rnn", 12),
  times("jax-js-wasm", "cpu", "digits-rnn", 3, 1),
  times("tfjs-wasm", "cpu", "digits-rnn", 12, 1),
  times("torch-cpu", "cpu", "chars-small", 0.5, 2),
];

export interface Verdict {
  readonly workload: string;
  readonly what: string;
  /** Such as "at least 8". */
  readonly wanted: string;
  readonly reached: number;
  readonly isMet: boolean;
}

/** The targets that this run says something about. */
export function verdictsOf({ on, workloads }: Pick<BenchResult, "on" | "workloads">): Verdict[] {
  return targets.flatMap(({ workload, what, threads, atLeast, atMost, value, ...target }) => {
    if (target.on !== on) return [];
    const result = workloads.find(({ name, threads: had }) => name === workload && (threads === undefined || threads === had));
    if (result === undefined || hasFailed(result.ours)) return [];
    const reached = value(result, result.ours);
    if (reached === null) return [];
    const wanted = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
    const isMet = reached >= (atLeast ?? Number.NEGATIVE_INFINITY) && reached <= (atMost ?? Number.POSITIVE_INFINITY);
    return [{ workload, what: threads === undefined ? what : `${what}, ${threads} thread(s)`, wanted, reached, isMet }];
  });
}

export const verdictCells = ({ workload, what, wanted, reached, isMet }: Verdict): string[] => [
  workload,
  what,
  wanted,
  showNumber(reached),
  isMet ? "met" : "not met",
];
