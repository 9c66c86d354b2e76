import type { LadderResult } from "./ladder/ladder";
import type { MemoryResult } from "./memory";
import type { OverheadResult } from "./overhead";
import { type BenchResult, hasFailed, type OurFigures, type PeerFigures, type WorkloadResult } from "./results";
import type { Spread } from "./statistics";
import { showNumber } from "./table";
import { verdictCells, verdictsOf } from "./targets";

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? "---" : "--:")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

const nameOf = ({ name, threads, workload }: WorkloadResult, showsThreads: boolean): string => {
  const short = workload.shortenedFrom === undefined ? "" : ` (T ${workload.steps} of ${workload.shortenedFrom})`;
  return `\`${name}\`${short}${showsThreads ? `, ${threads} ${threads === 1 ? "thread" : "threads"}` : ""}`;
};

const spread = ({ msPerStep: { median, min, max } }: OurFigures | PeerFigures): string =>
  `${showNumber(median)} (${showNumber(min)}–${showNumber(max)})`;

/** A run's named workloads: times with ratios, first steps, and what Unroll's step consists of. */
export function runTables(result: BenchResult): string {
  const { adapter, on, plainGemm, workloads } = result;
  const verdicts = verdictsOf(result).map(verdictCells);
  const showsThreads = on === "cpu";
  const named = workloads.filter(({ name }) => !name.startsWith("sweep-"));
  const peers = [...new Set(named.flatMap((workload) => Object.entries(workload.peers).map(([name]) => name)))];
  const row = (result: WorkloadResult, cell: (figures: OurFigures | PeerFigures, isOurs: boolean) => string): string[] => {
    const figures = new Map<string, WorkloadResult["ours"] | PeerFigures>(Object.entries(result.peers));
    const cells = peers.map((peer) => figures.get(peer)).map((each) => (each === undefined || hasFailed(each) ? "–" : cell(each, false)));
    return [nameOf(result, showsThreads), hasFailed(result.ours) ? "–" : cell(result.ours, true), ...cells];
  };
  const times = named.map((result) =>
    row(result, (figures, isOurs) => {
      if (isOurs || !("ratio" in figures) || figures.ratio === null) return spread(figures);
      return `${showNumber(figures.msPerStep.median)}, **${showNumber(figures.ratio)}×**`;
    }),
  );
  const firsts = named.map((result) => row(result, ({ firstStepMs }) => showNumber(firstStepMs / 1000)));
  const own = named.flatMap((result) => {
    const { ours } = result;
    if (hasFailed(ours)) return [];
    const { dispatches, submits, gpuBytes, gflops, plainGflops, shareOfPlainGemm } = ours;
    return [
      [
        nameOf(result, showsThreads),
        dispatches === null ? "–" : showNumber(dispatches),
        submits === null ? "–" : showNumber(submits),
        gpuBytes === null ? "–" : showNumber(gpuBytes / 2 ** 20),
        gflops === null ? "–" : showNumber(gflops),
        plainGflops === null ? "–" : showNumber(plainGflops),
        shareOfPlainGemm === null ? "–" : `${Math.round(shareOfPlainGemm * 100)} %`,
      ],
    ];
  });
  const failures = named.flatMap((result) =>
    Object.entries({ Unroll: result.ours, ...result.peers }).flatMap(([name, figures]) =>
      hasFailed(figures) ? [`- ${nameOf(result, showsThreads)}, ${name}: ${figures.failure}`] : [],
    ),
  );
  const products = plainGemm.map(
    ({ threads, gflops, product }) => `${showNumber(gflops)} GFLOP/s${showsThreads ? ` on ${threads} thread(s)` : ""} (${product})`,
  );
  return [
    `Measured on: ${adapter}. Best plain product: ${products.join("; ")}.`,
    "Milliseconds of a training step: the median, for Unroll with minimum and maximum, for a peer with how many times longer it takes:",
    table(["workload", "Unroll", ...peers], times),
    "Seconds from opening the device to the first step's results:",
    table(["workload", "Unroll", ...peers], firsts),
    "Unroll's step:",
    table(["workload", "dispatches", "submits", "MiB", "GFLOP/s", "best product beside it", "share"], own),
    ...(verdicts.length > 0 ? ["Targets:", table(["workload", "what", "wanted", "reached", ""], verdicts)] : []),
    ...(failures.length > 0 ? [["Not measured:", ...failures].join("\n")] : []),
  ].join("\n\n");
}

/** Each ladder as a table, with the gain of a rung over the one before. */
export function ladderTables({ device, ladders }: LadderResult): string {
  const parts = ladders.map(({ title, rungs, failures }) => {
    const rows = rungs.map(({ name, ms, gflops, dispatches }, i) => {
      const before = rungs[i - 1];
      return [name, String(dispatches), showNumber(ms), showNumber(gflops), before === undefined ? "" : `${showNumber(before.ms / ms)}×`];
    });
    return `**${title}**\n\n${table(["rung", "dispatches", "ms", "GFLOP/s", "gain"], rows)}${failures.map((failure) => `\n\n${failure}`).join("")}`;
  });
  return [`Measured on: ${device}.`, ...parts].join("\n\n");
}

export interface OverheadRow extends Pick<OverheadResult, "device" | "bare" | "loop" | "probed" | "metricsCost" | "probesCost"> {
  readonly name: string;
  readonly threads: number;
}

/** What the metrics and the probes cost: medians, and the range of all rounds. */
export function overheadTable(results: readonly OverheadRow[]): string {
  const percent = (share: number): string => (share * 100).toFixed(1);
  const cost = ({ median, min, max }: Spread): string => `${percent(median)} % (${percent(min)} to ${percent(max)})`;
  const rows = results.map(({ name, device, bare, loop, probed, metricsCost, probesCost }) => [
    `\`${name}\` on ${device}`,
    showNumber(bare.median),
    showNumber(loop.median),
    cost(metricsCost),
    showNumber(probed.median),
    cost(probesCost),
  ]);
  return table(["", "ms/step without metrics", "with", "cost", "and with probes", "cost"], rows);
}

/** GPU buffers and heap, MiB. */
export function memoryTable({ device, samples }: MemoryResult): string {
  const show = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);
  const rows = samples.map(({ at, gpuBytes, heapBytes, externalBytes }) => [at, show(gpuBytes), show(heapBytes), show(externalBytes)]);
  return `Measured on: ${device}. MiB after a garbage collection:\n\n${table(["", "GPU buffers", "heap", "outside the heap"], rows)}`;
}

/** Replaces what stands between a page's two marks of a name. @throws RangeError if the page lacks them. */
export function replaceMarked(page: string, name: string, text: string): string {
  const [open, close] = [`<!-- bench: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [page.indexOf(open), page.indexOf(close)];
  if (from < 0 || to < from) throw new RangeError(`the page has no place ${open} ... ${close}`);
  return `${page.slice(0, from + open.length)}\n${text}\n${page.slice(to)}`;
}
