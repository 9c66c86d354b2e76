import { expect, test } from "@playwright/test";
import { openRun, shown, smallCopy, status } from "./run";

test("Step trains one step, Pause holds, Reset begins anew with the same numbers", async ({ page }, info) => {
  const problems = await openRun(page, info, { ...smallCopy, epochs: 10_000 });
  expect(await shown(page, "step-count")).toBe(0);
  await page.getByTestId("step").click();
  await expect(page.getByTestId("step-count")).toHaveText("1");
  await expect(status(page)).toHaveText("paused");
  const firstLoss = await shown(page, "train-loss");
  expect(firstLoss).toBeGreaterThan(0.5);
  await page.getByTestId("step").click();
  await expect(page.getByTestId("step-count")).toHaveText("2");

  await page.getByTestId("train").click();
  await expect.poll(() => shown(page, "step-count")).toBeGreaterThan(20);
  await page.getByTestId("pause").click();
  await expect(status(page)).toHaveText("paused");
  const held = await shown(page, "step-count");
  await page.waitForTimeout(500);
  expect(await shown(page, "step-count")).toBe(held);

  await page.getByTestId("reset").click();
  await expect(page.getByTestId("step-count")).toHaveText("0");
  await expect(status(page)).toHaveText("ready");
  await page.getByTestId("step").click();
  await expect(page.getByTestId("step-count")).toHaveText("1");
  expect(await shown(page, "train-loss")).toBe(firstLoss);
  expect(problems).toEqual([]);
});

test("copy memory is learnt, and the last epoch ends the run", async ({ page }, info) => {
  const problems = await openRun(page, info, { ...smallCopy, batchSize: 256, epochs: 8, "optimizer.lr": 0.02 });
  await page.getByTestId("train").click();
  await expect(status(page)).toHaveText("finished", { timeout: 170_000 });
  expect(await shown(page, "val-accuracy")).toBeGreaterThan(60);
  expect(await shown(page, "step-count")).toBe(400);
  expect(problems).toEqual([]);
});

test("another seed gives another run; the same seed the same", async ({ page }, info) => {
  const firstLoss = async (seed: number): Promise<number> => {
    await openRun(page, info, { ...smallCopy, seed });
    await page.getByTestId("step").click();
    await expect(page.getByTestId("step-count")).toHaveText("1");
    return shown(page, "train-loss");
  };
  const [one, two, again] = [await firstLoss(1), await firstLoss(2), await firstLoss(1)];
  expect(two).not.toBe(one);
  expect(again).toBe(one);
});
