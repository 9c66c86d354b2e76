import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { openRun, shown, smallCopy, status } from "./run";

/** Two layers of an LSTM over seven steps, every training step measured. */
const measured = { ...smallCopy, "model.cell": "lstm", "model.numLayers": 2, "model.hiddenSize": 8, probe: 1, view: "time" } as const;

/** One step after another: a run that trains freely may lose measured steps, the first among them. */
async function takeSteps(page: Page, count: number): Promise<void> {
  for (let step = 1; step <= count; step++) {
    await page.getByTestId("step").click();
    await expect.poll(() => shownStep(page)).toBe(step);
    await expect(status(page)).toHaveText("paused");
  }
}

const shownStep = async (page: Page): Promise<number> =>
  Number.parseFloat(((await page.getByTestId("shown-step").textContent()) ?? "").replace("step ", "").replaceAll(",", ""));
const reading = (page: Page, id: string): Promise<string | null> => page.getByTestId(`reading-${id}`).textContent();

test("pointing, arrow keys and the table give a cell's numbers", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, measured);
  await takeSteps(page, 2);
  const network = page.getByTestId("network");
  const title = page.locator("#cell-title");
  // A column is 44 pixels wide; the upper layer's cells begin 52 pixels below the top.
  await network.hover({ position: { x: 8 + 2 * 44 + 10, y: 60 } });
  await expect(title).toHaveText("Layer 2, step 3 of 7");
  await page.mouse.move(0, 0);
  await expect(title).toHaveText("Layer 1, step 1 of 7");
  // The curve's left end is the loss: the last step of the same layer.
  await page.locator(".horizon-chart").hover({ position: { x: 50, y: 60 } });
  await expect(title).toHaveText("Layer 1, step 7 of 7");
  await network.press("End");
  await network.press("ArrowUp");
  await network.press("ArrowLeft");
  await expect(title).toHaveText("Layer 2, step 6 of 7");
  const value = await reading(page, "dHidden");
  expect(Number(value)).toBeGreaterThan(0);
  await expect(page.getByTestId("spoken")).toHaveText(`Layer 2, step 6 of 7: Gradient of the hidden state, ${value}`);
  expect(Number(await reading(page, "dCell"))).toBeGreaterThan(0);
  await page.getByText("Numbers as a table").click();
  await expect(page.locator(".probe-table tbody tr").nth(5).locator("td").nth(1)).toHaveText(String(value));
  await page.getByTestId("quantity").selectOption("f-both");
  await expect(page.locator(".probe-table tbody tr").nth(5).locator("td").nth(1)).toHaveText(/%$/);
  expect(problems).toEqual([]);
});

test("the slider goes back through the run's history; Live follows it; Reset forgets it", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, measured);
  await expect(page.getByTestId("shown-step")).toHaveText("–");
  await takeSteps(page, 6);
  const [last, sentence] = [await reading(page, "horizon"), await page.getByTestId("diagnosis").textContent()];
  const slider = page.getByTestId("scrub");
  await slider.press("Home");
  await expect.poll(() => shownStep(page)).toBe(1);
  expect(await reading(page, "horizon")).not.toBe(last);
  await expect(page.getByTestId("live")).toHaveAttribute("aria-pressed", "false");
  await slider.press("End");
  for (let i = 0; i < 3; i++) await slider.press("ArrowLeft");
  await expect.poll(() => shownStep(page)).toBe(3);
  await page.getByRole("button", { name: "Play through the run" }).click();
  await expect.poll(() => shownStep(page)).toBe(6);
  await expect(page.getByRole("button", { name: "Play through the run" })).toBeVisible();
  await page.getByTestId("live").click();
  await expect(page.getByTestId("live")).toHaveAttribute("aria-pressed", "true");
  expect([await reading(page, "horizon"), await page.getByTestId("diagnosis").textContent()]).toEqual([last, sentence]);
  await page.getByRole("button", { name: "Reset", exact: true }).click();
  await expect(page.getByTestId("shown-step")).toHaveText("–");
  expect(problems).toEqual([]);
});

test("a range that is kept holds while the quantity changes and comes back", { tag: "@page" }, async ({ page }, info) => {
  await openRun(page, info, measured);
  await takeSteps(page, 1);
  const ticks = page.locator(".legend-ticks");
  const kept = await ticks.textContent();
  await page.getByTestId("pin").check();
  await page.getByTestId("quantity").selectOption("hiddenDeviation");
  await expect(ticks).toHaveText("00.250.50.751");
  await page.getByTestId("quantity").selectOption("dHidden");
  await expect(page.getByTestId("pin")).toBeChecked();
  expect(await ticks.textContent()).toBe(kept);
});

test(
  "the strip above the curves leads to the view, moves nothing, and is gone when nothing is measured",
  { tag: "@page" },
  async ({ page }, info) => {
    await openRun(page, info, { ...measured, view: "training" });
    const strip = page.getByRole("region", { name: /Gradient through time/ });
    await expect(strip).toBeVisible();
    const charts = page.getByRole("region", { name: "Charts" });
    const before = (await charts.boundingBox())?.y;
    await page.getByTestId("step").click();
    await expect(strip.getByTestId("diagnosis")).toBeVisible();
    expect((await charts.boundingBox())?.y).toBe(before);
    await strip.getByRole("button", { name: "Look closer" }).click();
    await expect(page.getByTestId("network")).toBeVisible();
    await page.getByTestId("probe-every").selectOption("0");
    expect(new URL(page.url()).searchParams.get("probe")).toBe("0");
    await page.getByTestId("step").click();
    await expect.poll(() => shown(page, "step-count")).toBe(2);
    expect(await shownStep(page)).toBe(1);
    await page.getByRole("tab", { name: "Training" }).click();
    await expect(charts).toBeVisible();
    await expect(strip).toBeHidden();
  },
);

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing in the view, ${colorScheme}`, { tag: "@page" }, async ({ page }, info) => {
    await page.emulateMedia({ colorScheme });
    await openRun(page, info, { ...measured, "bptt.kind": "fixed", "bptt.k": 3 });
    await takeSteps(page, 1);
    await page.getByTestId("path").check();
    await page.getByText("Numbers as a table").click();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
  });
}

test("at 360 pixels only the drawing scrolls", { tag: "@page" }, async ({ page }, info) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openRun(page, info, { ...measured, "task.delay": 200 });
  await page.getByTestId("step").click();
  await expect.poll(() => shownStep(page)).toBe(1);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const scroller = page.locator(".network-scroll");
  const place = () => scroller.evaluate((element) => ({ left: element.scrollLeft, most: element.scrollWidth - element.clientWidth }));
  // The loss at the end is seen first; the cursor takes the drawing with it.
  expect((await place()).left).toBe((await place()).most);
  await page.getByTestId("network").press("Home");
  expect((await place()).left).toBeLessThan(20);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
});
