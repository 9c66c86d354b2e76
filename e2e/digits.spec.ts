import { expect, test } from "@playwright/test";
import { executorOf, openRun, shown, smallDigits, status } from "./run";

test("a small network learns to read digits: 85 % of the test digits", async ({ page }, info) => {
  const problems = await openRun(page, info, smallDigits);
  await expect(page.locator(".device")).toContainText(executorOf(info) === "webgpu" ? "WebGPU" : "CPU");
  await expect(page.getByTestId("digit-strip").getByRole("button")).toHaveCount(16);
  await page.getByTestId("train").click();
  await expect(status(page)).toHaveText("training");
  await expect.poll(() => shown(page, "val-accuracy"), { timeout: 170_000, intervals: [500] }).toBeGreaterThan(85);
  expect(await shown(page, "train-loss")).toBeLessThan(1.5);

  // Curves are drawn: loss, accuracy and gradient norm each have a path with points.
  const charts = page.locator("figure.chart");
  await expect(charts).toHaveCount(3);
  for (const chart of await charts.all()) {
    const path = chart.locator("path.curve").first();
    expect(((await path.getAttribute("d")) ?? "").length).toBeGreaterThan(50);
  }
  await page.getByTestId("pause").click();
  await expect(status(page)).toHaveText("paused");

  // Most of the sixteen test digits of the strip are read right.
  const right = page.locator(".strip-digit:not([data-wrong])");
  expect(await right.count()).toBeGreaterThanOrEqual(11);
  expect(problems).toEqual([]);
});

test("a digit drawn on the pad is read row by row", async ({ page }, info) => {
  const problems = await openRun(page, info, smallDigits);
  const pad = page.getByTestId("pad");
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  if (box === null) throw new Error("the pad is not visible");
  const at = (x: number, y: number): [number, number] => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(0.5, 0.2));
  await page.mouse.down();
  await page.mouse.move(...at(0.5, 0.8), { steps: 10 });
  await page.mouse.up();
  const bars = page.locator(".pad-section").getByRole("listitem");
  await expect(bars).toHaveCount(10);
  await expect(page.locator(".pad-section")).toContainText("%");
  await page.getByRole("button", { name: /^Clear/ }).click();
  expect(problems).toEqual([]);
});
