import { executorOn, openRunner, runOwn, writeJson } from "../host";
import type { MemorySample } from "../memory";
import type { BenchOptions } from "../options";
import { alignColumns } from "../table";
import { chosenWorkloads } from "../workloads";

const MIB = 2 ** 20;
const show = (bytes: number): string => (bytes / MIB).toFixed(2);

/** GPU bytes and heap over 2,000 steps and 50 resets. */
export async function runMemory(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const runner = await openRunner(options, signal, ["--expose-gc"]);
  const [workload] = chosenWorkloads(options.only.length > 0 ? options.only : ["digits-rnn"], true);
  const [threads] = options.threads;
  if (workload === undefined || threads === undefined) throw new RangeError("nothing to measure");
  console.error(`  ${workload.name}: 2,000 steps and 50 resets ...`);
  const result = await runOwn(runner, { kind: "memory", on: executorOn(options.on), workload, threads }, options, signal);
  const row = ({ at, gpuBytes, heapBytes, externalBytes }: MemorySample): string[] => [
    at,
    show(gpuBytes),
    show(heapBytes),
    show(externalBytes),
  ];
  console.log(`${result.device}, ${workload.name}, MiB after a garbage collection`);
  console.log(alignColumns([["", "GPU buffers", "heap", "outside the heap"], ...result.samples.map(row)]).join("\n"));
  for (const phase of ["step", "reset"]) {
    const [first, ...others] = result.samples.filter(({ at }) => at.startsWith(phase));
    const last = others.at(-1);
    if (first === undefined || last === undefined) continue;
    const grown = (["gpuBytes", "heapBytes", "externalBytes"] as const).map((key) => show(last[key] - first[key]));
    console.log(`from ${first.at} to ${last.at}: GPU ${grown[0]} MiB, heap ${grown[1]} MiB, outside ${grown[2]} MiB`);
  }
  writeJson(options.json, { command: "memory", on: options.on, ...result });
  return 0;
}
