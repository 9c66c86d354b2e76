import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { openRun, shown, smallChars, smallCopy, smallDigits } from "./run";

const tabs = (page: Page) => page.locator(".view-tabs").getByRole("tab");

/** Opens each view in turn, once its code is loaded and something of it is drawn. */
async function everyView(page: Page, look: (title: string) => Promise<void>): Promise<void> {
  for (const tab of await tabs(page).all()) {
    const title = (await tab.textContent()) ?? "";
    await tab.click();
    await expect(page.locator(".view[data-state=active] .view-loading")).toHaveCount(0);
    await expect(page.locator(".view[data-state=active] > *").first()).toBeVisible();
    await look(title);
  }
}

const runs = [
  ["digits", smallDigits],
  ["text", smallChars],
  ["copy memory", smallCopy],
] as const;

for (const [name, settings] of runs) {
  test(
    `every view of a run on ${name}: axe finds nothing in light and dark, and nothing overflows at 360 pixels`,
    { tag: "@page" },
    async ({ page }, info) => {
      const problems = await openRun(page, info, settings);
      for (let step = 1; step <= 2; step++) {
        await page.getByTestId("step").click();
        await expect.poll(() => shown(page, "step-count")).toBe(step);
      }
      await everyView(page, async (title) => {
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          // What is around the views is the same with each.
          const axe = new AxeBuilder({ page });
          const { violations } = await (title === "Training" ? axe : axe.include("main")).analyze();
          const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
          expect(found, `${title}, ${colorScheme}`).toEqual([]);
        }
      });
      await page.setViewportSize({ width: 360, height: 740 });
      await everyView(page, async (title) => {
        expect(await page.evaluate(() => document.documentElement.scrollWidth), title).toBeLessThanOrEqual(360);
      });
      expect(problems).toEqual([]);
    },
  );
}
