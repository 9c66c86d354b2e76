import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Executor } from "../plan/executor";
import { readCase, type VerifyCase } from "../verify/case";
import { diskFolder } from "../verify/folder";
import type { ReplayOptions } from "../verify/replay";
import { caseLines } from "../verify/report";
import { countQuantities, verifyCase } from "../verify/run";

const folder = fileURLToPath(new URL("../../tests/pytorch/cases", import.meta.url));

/** The names of PyTorch's cases; empty if there are none. */
export const fixtureNames: readonly string[] = existsSync(folder)
  ? readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort()
  : [];

/** Reads a case of PyTorch. */
export const readFixture = async (name: string): Promise<VerifyCase> => readCase(await diskFolder(join(folder, name)));

/** A case's first training steps, and what it expects of them: not what it expects after its last step. */
export function firstSteps(each: VerifyCase, steps: number): VerifyCase {
  const expected = each.expected.flatMap((quantity) => {
    if (/^(param\.|[hc]_n$)/.test(quantity.name)) return [];
    const isPerStep = quantity.name === "loss" || quantity.name === "grad_norm";
    return [isPerStep ? { ...quantity, shape: [steps], values: quantity.values.subarray(0, steps) } : quantity];
  });
  return { ...each, config: { ...each.config, steps }, expected };
}

/** Fails, with the report, unless every quantity of a case, or of one in the folder of that name, agrees. */
export async function expectFixturePasses(
  fixture: string | VerifyCase,
  open: () => Promise<Executor>,
  options: ReplayOptions = {},
): Promise<void> {
  const result = await verifyCase(typeof fixture === "string" ? await readFixture(fixture) : fixture, open, options);
  const { passed, failed } = countQuantities(result);
  if (failed > 0) expect.fail(caseLines(result).join("\n"));
  expect(passed).toBeGreaterThan(0);
}
