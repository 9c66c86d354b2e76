import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { openRun, shown, smallCopy, status } from "./run";

const settings = { ...smallCopy, view: "race" } as const;
const phase = (page: Page) => page.getByTestId("race-phase");

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
}

test("RNN, LSTM and GRU race to the end; the figures stay, and the open run goes on", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, settings);
  await page.getByTestId("step").click();
  await expect.poll(() => shown(page, "step-count")).toBe(1);
  await expectNoViolations(page);
  await page.getByTestId("race-limit").fill("1500");
  await expect(page.getByText(/^Takes .*beside the open run's/)).toBeVisible();
  await page.getByTestId("race-start").click();
  await expect(phase(page)).toHaveText(/^Finished: 1,500 steps each/, { timeout: 60_000 });
  const table = page.getByTestId("race-table");
  for (const name of ["RNN", "LSTM", "GRU"]) await expect(table.getByRole("columnheader", { name, exact: true })).toBeVisible();
  const cells = (name: string | RegExp): Promise<string[]> => table.getByRole("row", { name }).first().getByRole("cell").allTextContents();
  const parameters = (await cells("Parameters")).map((text) => Number(text.replaceAll(",", "")));
  expect(parameters[0]).toBeLessThan(parameters[2] ?? 0);
  expect(parameters[2]).toBeLessThan(parameters[1] ?? 0);
  for (const row of ["ms per step", "Training loss", /^Validation on [\d,]+: accuracy/, "Steps done"])
    expect((await cells(row)).filter((text) => text === "–")).toEqual([]);
  await expect(page.getByTestId("race-claim")).toContainText(/Here the .*per step/);
  await expectNoViolations(page);

  await page.getByRole("radio", { name: "Seconds of own training" }).check();
  await expect(page.getByRole("heading", { name: /Loss nats, by seconds of training/ })).toBeVisible();
  const curve = page.getByRole("slider", { name: "Loss by seconds of training" });
  await curve.press("End");
  await expect(curve).toHaveAttribute("aria-valuetext", /^\d.* s: RNN .*, LSTM .*, GRU /);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV of the table" }).click();
  expect((await download).suggestedFilename()).toBe("race-copy-1-table.csv");
  await page.getByRole("tab", { name: "Training" }).click();
  await page.getByRole("tab", { name: "Race" }).click();
  await expect(phase(page)).toHaveText(/^Finished/);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);

  await page.getByTestId("step").click();
  await expect.poll(() => shown(page, "step-count")).toBe(2);
  expect(problems).toEqual([]);
});

test("a race pauses, goes on and is cancelled; wrong wishes are told", { tag: "@page" }, async ({ page }, info) => {
  await openRun(page, info, settings);
  const limit = page.getByTestId("race-limit");
  await limit.fill("2.5");
  await expect(page.getByText("Steps must be a whole number from 10 to 1,000,000.")).toBeVisible();
  await expect(page.getByTestId("race-start")).toBeDisabled();
  await limit.fill("1000000");
  await page.getByTestId("race-cell-rnn_tanh").uncheck();
  await page.getByTestId("race-cell-lstm").uncheck();
  await expect(page.getByText("A race needs two cells at least.")).toBeVisible();
  await page.getByTestId("race-cell-gru_reset_before").check();
  await page.getByTestId("race-start").click();
  await expect(phase(page)).toHaveText(/^Racing: all have done [1-9]/, { timeout: 60_000 });
  await expect(limit).toBeDisabled();
  await expect(page.getByTestId("train")).toBeDisabled();
  // The keyboard alone: the focus stays on the button that was pressed.
  await page.getByTestId("race-pause").press("Enter");
  await expect(phase(page)).toHaveText(/^Paused/);
  await expectNoViolations(page);
  await expect(page.getByTestId("race-continue")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(phase(page)).toHaveText(/^Racing/);
  await page.getByTestId("race-cancel").click();
  await expect(phase(page)).toHaveText(/^Cancelled after/);
  await expect(page.getByTestId("race-claim")).toContainText("let both race");
  await expect(page.getByTestId("train")).toBeEnabled();
  await page.getByTestId("train").click();
  await expect(status(page)).toHaveText(/training|finished/);
});
