import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Executor } from "../plan/executor";
import { readCase } from "../verify/case";
import { diskFolder } from "../verify/folder";
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

/** Fails, with the report, unless every quantity of a case agrees. */
export async function expectFixturePasses(name: string, open: () => Promise<Executor>): Promise<void> {
  const result = await verifyCase(await readCase(await diskFolder(join(folder, name))), open);
  const { passed, failed } = countQuantities(result);
  if (failed > 0) expect.fail(caseLines(result).join("\n"));
  expect(passed).toBeGreaterThan(0);
}
