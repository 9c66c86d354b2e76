import { describe, expect, it } from "vitest";
import { panelsOf } from "./commands/plot";
import type { BenchResult, WorkloadResult } from "./results";
import { plotSvg } from "./svg";
import { sweepAxes, sweepName, sweepWorkloads } from "./workloads";

const figures = (median: number) => ({
  device: "a device",
  msPerStep: { median, min: median, max: median },
  firstStepMs: 1,
  dispatches: 1,
  submits: 1,
  gpuBytes: 1,
});

/** A sweep over H where Unroll takes H ms, and a peer ten times as long until it fails at the largest. */
function sweepOverH(): BenchResult {
  const { values } = sweepAxes.H;
  const workloads = values.map((value): WorkloadResult => {
    const workload = sweepWorkloads.find(({ name }) => name === sweepName("H", value))!;
    const failed = value === values.at(-1);
    return {
      name: workload.name,
      about: workload.about,
      workload,
      threads: 1,
      ours: { ...figures(value), gflops: null, plainGflops: null, shareOfPlainGemm: null },
      peers: { "tfjs-webgpu": failed ? { failure: "no result within 300 s" } : { ...figures(value * 10), ratio: 10 } },
    };
  });
  return { adapter: "A & B <GPU>", on: "system", plainGemm: [], workloads };
}

describe("the plot of the sweeps", () => {
  it("has a panel for each axis that was measured, and a line for each contestant without what failed", () => {
    const panels = panelsOf(sweepOverH());
    expect(panels).toHaveLength(1);
    const [unroll, tfjs] = panels[0]!.series;
    expect(unroll).toEqual({ name: "Unroll", points: sweepAxes.H.values.map((value) => [value, value]) });
    expect(tfjs?.points).toEqual(sweepAxes.H.values.slice(0, -1).map((value) => [value, value * 10]));
  });

  it("is an SVG with its text escaped, for light and dark", () => {
    const result = sweepOverH();
    const svg = plotSvg(result.adapter, panelsOf(result));
    expect(svg).toContain("A &amp; B &lt;GPU&gt;");
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg.match(/<polyline/g)).toHaveLength(4);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("puts a tenfold time one decade higher", () => {
    const svg = plotSvg("t", [
      {
        label: "x",
        series: [
          {
            name: "s",
            points: [
              [1, 10],
              [2, 100],
            ],
          },
        ],
      },
    ]);
    const heights = [...svg.matchAll(/<circle cx="[\d.]+" cy="([\d.]+)"/g)].map(([, cy]) => Number(cy));
    expect(heights).toEqual([292, 52]);
  });
});
