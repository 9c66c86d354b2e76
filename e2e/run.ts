import { expect, type Locator, type Page, type TestInfo } from "@playwright/test";
import { openPage } from "./openPage";

/** The executor that a project tests: plain Chromium trains on the CPU, the other on SwiftShader's WebGPU. */
export const executorOf = ({ project }: TestInfo): "cpu" | "webgpu" => (project.name === "webgpu" ? "webgpu" : "cpu");

export type Settings = Readonly<Record<string, string | number>>;

/** The page's address with a preset, overrides and perhaps an executor. */
export const address = (settings: Settings): string =>
  `./?${new URLSearchParams(Object.entries(settings).map(([field, value]) => [field, String(value)]))}`;

/** A run small enough for software WebGPU, by preset and overrides, on the project's executor. Resolves once it is open. */
export async function openRun(page: Page, info: TestInfo, settings: Settings): Promise<readonly string[]> {
  const problems = await openPage(page, address({ executor: executorOf(info), ...settings }));
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  return problems;
}

export const status = (page: Page): Locator => page.getByTestId("status");

/** The number that an element shows ("1,234", "85.3 %", "2.31"); NaN while it shows none. */
export async function shown(page: Page, testId: string): Promise<number> {
  const text = (await page.getByTestId(testId).textContent()) ?? "";
  return Number.parseFloat(text.replaceAll(",", ""));
}

/** Digits: a GRU of 24 units, which learns in some hundred steps. */
export const smallDigits = {
  preset: "digits-small",
  "model.hiddenSize": 24,
  batchSize: 32,
  "optimizer.lr": 0.01,
  "validation.every": 100,
  "validation.batches": 8,
} as const;

/** Shakespeare: a GRU of 64 units on windows of 32 characters. */
export const smallChars = {
  preset: "chars-small",
  "model.cell": "gru",
  "model.hiddenSize": 64,
  "model.numLayers": 1,
  "model.embeddingSize": 32,
  "task.sequenceLength": 32,
  batchSize: 16,
  "optimizer.lr": 0.01,
  "validation.every": 100,
  "validation.batches": 4,
  "sampling.length": 80,
} as const;

/** Copy memory, small: needs no data and trains fast. */
export const smallCopy = {
  preset: "copy-memory",
  "task.length": 2,
  "task.delay": 3,
  "task.symbols": 4,
  "model.hiddenSize": 16,
  batchSize: 16,
  "validation.every": 50,
} as const;
