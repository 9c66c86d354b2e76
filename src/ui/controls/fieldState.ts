import { getField } from "../../configPath";
import { baseOf, changedPaths, type Draft, draftProblems } from "../draft";
import { lastResult } from "../lastResult";
import type { AppState } from "../store";

const changedOf = lastResult((draft: Draft, preset: AppState["preset"]): ReadonlySet<string> => {
  const kinds = changedPaths(draft, preset.config).filter((path) => path.endsWith(".kind"));
  return new Set([...changedPaths(draft, baseOf(draft, preset.config)), ...kinds]);
});

/** What is wrong with a field, as a clause that follows its name; undefined if nothing is. */
export const fieldProblem = (state: AppState, path: string): string | undefined =>
  draftProblems(state.draft, state.typed).find((problem) => problem.path === path)?.message;

/** True if a field differs from what the preset, with the kinds chosen now, has there. */
export const isFieldChanged = (state: AppState, path: string): boolean => changedOf(state.draft, state.preset).has(path);

/** True if anything differs from the preset. */
export const isPresetModified = (state: AppState): boolean => changedOf(state.draft, state.preset).size > 0;

/** The text of a number field: what was typed, else its number. */
export function fieldText(state: AppState, path: string): string {
  const value = getField(state.draft, path);
  return state.typed[path] ?? (value === undefined || Number.isNaN(value) ? "" : String(value));
}
