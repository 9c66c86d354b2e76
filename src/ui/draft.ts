import { type ConfigProblem, configProblems, parseRunConfig, type RunConfig } from "../config";
import { configLeaves, getField, withField } from "../configPath";
import { lastResult } from "./lastResult";

/** What is being edited: shaped like a RunConfig, but its numbers may be out of range or NaN. */
export type Draft = object;

/** Fields that only the page reads, or that a run takes up without starting anew. */
const isLive = (path: string): boolean => path.startsWith("sampling.") || path === "optimizer.lr" || path.startsWith("clip.");

/** The preset with the draft's kinds brought in: what each visible field goes back to. */
export function baseOf(draft: Draft, preset: RunConfig): Draft {
  let base: Draft = preset;
  for (const [path, kind] of configLeaves(draft)) {
    if (path.endsWith(".kind") && getField(base, path) !== kind) base = withField(base, path, kind);
  }
  return base;
}

/** Paths in which two drafts differ; a field that one of them lacks counts. NaN equals NaN. */
export function changedPaths(a: Draft, b: Draft): string[] {
  const inB = new Map(configLeaves(b));
  const changed = configLeaves(a)
    .filter(([path, value]) => !Object.is(inB.get(path), value))
    .map(([path]) => path);
  const inA = new Map(configLeaves(a));
  return [...changed, ...[...inB.keys()].filter((path) => !inA.has(path))];
}

/** True if `opened` can go on as it is under the settings `draft`, given the live changes. */
export const onlyLiveChanges = lastResult((draft: Draft, opened: Draft): boolean => changedPaths(draft, opened).every(isLive));

/** The draft as a configuration that can be run, or undefined. */
export const validConfig = (draft: Draft): RunConfig | undefined =>
  configProblems(draft).length === 0 ? parseRunConfig(draft) : undefined;

/** Problems of a draft; where a number was typed that is none, the message quotes what was typed. */
export const draftProblems = lastResult((draft: Draft, typed: Readonly<Record<string, string>>): readonly ConfigProblem[] =>
  configProblems(draft).map(({ path, message }) => {
    const text = typed[path];
    if (text === undefined || !message.endsWith("; it is NaN")) return { path, message };
    const found = text.trim() === "" ? "the field is empty" : `"${text}" is not one`;
    return { path, message: message.replace(/; it is NaN$/, `; ${found}`) };
  }),
);
