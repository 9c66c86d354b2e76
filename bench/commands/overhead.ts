import { executorOn, openRunner, runOwn, writeJson } from "../host";
import type { BenchOptions } from "../options";
import type { OverheadResult } from "../overhead";
import { alignColumns, showNumber } from "../table";
import { chosenWorkloads } from "../workloads";

/** With metrics, throughput must be within this of running without. */
const ALLOWED = 0.05;

/** Throughput with the metrics as the page takes them, against none at all. */
export async function runOverhead(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const runner = await openRunner(options, signal);
  const workloads = chosenWorkloads(options.only.length > 0 ? options.only : ["digits-rnn", "chars-small"], true);
  const rows = [["", "ms/step without metrics", "with", "costs"]];
  const results: (OverheadResult & { readonly name: string; readonly threads: number })[] = [];
  for (const threads of options.threads) {
    for (const workload of workloads) {
      console.error(`  ${workload.name} ...`);
      const result = await runOwn(runner, { kind: "overhead", on: executorOn(options.on), workload, threads }, options, signal);
      results.push({ ...result, name: workload.name, threads });
      const cost = result.loop.median / result.bare.median - 1;
      const verdict = cost <= ALLOWED ? "" : " (more than the 5 % allowed)";
      const name = options.on === "cpu" ? `${workload.name}, ${threads} thread(s)` : workload.name;
      rows.push([name, showNumber(result.bare.median), showNumber(result.loop.median), `${(cost * 100).toFixed(1)} %${verdict}`]);
    }
  }
  console.log(`${results[0]?.device ?? ""}\n${alignColumns(rows).join("\n")}`);
  writeJson(options.json, { command: "overhead", on: options.on, results });
  return results.every(({ bare, loop }) => loop.median <= bare.median * (1 + ALLOWED)) ? 0 : 1;
}
