import type { Cell, RunConfig } from "../../config";
import { ExecutorError } from "../../plan/executor";
import { cellNames } from "../../race/record";
import { compileRun, type RunSummary, summarise } from "../compile";
import type { DataSize } from "../feed";
import { contestantConfig } from "./contestant";

/** Parameters, memory and cost of each contestant, without allocating anything. @throws ExecutorError if one is too large for any device. */
export const raceCosts = (config: RunConfig, cells: readonly Cell[], size: DataSize): RunSummary[] =>
  cells.map((cell) => summarise(compileRun(contestantConfig(config, cell), size)));

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

/**
 * Refuses a race that would take too much memory.
 * @param mostBytes for all networks together; undefined where nobody can tell, as with a GPU's own memory: then allocating has the last word.
 * @param besideBytes what the open run holds meanwhile.
 * @throws ExecutorError "out-of-memory"
 */
export function checkRaceFits(
  cells: readonly Cell[],
  costs: readonly Pick<RunSummary, "bytes">[],
  mostBytes: number | undefined,
  besideBytes = 0,
): void {
  const total = costs.reduce((sum, { bytes }) => sum + bytes, 0);
  if (mostBytes === undefined || total + besideBytes <= mostBytes) return;
  const each = cells.map((cell, i) => `${cellNames[cell]} ${gibibytes(costs[i]?.bytes ?? 0)}`).join(", ");
  const beside = besideBytes > 0 ? `, beside the open run's ${gibibytes(besideBytes)}` : "";
  throw new ExecutorError(
    "out-of-memory",
    `The contestants together would take ${gibibytes(total)} (${each})${beside}: more than the ${gibibytes(mostBytes)} that this machine has for a race.`,
  );
}
