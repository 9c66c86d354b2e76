import type { KernelCase } from "./case";

/** The cases of every kernel; each family adds its own here. */
export function allCases(): KernelCase[] {
  return [];
}
