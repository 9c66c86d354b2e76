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

/** Which lists a file of each command must have. */
const lists = { run: "workloads", ladder: "ladders", overhead: "results", memory: "samples" } as const;

/** Recognises a file of this program by its command and its list; what is in the list it wrote itself. */
function isSaved(value: unknown): value is Saved {
  if (typeof value !== "object" || value === null || !("command" in value) || !("on" in value) || typeof value.on !== "string")
    return false;
  const { command } = value;
  return Object.entries(lists).some(([name, list]) => name === command && Array.isArray(Reflect.get(value, list)));
}

/** Reads a file that `--json` wrote. @throws Problem */
export function readSaved(path: string): Saved {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Problem(`${path} cannot be read: ${messageOf(error)}.`, 2);
  }
  if (!isSaved(value)) throw new Problem(`${path} is not a file that npm run bench wrote with --json.`, 2);
  return value;
}
