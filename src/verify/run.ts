import { type Executor, ExecutorError } from "../plan/executor";
import { PlanError } from "../plan/planError";
import type { VerifyCase } from "./case";
import { compareQuantity, type QuantityResult } from "./compare";
import { type Culprit, findCulprit } from "./locate";
import { type ReplayOptions, replayCase, type SkippedSteps } from "./replay";
import { defaultToleranceOf } from "./tolerances";

/** What came of one case. */
export type CaseResult =
  | { readonly kind: "compared"; readonly each: VerifyCase; readonly quantities: readonly QuantityResult[]; readonly search: Search }
  /** The device could not run it, so that nothing was compared and everything counts as failed. */
  | { readonly kind: "broken"; readonly each: VerifyCase; readonly reason: string };

/** Looked for a wrong kernel, if anything failed. */
export type Search =
  | { readonly kind: "none" }
  | { readonly kind: "found"; readonly culprit: Culprit }
  | { readonly kind: "clean" }
  | { readonly kind: "skipped"; readonly skipped: SkippedSteps }
  | { readonly kind: "broken"; readonly reason: string };

/**
 * Replays one case, compares all that it expects and, if anything differs, looks for the kernel that is wrong.
 * @param open gives a fresh executor at each call.
 * @throws ExecutorError "device-lost" or "no-webgpu", after which no other case would run either; the signal's reason after an abort.
 */
export async function verifyCase(each: VerifyCase, open: () => Promise<Executor>, options: ReplayOptions = {}): Promise<CaseResult> {
  try {
    const { quantities: replayed, skipped } = await withExecutor(open, (executor) => replayCase(each, executor, options));
    const { precision, tolerance } = each.config;
    const quantities = each.expected.map((expected) => {
      const actual = replayed.get(expected.name);
      if (actual === undefined) throw new RangeError(`the replay has no ${expected.name}`);
      return compareQuantity(expected, actual, tolerance ?? defaultToleranceOf(expected, precision));
    });
    if (quantities.every(({ passed }) => passed)) return { kind: "compared", each, quantities, search: { kind: "none" } };
    // The reference trained in each step: what is different then is no kernel's fault.
    if (skipped !== null) return { kind: "compared", each, quantities, search: { kind: "skipped", skipped } };
    return { kind: "compared", each, quantities, search: await search(each, open, options) };
  } catch (error) {
    return { kind: "broken", each, reason: reasonOf(error) };
  }
}

async function search(each: VerifyCase, open: () => Promise<Executor>, options: ReplayOptions): Promise<Search> {
  try {
    const culprit = await withExecutor(open, (executor) => findCulprit(each, executor, options));
    return culprit === undefined ? { kind: "clean" } : { kind: "found", culprit };
  } catch (error) {
    return { kind: "broken", reason: reasonOf(error) };
  }
}

/** Why this case cannot run. Rethrows what would stop any other case as well. */
function reasonOf(error: unknown): string {
  const ofThisCase =
    error instanceof PlanError || (error instanceof ExecutorError && error.code !== "device-lost" && error.code !== "no-webgpu");
  if (!ofThisCase) throw error;
  return error.message;
}

async function withExecutor<T>(open: () => Promise<Executor>, use: (executor: Executor) => Promise<T>): Promise<T> {
  const executor = await open();
  try {
    return await use(executor);
  } finally {
    executor.destroy();
  }
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** Quantities, not cases. */
export function countQuantities(result: CaseResult): Counts {
  if (result.kind === "broken") return { passed: 0, failed: result.each.expected.length };
  const passed = result.quantities.filter((quantity) => quantity.passed).length;
  return { passed, failed: result.quantities.length - passed };
}
