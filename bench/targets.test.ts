import { describe, expect, it } from "vitest";
import type { WorkloadResult } from "./results";
import { verdictsOf } from "./targets";
import { namedWorkloads } from "./workloads";

const figures = { device: "d", msPerStep: { median: 10, min: 9, max: 12 }, firstStepMs: 500, submits: 2, gpuBytes: 1 };

function digits(threads: number, peers: WorkloadResult["peers"]): WorkloadResult {
  const workload = namedWorkloads(true)[0]!;
  const ours = { ...figures, dispatches: 21, gflops: 20, plainGflops: 28, shareOfPlainGemm: 0.7 };
  return { name: workload.name, about: workload.about, workload, threads, ours, peers };
}

describe("targets", () => {
  it("are judged where something was measured, and only there", () => {
    const peers = { "tfjs-webgpu": { ...figures, dispatches: 1211, ratio: 15 }, "jax-js-webgpu": { failure: "no device" } };
    const verdicts = verdictsOf({ on: "system", workloads: [digits(2, peers)] });
    expect(verdicts.map(({ what, reached, isMet }) => [what, reached, isMet])).toEqual([
      ["times as fast as tfjs-webgpu", 15, true],
      ["seconds to the first step", 0.5, true],
      ["dispatches", 21, false],
      ["of the best plain product", 0.7, true],
    ]);
  });

  it("on the CPU are for a number of threads", () => {
    const peers = { "jax-js-wasm": { ...figures, dispatches: null, ratio: 2.5 } };
    expect(verdictsOf({ on: "cpu", workloads: [digits(2, peers)] })).toEqual([]);
    expect(verdictsOf({ on: "cpu", workloads: [digits(1, peers)] })).toMatchObject([{ wanted: "at least 3", reached: 2.5, isMet: false }]);
  });
});
