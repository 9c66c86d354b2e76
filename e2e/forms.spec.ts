import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { executorOf, openRun, smallCopy } from "./run";

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
