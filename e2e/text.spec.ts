import { expect, test } from "@playwright/test";
import { openRun, shown, smallChars, status } from "./run";

test("a small network learns Shakespeare: validation loss under 2.5 nats, and it writes", async ({ page }, info) => {
  const problems = await openRun(page, info, smallChars);
  await page.getByTestId("train").click();
  await expect.poll(() => shown(page, "val-loss"), { timeout: 170_000, intervals: [500] }).toBeLessThan(2.5);
  await page.getByTestId("pause").click();
  await expect(status(page)).toHaveText("paused");

  const output = page.getByTestId("sample-output");
  await page.getByRole("button", { name: "Write" }).click();
  // The prompt, then 80 characters, which come one after another.
  await expect.poll(async () => ((await output.textContent()) ?? "").length, { timeout: 60_000 }).toBeGreaterThanOrEqual(80);
  expect(await output.textContent()).toContain("ROMEO:");
  expect(problems).toEqual([]);
});

test("a dropped text trains", async ({ page }, info) => {
  const problems = await openRun(page, info, smallChars);
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["All work and no play makes Jack a dull boy. ".repeat(2000)], "jack.txt", { type: "text/plain" }));
    return data;
  });
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  await expect.poll(() => shown(page, "step-count"), { timeout: 90_000 }).toBeGreaterThan(30);
  await expect.poll(() => shown(page, "train-loss"), { timeout: 90_000 }).toBeLessThan(2.5);
  await page.getByTestId("pause").click();
  await expect(status(page)).toHaveText("paused");
  expect(problems).toEqual([]);
});
