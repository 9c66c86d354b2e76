import { readFileSync } from "node:fs";
import { Problem } from "../scripts/lib/processes.mjs";
import { messageOf } from "./host";
import type { LadderResult } from "./ladder/ladder";
import type { OverheadRow } from "./markdown";
import type { MemoryResult } from "./memory";
import type { BenchResult } from "./results";

/** What `--json` writes, by the command that wrote it. */
export type Saved =
  | ({ readonly command: "run" } & BenchResult)
  | ({ readonly command: "ladder"; readonly on: string } & LadderResult)
  | { readonly command: "overhead"; readonly on: string; readonly results: readonly OverheadRow[] }
  | ({ readonly command: "memory"; readonly on: string } & MemoryResult);

type Has = (entry: object) => boolean;
const has =
  (name: string): Has =>
  (entry) =>
    name in entry;

/** Of a workload: its figures with what earlier versions did not write, or why Unroll has none. */
const hasFigures: Has = (entry) => {
  const ours: unknown = Reflect.get(entry, "ours");
  return typeof ours === "object" && ours !== null && ("failure" in ours || "plainGflops" in ours);
};

/** Which list a file of each command has, and what tells its entries. */
const lists: Readonly<Record<Saved["command"], readonly [list: string, isEntry: Has]>> = {
  run: ["workloads", hasFigures],
  ladder: ["ladders", has("rungs")],
  overhead: ["results", has("metricsCost")],
  memory: ["samples", has("gpuBytes")],
};

/** Recognises a file of this program, of this version, by its command and its list; what else is in the list it wrote itself. */
function isSaved(value: unknown): value is Saved {
  if (typeof value !== "object" || value === null || !("command" in value) || !("on" in value) || typeof value.on !== "string")
    return false;
  const { command } = value;
  return Object.entries(lists).some(([name, [list, isEntry]]) => {
    const entries: unknown = Reflect.get(value, list);
    return (
      name === command && Array.isArray(entries) && entries.every((each) => typeof each === "object" && each !== null && isEntry(each))
    );
  });
}

/** Reads a file that `--json` wrote. @throws Problem */
export function readSaved(path: string): Saved {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Problem(`${path} cannot be read: ${messageOf(error)}.`, 2);
  }
  if (!isSaved(value)) throw new Problem(`${path} is not a file that this version of npm run bench wrote with --json: measure again.`, 2);
  return value;
}
