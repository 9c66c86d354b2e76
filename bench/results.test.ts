import { describe, expect, it } from "vitest";
import type { Measurement } from "./contestants/measure";
import { ourFigures, peerFigures, type WorkloadResult } from "./results";
import { alignColumns, showNumber, workloadTable } from "./table";
import { chosenWorkloads, namedWorkloads, sweepWorkloads, type Workload } from "./workloads";

const measurement = (median: number, flops: number | null): Measurement => ({
  device: "a device",
  msPerStep: { median, min: median / 2, max: median * 2 },
  firstStepMs: 1500,
  steps: 30,
  dispatches: 19,
  submits: 3,
  bytes: 2 ** 20,
  flops,
  plainGflops: flops === null ? null : 40,
  loss: { first: 2.3, last: 2.2 },
});
const [workload] = namedWorkloads(true);

function resultOf(of: Workload): WorkloadResult {
  const ours = ourFigures({ measured: measurement(10, 2e8) });
  const peers = {
    "tfjs-webgpu": peerFigures({ measured: measurement(120, null) }, ours),
    "jax-js-webgpu": peerFigures({ failure: "no result within 300 s" }, ours),
  };
  return { name: of.name, about: of.about, workload: of, threads: 1, ours, peers };
}

describe("figures", () => {
  it("have rate, share of the plain product, and ratios of medians", () => {
    const { ours, peers } = resultOf(workload!);
    expect(ours).toMatchObject({
      gflops: 20,
      plainGflops: 40,
      shareOfPlainGemm: 0.5,
      firstStepMs: 1500,
      dispatches: 19,
      submits: 3,
      gpuBytes: 2 ** 20,
    });
    expect(ours).toHaveProperty("msPerStep", { median: 10, min: 5, max: 20 });
    expect(peers["tfjs-webgpu"]).toMatchObject({ ratio: 12 });
    expect(peers["jax-js-webgpu"]).toEqual({ failure: "no result within 300 s" });
  });

  it("have no ratio to an Unroll that failed", () => {
    const ours = ourFigures({ failure: "no adapter" });
    expect(ours).toEqual({ failure: "no adapter" });
    expect(peerFigures({ measured: measurement(1, null) }, ours)).toMatchObject({ ratio: null });
  });
});

describe("workloadTable", () => {
  it("shows the contestants in columns and failures with their reason", () => {
    expect(workloadTable(resultOf(workload!), false).split("\n")).toEqual([
      "digits-rnn (RNN 2 x 128, T 28, B 64, Adam)",
      "               ms/step   min   max  Unroll is  first step  dispatches  submits    memory",
      "  Unroll          10.0  5.00  20.0                 1.50 s        19.0     3.00  1.00 MiB",
      "  tfjs-webgpu      120  60.0   240      12.0x      1.50 s        19.0     3.00  1.00 MiB",
      "  jax-js-webgpu: no result within 300 s",
      "  Unroll: 20.0 GFLOP/s, 50 % of the best plain product beside it (40.0)",
    ]);
  });

  it("says that a workload was shortened, and the threads where they matter", () => {
    const short = namedWorkloads(true).find(({ name }) => name === "chars")!;
    const [title] = workloadTable(resultOf(short), true).split("\n");
    expect(title).toContain("1 thread; shortened: T 5 stands for T 100)");
  });
});

describe("workloads", () => {
  it("are the named ones unless others are asked for, in their own order", () => {
    expect(chosenWorkloads([], false).map(({ name }) => name)).toEqual(["digits-rnn", "digits-lstm", "digits-gru", "chars-small", "chars"]);
    expect(chosenWorkloads(["chars-small", "digits-rnn"], false).map(({ name }) => name)).toEqual(["digits-rnn", "chars-small"]);
    expect(chosenWorkloads(["sweeps"], false)).toEqual(sweepWorkloads);
  });

  it("are shortened only where asked, and say so", () => {
    const chars = (short: boolean) => chosenWorkloads(["chars"], short)[0];
    expect(chars(false)).toMatchObject({ steps: 100 });
    expect(chars(false)).not.toHaveProperty("shortenedFrom");
    expect(chars(true)).toMatchObject({ steps: 5, shortenedFrom: 100 });
  });
});

describe("text", () => {
  it("shows three digits", () => {
    expect([0.01234, 0.5, 1, 12.34, 123.4, 1234].map(showNumber)).toEqual(["0.0123", "0.500", "1.00", "12.3", "123", "1234"]);
    expect(showNumber(0)).toBe("0");
  });

  it("aligns columns", () =>
    expect(
      alignColumns([
        ["a", "1"],
        ["bcd", "22"],
      ]),
    ).toEqual(["a     1", "bcd  22"]));
});
