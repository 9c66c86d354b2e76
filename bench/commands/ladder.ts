import { executorOn, openRunner, runOwn, writeJson } from "../host";
import type { BenchOptions } from "../options";
import { alignColumns, showNumber } from "../table";

/** Every rung of the kernels from naive to chosen, with its gain over the one before. */
export async function runLadder(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const runner = await openRunner(options, signal);
  console.error("  climbing ...");
  const result = await runOwn(
    runner,
    { kind: "ladder", on: executorOn(options.on), threads: Math.max(...options.threads) },
    options,
    signal,
  );
  console.log(result.device);
  for (const { title, rungs, failures } of result.ladders) {
    const rows = rungs.map(({ name, ms, gflops, dispatches }, i) => {
      const before = rungs[i - 1];
      return [name, String(dispatches), showNumber(ms), showNumber(gflops), before === undefined ? "" : `${showNumber(before.ms / ms)}x`];
    });
    console.log(`\n${title}`);
    for (const line of alignColumns([["", "dispatches", "ms", "GFLOP/s", "gain"], ...rows])) console.log(`  ${line}`);
    for (const failure of failures) console.log(`  ${failure}`);
  }
  writeJson(options.json, { command: "ladder", on: options.on, ...result });
  return 0;
}
