import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { executorOf, openRun, smallCopy, status } from "./run";

test("the page lists what a training step consists of", async ({ page }, info) => {
  const problems = await openRun(page, info, smallCopy);
  const opener = page.getByRole("button", { name: "Kernels", exact: true });
  await opener.click();
  const dialog = page.getByRole("dialog", { name: "One training step, kernel by kernel" });
  await expect(dialog).toContainText(/\d+ kernel calls on /);
  await expect(dialog.getByRole("row", { name: /step_finalize/ })).toBeVisible();
  await expect(dialog.getByRole("row", { name: /_sequence_backward/ })).toContainText("hidden_size=");
  expect(await dialog.getByRole("combobox").count()).toBe(executorOf(info) === "webgpu" ? 1 : 0);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await dialog.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();
  expect(problems).toEqual([]);
});

test("the fastest forms are measured, kept for the next visit, and train", async ({ page }, info) => {
  test.skip(executorOf(info) === "cpu", "the CPU executor has one form of each kernel");
  const problems = await openRun(page, info, { ...smallCopy, kernels: "measured" });
  const measured = (): Promise<string | null> => page.evaluate(() => localStorage.getItem("unroll-kernel-times"));
  const first = await measured();
  expect(first).toMatch(/"ms":\{"own":[\d.]+/);
  await page.getByRole("button", { name: "Kernels, measured" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText(/own [\d.]+.* ms/).first()).toBeVisible();

  await page.reload();
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  // Nothing was left to measure, or this would differ.
  expect(await measured()).toBe(first);
  await page.getByTestId("step").click();
  await expect(status(page)).toHaveText("paused");

  await page.getByRole("button", { name: "Kernels, measured" }).click();
  await dialog.getByRole("button", { name: "Measure again and start anew" }).click();
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  await dialog.getByRole("combobox").selectOption("fixed");
  await expect(dialog).toContainText("Here the forms are fixed", { timeout: 60_000 });
  expect(new URL(page.url()).searchParams.get("kernels")).toBe("fixed");
  expect(problems).toEqual([]);
});
