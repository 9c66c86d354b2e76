import { readFile } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { openRun, shown, smallCopy, status } from "./run";

/** Slow enough to be watched, and learning so little that the gradient stays. */
const many = {
  ...smallCopy,
  "model.hiddenSize": 96,
  batchSize: 128,
  "optimizer.lr": 1e-5,
  epochs: 10_000,
  "clip.kind": "norm",
  "clip.max": 100,
} as const;
const chart = (page: Page, name: string): Locator => page.locator("figure.chart").filter({ has: page.getByRole("heading", { name }) });
const curve = (page: Page, name: string): Locator => page.getByRole("slider", { name: `${name} by step` });

async function trainTo(page: Page, step: number): Promise<void> {
  await page.getByTestId("train").click();
  await expect.poll(() => shown(page, "step-count")).toBeGreaterThanOrEqual(step);
  await page.getByTestId("pause").click();
  await expect(status(page)).toHaveText("paused");
}

async function exported(page: Page, name: string, kind: "CSV" | "SVG" | "PNG"): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  await page.getByRole("button", { name: `Export ${name}` }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: kind }).click()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

test("charts are read at one step, zoomed, and exported", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, many);
  await trainTo(page, 200);
  const last = await shown(page, "step-count");

  // The cursor is in all charts at once.
  const loss = curve(page, "Loss");
  const { x, y, width } = (await loss.boundingBox())!;
  await page.mouse.move(x + width / 2, y + 60);
  await expect(chart(page, "Loss").getByRole("table")).toContainText(/Steps? [\d,–]+/);
  const steps = await chart(page, "Loss").getByRole("columnheader").textContent();
  for (const name of ["Accuracy", "Gradient norm"]) await expect(chart(page, name).locator(".chart-figures")).toContainText(steps ?? "?");
  await page.mouse.move(0, 0);
  await expect(page.locator(".chart-figures")).toHaveCount(0);

  // By keyboard too, told as a sentence.
  await loss.focus();
  await loss.press("Home");
  // A point of a longer run stands for several steps: how many were trained depends on the machine.
  await expect(loss).toHaveAttribute("aria-valuetext", /^Steps? 1(–\d+)?; Training \d/);
  await loss.press("Shift+ArrowRight");
  const accuracy = curve(page, "Accuracy");
  await expect(accuracy).toHaveAttribute("aria-valuetext", /^Steps? (?!1[;–])\d+(–\d+)?; Training \d/);
  expect(Number((await accuracy.getAttribute("aria-valuetext"))?.match(/\d+/)?.[0])).toBeGreaterThanOrEqual(11);

  // A dragged range is drawn step by step.
  const range = page.getByTestId("chart-range");
  await page.mouse.move(x + width * 0.3, y + 60);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.4, y + 80, { steps: 3 });
  await page.mouse.up();
  await expect(range).toHaveValue("zoom");
  await expect(loss).toHaveAttribute("aria-valuetext", /^Step \d+; Training [\d.]+;?/);
  await loss.focus();
  await loss.press("-");
  await loss.press("Escape");
  await expect(range).toHaveValue("all");
  await loss.press("+");
  await expect(range).toHaveValue("zoom");
  await loss.dblclick();
  await expect(range).toHaveValue("all");

  const csv = await exported(page, "gradient norm", "CSV");
  expect(csv.name).toBe(`unroll-copy-gru-seed1-gradient-norm-steps-1-${last}.csv`);
  const [header, ...rows] = csv.bytes.toString().trimEnd().split("\r\n");
  expect(header).toBe("step,grad_norm,grad_norm_clipped,grad_largest,clipped");
  expect(rows.map((row) => Number(row.split(",")[0]))).toEqual(Array.from({ length: last }, (_, i) => i + 1));

  const svg = await exported(page, "loss", "SVG");
  expect(svg.name).toMatch(/^unroll-copy-.*-loss-steps-1-\d+\.svg$/);
  const text = svg.bytes.toString();
  expect(text).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  for (const part of ["Loss (nats)", "Training", "Validation", "seed 1", "step"]) expect(text).toContain(part);
  expect(text).not.toContain("var(--");
  expect(text.match(/<path/g)?.length).toBeGreaterThan(4);
  const png = await exported(page, "loss", "PNG");
  expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
  expect([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)]).toEqual([1856, 1000]);
  expect(png.bytes.length).toBeGreaterThan(20_000);
  expect(problems).toEqual([]);
});

test("the threshold is moved on the chart while the run trains, and the gradient is clipped", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, many);
  await page.getByTestId("train").click();
  await expect.poll(() => shown(page, "step-count")).toBeGreaterThan(20);
  const threshold = page.getByTestId("threshold");
  const field = page.getByTestId("field-clip.max");
  const clipped = chart(page, "Gradient norm").locator(".clip-rug");
  await expect(threshold).toHaveAttribute("aria-valuenow", "100");
  await expect(clipped).toHaveAttribute("data-clipped", "0");

  await threshold.focus();
  await threshold.press("PageDown");
  await expect(field).toHaveValue("50");
  for (let i = 0; i < 14; i++) await threshold.press("PageDown");
  const low = await threshold.getAttribute("aria-valuenow");
  expect(Number(low)).toBeLessThan(0.01);
  await expect(field).toHaveValue(low ?? "");
  await expect.poll(async () => Number(await clipped.getAttribute("data-clipped"))).toBeGreaterThan(0);
  await expect(threshold).toHaveAttribute("aria-valuetext", /^Norm at most 0\.00\d+; of the last steps \d+ % were clipped/);
  await expect.poll(() => new URL(page.url()).searchParams.get("clip.max")).toBe(low);

  // With the pointer, back above every gradient.
  const { x, y, height } = (await threshold.boundingBox())!;
  await page.mouse.move(x + 60, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + 60, y - 20, { steps: 5 });
  await page.mouse.move(x + 60, y - 200, { steps: 5 });
  await page.mouse.up();
  await expect.poll(async () => Number(await threshold.getAttribute("aria-valuenow"))).toBeGreaterThan(2 * Number(low));
  await expect(field).not.toHaveValue(low ?? "");

  // The kind changes in the run as it trains.
  await chart(page, "Gradient norm").getByRole("combobox").selectOption("value");
  await expect(page.getByTestId("field-clip.kind")).toHaveValue("value");
  await expect(chart(page, "Gradient norm")).toContainText("Largest number");
  await field.fill("0.000001");
  await expect(threshold).toHaveAttribute("aria-valuenow", "0.000001");
  await threshold.press("ArrowUp");
  await expect(field).toHaveValue("0.0000011");
  await expect(threshold).toHaveAttribute("aria-valuetext", /^Each number at most 1\.10e-6/);
  await page.getByTestId("chart-range").selectOption("200");
  await expect(chart(page, "Gradient norm")).toContainText(/100 % lately/);
  await expect(page.getByText(/Settings changed/)).toHaveCount(0);
  await page.getByTestId("pause").click();
  await expect(status(page)).toHaveText("paused");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
  expect(problems).toEqual([]);
});

test("every parameter has its norms by layer; one is looked at closely", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, { ...many, view: "parameters", "model.numLayers": 2 });
  await expect(page.getByText(/measured at the first step/)).toBeVisible();
  await trainTo(page, 60);
  const table = page.getByRole("table");
  await expect(table.getByRole("rowheader")).toHaveCount(11 + 4);
  for (const group of ["Embedding", "Layer 1", "Layer 2", "Output"]) await expect(table.getByText(group, { exact: true })).toBeVisible();
  await expect(page.getByTestId("parameter-summary")).toHaveText(/parameters (change|stand)/);
  const row = table.getByRole("row").filter({ hasText: "rnn.weight_hh_l1" });
  for (const cell of await row.getByRole("cell").all()) await expect(cell).toHaveText(/^[\d.e-]+( %)?$/);
  await row.getByRole("button").click();
  await expect(page.getByRole("heading", { name: "rnn.weight_hh_l1" })).toBeVisible();
  const ratio = page.getByRole("slider", { name: "Update / weight of rnn.weight_hh_l1 by step" });
  await ratio.focus();
  await ratio.press("End");
  await expect(ratio).toHaveAttribute("aria-valuetext", /^Step \d+; Ratio \d/);
  await expect(page.getByRole("slider", { name: /^Spectral radius, layer 2/ })).toHaveAttribute(
    "aria-valuetext",
    /r [\d.]+; z [\d.]+; n [\d.]+/,
  );
  const csv = await exported(page, "update / weight of rnn.weight_hh_l1", "CSV");
  const [header, first, second] = csv.bytes.toString().split("\r\n");
  expect(header).toBe("step,rnn.weight_hh_l1.ratio");
  expect(first).toMatch(/^1,[\d.e-]+$/);
  expect(second).toMatch(/^10,[\d.e-]+$/);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(problems).toEqual([]);
});
