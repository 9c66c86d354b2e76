import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { openRun, type Settings, shown, smallChars, smallCopy, smallDigits, status } from "./run";

const view = (settings: Settings): Settings => ({ ...settings, view: "inside" });

async function trainTo(page: Page, steps: number): Promise<void> {
  await page.getByTestId("train").click();
  await expect.poll(() => shown(page, "step-count"), { timeout: 90_000 }).toBeGreaterThan(steps);
  await page.getByTestId("pause").click();
  await expect(status(page)).toHaveText("paused");
}

async function isClean(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
  }
}

async function fits360(page: Page): Promise<void> {
  await page.setViewportSize({ width: 360, height: 740 });
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
}

test("inside a digit: drawn, scrubbed row by row, its gradient by row, one unit's gates", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, view(smallDigits));
  // The first test digit is read at once, by weights that are still random.
  await expect(page.getByTestId("digit-board")).toBeVisible();
  await expect(page.getByTestId("inside-untrained")).toBeVisible();
  await trainTo(page, 100);
  await expect(page.getByTestId("inside-step")).toContainText(/^Read at step [1-9]/);
  await expect(page.getByTestId("inside-untrained")).toHaveCount(0);

  const pad = await page.getByTestId("pad").boundingBox();
  if (pad === null) throw new Error("the pad is not visible");
  const before = await page.getByTestId("inside-rows").textContent();
  await page.mouse.move(pad.x + 0.5 * pad.width, pad.y + 0.2 * pad.height);
  await page.mouse.down();
  await page.mouse.move(pad.x + 0.5 * pad.width, pad.y + 0.8 * pad.height, { steps: 8 });
  await page.mouse.up();
  await expect(page.getByTestId("inside-rows")).not.toHaveText(before ?? "");
  await expect(page.getByTestId("inside-rows")).toContainText(/Rows \d+, \d+ and \d+ hold \d+ % of the squared gradient/);

  const verdict = page.getByTestId("inside-verdict");
  await expect(verdict).toHaveText(/^After row 28: \d, \d+\.\d %$/);
  const rows = page.getByRole("slider", { name: "After row" });
  await rows.press("Home");
  await expect(verdict).toHaveText(/^After row 1: /);
  // Pressing a unit's column chooses it, and the row that was pressed.
  const layer = page.locator(".board-layer .board-area").first();
  await layer.click({ position: { x: 3, y: 100 } });
  await expect(page.getByLabel("Unit", { exact: true })).toHaveValue("0");
  await page.getByRole("button", { name: "Next unit" }).click();
  await expect(page.getByRole("heading", { name: /^Unit 1 of layer 1 after row \d+$/ })).toBeVisible();
  await expect(page.locator(".unit-values div")).toHaveCount(4);
  await page.getByLabel("Show", { exact: true }).selectOption("z");
  await page.getByLabel("Gradient of", { exact: true }).selectOption("3");
  await isClean(page);
  await fits360(page);
  expect(problems).toEqual([]);
});

test("inside a text: coloured by a unit, character by character, units ranked", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, view({ ...smallChars, "model.cell": "lstm", "model.hiddenSize": 24 }));
  await trainTo(page, 60);
  await page.getByRole("button", { name: "Read again" }).click();
  await expect(page.getByTestId("inside-step")).not.toContainText("the run is at");
  const text = page.getByTestId("inside-text");
  const character = text.locator("[data-at='57']");
  const colourOf = () => character.evaluate((element) => getComputedStyle(element).backgroundColor);
  await expect.poll(colourOf).toMatch(/^rgb/);

  const facts = page.getByTestId("inside-character");
  await character.hover();
  await expect(facts).toContainText("Character 58 of 600");
  await expect(facts.getByRole("listitem").first()).toContainText("%");
  await text.focus();
  await page.keyboard.press("ArrowRight");
  await expect(facts).toContainText("Character 59 of 600");
  await expect(text).toHaveAttribute("aria-valuetext", /hidden state h of unit 0, layer 1: -?\d\.\d\d\. Expected: /);

  // A press on a cell of all units chooses that unit; its value is there at once.
  await page
    .locator(".unit-grid")
    .nth(0)
    .click({ position: { x: 2, y: 2 } });
  await expect(page.getByLabel("Unit", { exact: true })).toHaveValue("0");
  await page.getByTestId("rank").click();
  const concepts = page.getByTestId("concepts");
  await expect(concepts).toBeVisible({ timeout: 60_000 });
  await expect(concepts).toContainText("has no quotation marks");
  const before = await colourOf();
  const best = concepts.getByRole("button", { name: /^Colour by/ }).first();
  await best.click();
  // The same unit may be the best for another concept too.
  await expect(best).toHaveAttribute("aria-pressed", "true");
  await expect.poll(colourOf).not.toBe(before);
  await isClean(page);

  await page.getByLabel("Read", { exact: true }).selectOption("own");
  await page.getByLabel("A text to read").fill("ROMEO:\nI am \u00a7 here.");
  await page.getByRole("button", { name: "Read it" }).click();
  await expect(text.locator("[data-at]")).toHaveCount(18);
  await expect(page.getByText('The training text lacks "§"; left out.')).toBeVisible();
  await fits360(page);
  expect(problems).toEqual([]);
});

test("inside copy memory: what each unit holds over the pause", { tag: "@page" }, async ({ page }, info) => {
  const problems = await openRun(page, info, view(smallCopy));
  const text = page.getByTestId("inside-text");
  await expect(text).toHaveText(/^[a-d]{2}··▸··$/);
  await text.focus();
  await page.keyboard.press("End");
  await expect(page.getByTestId("inside-character")).toContainText("asked for");
  await page.getByRole("button", { name: "Another sequence" }).click();
  await expect(page.getByText("Sequence 2 of those")).toBeVisible();
  await isClean(page);
  await fits360(page);
  expect(problems).toEqual([]);
});
