import { expect, test } from "@playwright/test";
import { openRun, smallCopy, status } from "./run";

test("the fastest forms are measured, kept for the next visit, and train", async ({ page }, info) => {
  const problems = await openRun(page, info, { ...smallCopy, kernels: "measured" });
  const measured = async (): Promise<string[]> => {
    const kept = await page.evaluate(() => localStorage.getItem("unroll-kernel-times"));
    return kept?.match(/\{"key":"[^"]*","ms":\{[^}]*\}\}/g) ?? [];
  };
  const first = await measured();
  expect(first[0]).toMatch(/"ms":\{"own":[\d.]+/);
  await page.getByRole("button", { name: "Kernels, measured" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText(/own [\d.]+.* ms/).first()).toBeVisible();

  await page.reload();
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  // What is known is not measured again: times never come out the same twice.
  expect((await measured()).slice(0, first.length)).toEqual(first);
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
