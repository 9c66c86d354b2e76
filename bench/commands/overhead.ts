import { HORIZON_EVERY, PROBE_EVERY, probesAt } from "../../src/probes";
import { executorOn, openRunner, runOwn, writeJson } from "../host";
import type { BenchOptions } from "../options";
import type { OverheadResult } from "../overhead";
import { alignColumns, showNumber } from "../table";
import { chosenWorkloads } from "../workloads";

/** With metrics, throughput must be within this of running without; and with probes, within this of running with metrics alone. */
const ALLOWED = 0.05;

const showCost = (cost: number): string => `${(cost * 100).toFixed(1)} %${cost <= ALLOWED ? "" : " (more than the 5 % allowed)"}`;

/** What a step costs on average when some are probed and some of these have a horizon, from single steps of each kind. */
function probedMs({ plain, probed, traced }: OverheadResult["single"]): number {
  const cycle = Array.from({ length: PROBE_EVERY * HORIZON_EVERY }, (_, i) => probesAt(PROBE_EVERY * HORIZON_EVERY + i + 1, PROBE_EVERY));
  const ms = { nothing: plain.median, states: probed.median, horizon: traced.median };
  return cycle.reduce((sum, kind) => sum + ms[kind], 0) / cycle.length;
}

/** Throughput with the metrics as the page takes them, and with its probes, against none at all. */
export async function runOverhead(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const runner = await openRunner(options, signal);
  const workloads = chosenWorkloads(options.only.length > 0 ? options.only : ["digits-rnn", "digits-lstm", "chars-small"], true);
  const rows = [
    [
      "",
      "ms/step without metrics",
      "with",
      "costs",
      `and probes every ${PROBE_EVERY} steps`,
      "cost",
      "single steps: plain",
      "with probes",
      "cost",
    ],
  ];
  const results: (OverheadResult & { readonly name: string; readonly threads: number })[] = [];
  for (const threads of options.threads) {
    for (const workload of workloads) {
      console.error(`  ${workload.name} ...`);
      const result = await runOwn(runner, { kind: "overhead", on: executorOn(options.on), workload, threads }, options, signal);
      results.push({ ...result, name: workload.name, threads });
      const { bare, loop, probed, single, metricsCost, probesCost } = result;
      const average = probedMs(single);
      const name = options.on === "cpu" ? `${workload.name}, ${threads} thread(s)` : workload.name;
      const ms = [bare, loop, probed].map(({ median }) => showNumber(median));
      rows.push([
        name,
        ms[0] ?? "",
        ms[1] ?? "",
        showCost(metricsCost.median),
        ms[2] ?? "",
        showCost(probesCost.median),
        showNumber(single.plain.median),
        showNumber(average),
        showCost(average / single.plain.median - 1),
      ]);
    }
  }
  console.log(`${results[0]?.device ?? ""}\n${alignColumns(rows).join("\n")}`);
  writeJson(options.json, { command: "overhead", on: options.on, results });
  return results.every(({ metricsCost, probesCost }) => Math.max(metricsCost.median, probesCost.median) <= ALLOWED) ? 0 : 1;
}
