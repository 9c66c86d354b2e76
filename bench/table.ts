import { hasFailed, type OurFigures, type PeerFigures, type WorkloadResult } from "./results";

/** Three significant digits, and no more decimals than they need: 0.123, 12.3, 1230. */
export function showNumber(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 6));
}

/** Columns as wide as their widest cell: the first to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

const showBytes = (bytes: number | null): string => (bytes === null ? "-" : `${showNumber(bytes / 2 ** 20)} MiB`);
const showCount = (count: number | null): string => (count === null ? "-" : showNumber(count));
const showSeconds = (ms: number): string => `${showNumber(ms / 1000)} s`;

const heads = ["", "ms/step", "min", "max", "Unroll is", "first step", "dispatches", "submits", "memory"];

function cells(name: string, figures: OurFigures | PeerFigures): string[] {
  const { msPerStep, firstStepMs, dispatches, submits, gpuBytes } = figures;
  const ratio = !("ratio" in figures) || figures.ratio === null ? "" : `${showNumber(figures.ratio)}x`;
  return [
    name,
    showNumber(msPerStep.median),
    showNumber(msPerStep.min),
    showNumber(msPerStep.max),
    ratio,
    showSeconds(firstStepMs),
    showCount(dispatches),
    showCount(submits),
    showBytes(gpuBytes),
  ];
}

/** One workload as text: a line of what it is, the contestants, Unroll first, and who failed and why. */
export function workloadTable({ name, about, threads, workload, ours, peers }: WorkloadResult, showsThreads: boolean): string {
  const short = workload.shortenedFrom === undefined ? "" : `; shortened: T ${workload.steps} stands for T ${workload.shortenedFrom}`;
  const title = `${name} (${about}${showsThreads ? `; ${threads} ${threads === 1 ? "thread" : "threads"}` : ""}${short})`;
  const all: [string, typeof ours | PeerFigures][] = [["Unroll", ours], ...Object.entries(peers)];
  const measured = all.flatMap(([who, figures]) => (hasFailed(figures) ? [] : [cells(who, figures)]));
  const failed = all.flatMap(([who, figures]) => (hasFailed(figures) ? [`  ${who}: ${figures.failure}`] : []));
  const lines = [title, ...alignColumns([heads, ...measured]).map((line) => `  ${line}`), ...failed];
  if (!hasFailed(ours) && ours.gflops !== null) {
    const { plainGflops, shareOfPlainGemm } = ours;
    const share =
      plainGflops === null || shareOfPlainGemm === null
        ? ""
        : `, ${Math.round(shareOfPlainGemm * 100)} % of the best plain product beside it (${showNumber(plainGflops)})`;
    lines.push(`  Unroll: ${showNumber(ours.gflops)} GFLOP/s${share}`);
  }
  return lines.join("\n");
}
