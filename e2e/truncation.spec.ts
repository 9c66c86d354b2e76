import { readFile } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { openRun, shown, smallCopy } from "./run";

test("truncated gradients are compared with the full one while the run trains on", { tag: "@page" }, async ({ page }, info) => {
  const settings = { ...smallCopy, "bptt.kind": "random", "bptt.mean": 4, epochs: 10_000, view: "truncation" };
  const problems = await openRun(page, info, settings);
  await page.getByTestId("train").click();
  await expect.poll(() => shown(page, "step-count")).toBeGreaterThan(20);

  const lengths = page.getByTestId("truncation-lengths");
  await expect(lengths).toHaveValue("1, 2, 4");
  await lengths.fill("2, 9");
  await expect(lengths).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText("Whole numbers from 1 to the 7 steps of a sequence")).toBeVisible();
  await lengths.fill("1, 2, 4, 7");
  await page.getByTestId("truncation-batches").fill("3");
  await page.getByTestId("truncation-run").click();
  const table = page.getByTestId("truncation-table");
  await expect(page.getByTestId("truncation-heading")).toContainText("3 batches");
  await expect(page.getByRole("status").filter({ hasText: "The comparison is done." })).toBeAttached();
  // Training went on all the while.
  const step = await shown(page, "step-count");
  await expect.poll(() => shown(page, "step-count")).toBeGreaterThan(step);
  await page.getByTestId("pause").click();

  const rows = table.locator("tbody tr");
  // Four fixed windows, and from 2 on two kinds of random cuts.
  await expect(rows).toHaveCount(10);
  await expect(rows.filter({ hasText: "Fixed windows" }).nth(3).locator("td").nth(1)).toHaveText("1.000 ± 0.000");
  await expect(rows.filter({ hasText: "this run" })).toHaveText(/Random, compensated.*4/);
  await expect(page.getByTestId("truncation-reading")).toContainText("With random cuts 4 steps apart on average, compensated,");
  const cosine = await rows.first().locator("td").nth(1).textContent();
  await page.getByTestId("truncation-part").selectOption("recurrent");
  await expect(rows.first().locator("td").nth(1)).not.toHaveText(cosine ?? "");

  await page.locator(".truncation-plot svg[role=img]").first().hover();
  await expect(page.locator(".plot-tooltip").first()).toContainText("Random, compensated");
  const download = page.waitForEvent("download");
  await page.getByTestId("truncation-csv").click();
  const csv = await readFile((await (await download).path()) ?? "", "utf8");
  expect(csv.trim().split("\n")).toHaveLength(21);

  await page.getByTestId("truncation-batches").fill("1000");
  await page.getByTestId("truncation-run").click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText(/^Cancelled/)).toBeVisible();

  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(problems).toEqual([]);
});
