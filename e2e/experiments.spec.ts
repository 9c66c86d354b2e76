import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { openPage } from "./openPage";
import { address, shown, smallCopy, status } from "./run";

const now = (page: Page) => page.getByTestId("experiment-now");

/** Trains the run that the card offers to its last step. */
async function runToEnd(page: Page): Promise<void> {
  await page.getByTestId("experiment-run").click();
  await expect(page.getByTestId("experiment-run")).toContainText("Train again", { timeout: 120_000 });
}

test("an experiment is one click, runs to its end and holds its claim against what it measured", { tag: "@page" }, async ({ page }) => {
  const problems = await openPage(page, address(smallCopy));
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  await page.getByRole("button", { name: "Guided experiments" }).click();
  await page.getByTestId("experiment-explode").click();
  await expect(page.getByTestId("experiment")).toContainText("Make it explode, then clip it");
  await expect.poll(() => new URL(page.url()).search).toBe("?experiment=explode");
  await expect(now(page)).toHaveText("Nothing measured yet.");

  await runToEnd(page);
  await expect.poll(() => shown(page, "step-count")).toBe(400);
  await expect(now(page)).toContainText("After 400 steps the loss is");
  await expect(page.getByTestId("experiment-outcome")).toHaveCount(0);

  await page.getByTestId("experiment-next").click();
  await expect.poll(() => new URL(page.url()).searchParams.get("stage")).toBe("2");
  await runToEnd(page);
  const outcome = page.getByTestId("experiment-outcome");
  await expect(outcome).toHaveAttribute("data-holds", "true");
  await expect(outcome).toContainText("As claimed.");

  // Other settings are no longer the experiment's; its button brings them back.
  await page.getByTestId("field-seed").fill("7");
  await expect(now(page)).toContainText("no longer those of the experiment");
  await page.getByTestId("experiment-run").click();
  await expect(page.getByTestId("field-seed")).toHaveValue("1");

  await page.getByRole("button", { name: "Leave the experiment" }).click();
  await expect(page.getByTestId("experiment")).toHaveCount(0);
  await expect.poll(() => new URL(page.url()).searchParams.get("preset")).toBe("copy-memory");
  expect(problems).toEqual([]);
});

test("an address opens an experiment at one of its runs; half precision says what it needs", { tag: "@page" }, async ({ page }) => {
  const problems = await openPage(page, "./?experiment=half&stage=2");
  await expect(page.getByTestId("experiment")).toContainText("Half precision");
  await expect(now(page)).toContainText("16-bit", { timeout: 60_000 });
  await expect(page.getByTestId("experiment-run")).toBeDisabled();
  await page.getByRole("button", { name: "In 32 bits" }).click();
  await expect(page.getByTestId("experiment-run")).toBeEnabled({ timeout: 60_000 });
  expect(problems).toEqual([]);
  await page.goto("./?experiment=explosion");
  await expect(page.getByText(/There is no experiment "explosion"\. Experiments: vanish, /)).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing on an experiment and the list of them, ${colorScheme}`, { tag: "@page" }, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await openPage(page, "./?experiment=explode&view=experiments");
    await expect(page.getByTestId("experiment-vanish")).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
  });
}
