import { describe, expect, it } from "vitest";
import { ladderTables, overheadTable, replaceMarked, runTables } from "./markdown";
import type { BenchResult } from "./results";
import { namedWorkloads } from "./workloads";

const figures = {
  device: "a device",
  msPerStep: { median: 10, min: 9, max: 12 },
  firstStepMs: 500,
  dispatches: 19,
  submits: 1.5,
  gpuBytes: 2 ** 21,
};

describe("tables for the docs", () => {
  it("show times, ratios, first steps and shares, and name what was not measured", () => {
    const workload = namedWorkloads(true)[4]!;
    const result: BenchResult = {
      adapter: "llvmpipe",
      on: "system",
      plainGemm: [{ threads: 2, gflops: 50, product: "matmul_nt 512x512x512, form own" }],
      workloads: [
        {
          name: workload.name,
          about: workload.about,
          workload,
          threads: 2,
          ours: { ...figures, gflops: 25, plainGflops: 50, shareOfPlainGemm: 0.5 },
          peers: {
            "tfjs-webgpu": { ...figures, msPerStep: { median: 120, min: 110, max: 130 }, ratio: 12 },
            "jax-js-webgpu": { failure: "no result within 300 s" },
          },
        },
      ],
    };
    const text = runTables(result);
    expect(text).toContain("| `chars` (T 5 of 100) | 10.0 (9.00–12.0) | 120, **12.0×** | – |");
    expect(text).toContain("| `chars` (T 5 of 100) | 0.500 | 0.500 | – |");
    expect(text).toContain("| `chars` (T 5 of 100) | 19.0 | 1.50 | 2.00 | 25.0 | 50.0 | 50 % |");
    expect(text).toContain("- `chars` (T 5 of 100), jax-js-webgpu: no result within 300 s");
    expect(text).toContain("Best plain product: 50.0 GFLOP/s (matmul_nt 512x512x512, form own).");
  });

  it("show a ladder's gains", () => {
    const rungs = [
      { name: "naive", ms: 30, gflops: 2, dispatches: 1 },
      { name: "tiled", ms: 3, gflops: 20, dispatches: 1 },
    ];
    const text = ladderTables({ device: "llvmpipe", ladders: [{ title: "Product", rungs, failures: [] }] });
    expect(text).toContain("| naive | 1 | 30.0 | 2.00 |  |\n| tiled | 1 | 3.00 | 20.0 | 10.0× |");
  });

  it("show what metrics and probes cost", () => {
    const of = (median: number) => ({ median, min: median / 2, max: median * 2 });
    const row = { name: "digits-rnn", device: "llvmpipe", threads: 1, bare: of(10), loop: of(10.2), probed: of(10.5) };
    expect(overheadTable([{ ...row, metricsCost: of(0.02), probesCost: { median: 0.029, min: -0.001, max: 0.05 } }])).toContain(
      "| `digits-rnn` on llvmpipe | 10.0 | 10.2 | 2.0 % (1.0 to 4.0) | 10.5 | 2.9 % (-0.1 to 5.0) |",
    );
  });
});

describe("replaceMarked", () => {
  const page = "a\n<!-- bench: run cpu -->\nold\n<!-- end: run cpu -->\nb\n";

  it("replaces what stands between the marks, again and again", () => {
    const once = replaceMarked(page, "run cpu", "new");
    expect(once).toBe("a\n<!-- bench: run cpu -->\nnew\n<!-- end: run cpu -->\nb\n");
    expect(replaceMarked(once, "run cpu", "newer")).toContain("\nnewer\n");
  });

  it("refuses a page without the marks", () => expect(() => replaceMarked("a", "run cpu", "new")).toThrow(/<!-- bench: run cpu -->/));
});
