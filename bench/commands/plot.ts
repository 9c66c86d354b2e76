import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem, withDiskFault } from "../../scripts/lib/processes.mjs";
import { ladderTables, memoryTable, overheadTable, replaceMarked, runTables } from "../markdown";
import type { BenchOptions } from "../options";
import { type BenchResult, hasFailed } from "../results";
import { readSaved, type Saved } from "../saved";
import { type Panel, plotSvg, type Series } from "../svg";
import { sweepAxes, sweepAxisNames, sweepName } from "../workloads";

/** The axes of a result's sweeps, each with a line for Unroll and one for each peer. */
export function panelsOf({ workloads }: Pick<BenchResult, "workloads">): Panel[] {
  return sweepAxisNames.flatMap((axis) => {
    const { label, values } = sweepAxes[axis];
    const points = new Map<string, [number, number][]>();
    for (const value of values) {
      const result = workloads.find(({ name }) => name === sweepName(axis, value));
      if (result === undefined) continue;
      for (const [name, figures] of Object.entries({ Unroll: result.ours, ...result.peers })) {
        const line = points.get(name) ?? [];
        points.set(name, line);
        if (!hasFailed(figures)) line.push([value, figures.msPerStep.median]);
      }
    }
    const series = [...points].map(([name, line]): Series => ({ name, points: line })).filter((line) => line.points.length > 0);
    return series.length === 0 ? [] : [{ label, series }];
  });
}

function textOf(saved: Saved): string {
  switch (saved.command) {
    case "run":
      return runTables(saved);
    case "ladder":
      return ladderTables(saved);
    case "overhead":
      return overheadTable(saved.results);
    case "memory":
      return memoryTable(saved);
    default:
      return saved satisfies never;
  }
}

/** Draws the sweeps of each file into docs/sweeps-<place>.svg, and puts every other figure into its place in docs/performance.md. */
export function runPlot({ files }: BenchOptions): number {
  const folder = process.env.UNROLL_BENCH_DOCS;
  if (folder === undefined) throw new Problem("plot writes into the project's docs/: npm run bench -- plot FILE.");
  const page = join(folder, "performance.md");
  let text = readFileSync(page, "utf8");
  try {
    for (const file of files) {
      const saved = readSaved(file);
      if (saved.command !== "run" || saved.workloads.some(({ name }) => !name.startsWith("sweep-"))) {
        const place = `${saved.command} ${saved.on}`;
        text = replaceMarked(text, place, textOf(saved));
        console.log(`${page}: ${place}`);
      }
      const panels = saved.command === "run" ? panelsOf(saved) : [];
      if (saved.command !== "run" || panels.length === 0) continue;
      const path = join(folder, `sweeps-${saved.on}.svg`);
      writeFileSync(path, plotSvg(`LSTM, one layer, on ${saved.adapter}`, panels));
      console.log(path);
    }
    writeFileSync(page, text);
  } catch (error) {
    if (error instanceof RangeError) throw new Problem(`${page}: ${error.message}.`);
    throw withDiskFault(error);
  }
  return 0;
}
