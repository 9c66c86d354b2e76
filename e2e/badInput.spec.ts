import { expect, type Page, test } from "@playwright/test";
import { openPage } from "./openPage";
import { openRun, shown, smallChars, smallCopy, status } from "./run";

/** The page still trains: one step of what is open. */
async function expectUsable(page: Page): Promise<void> {
  const before = await shown(page, "step-count");
  await page.getByTestId("step").click();
  await expect.poll(() => shown(page, "step-count")).toBe(before + 1);
}

const numbers = [
  ["0", "whole number from 1 to 4096"],
  ["10000000", "whole number from 1 to 4096"],
  ["", "whole number from 1 to 4096"],
  ["NaN", "whole number from 1 to 4096"],
  ["1.5", "whole number from 1 to 4096"],
] as const;
for (const [typed, sentence] of numbers) {
  test(`a hidden size of "${typed}" is refused with a sentence`, async ({ page }, info) => {
    const problems = await openRun(page, info, smallCopy);
    const field = page.getByTestId("field-model.hiddenSize");
    await field.fill(typed);
    await expect(page.getByText(sentence).first()).toBeVisible();
    await expect(page.getByTestId("train")).toBeDisabled();
    await field.fill("8");
    await expect(page.getByTestId("train")).toBeEnabled();
    await expectUsable(page);
    expect(problems).toEqual([]);
  });
}

test("a wrong address falls back to the preset with a sentence", async ({ page }) => {
  const problems = await openPage(page, "./?preset=copy-memory&model.hiddenSize=0&executor=quantum");
  await expect(page.getByText(/hiddenSize|Hidden size/).first()).toBeVisible();
  await expect(page.getByText(/quantum/)).toBeVisible();
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  expect(problems).toEqual([]);
});

const texts = [
  ["an empty text", "", /empty/i],
  ["a text with one distinct character", "a".repeat(5000), /one character/i],
  ["a text that is too short", "To be, or not to be.", /too short|at least/i],
  ["a binary file", "\u0000\u0001\u0002".repeat(100), /not a plain text/i],
] as const;
for (const [name, content, sentence] of texts) {
  test(`${name} is refused with a sentence`, async ({ page }, info) => {
    const problems = await openRun(page, info, smallChars);
    const transfer = await page.evaluateHandle((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], "mine.txt", { type: "text/plain" }));
      return data;
    }, content);
    await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
    await expect(page.getByTestId("error")).toContainText(sentence);
    await page.getByTestId("preset-copy-memory").click();
    await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
    await expectUsable(page);
    expect(problems).toEqual([]);
  });
}

test("without data the page opens on a task that needs none and says so", async ({ page }) => {
  await page.route("**/data/**", (route) => route.fulfill({ status: 404, body: "" }));
  await openPage(page);
  await expect(page.getByText(/npm run data/).first()).toBeVisible();
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  await expectUsable(page);
});

test("a truncated data file is named, with what was expected", async ({ page }) => {
  await page.route("**/t10k-labels-idx1-ubyte.gz", (route) =>
    route.fulfill({ body: Buffer.from([0, 0, 8, 1, 0, 0, 0x27, 0x10, 7, 2, 1]), contentType: "application/octet-stream" }),
  );
  await openPage(page, "./?preset=digits-small");
  await expect(page.getByTestId("error")).toContainText("t10k-labels", { timeout: 60_000 });
  await page.getByTestId("preset-copy-memory").click();
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  await expectUsable(page);
});
