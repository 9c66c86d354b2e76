import { expect, test } from "@playwright/test";
import { openPage } from "./openPage";
import { address, openRun, shown, smallCopy, status } from "./run";

test("without a real GPU the page says so in one sentence and takes the CPU; the choice can be changed", async ({ page }, info) => {
  const problems = await openPage(page, address(smallCopy));
  await expect(page.getByText(/through WebAssembly/)).toBeVisible();
  await expect(page.locator(".device")).toContainText("WebAssembly", { timeout: 60_000 });
  if (info.project.name === "webgpu") {
    await page.getByTestId("executor-choice").selectOption("webgpu");
    await expect(page.locator(".device")).toContainText("SwiftShader", { timeout: 60_000 });
    expect(new URL(page.url()).searchParams.get("executor")).toBe("webgpu");
    // A second run on the same device.
    await page.getByTestId("field-model.hiddenSize").fill("12");
    await expect(page.getByTestId("field-model.hiddenSize")).toHaveValue("12");
    await expect.poll(() => new URL(page.url()).searchParams.get("model.hiddenSize")).toBe("12");
    await page.getByTestId("step").click();
    await expect.poll(() => shown(page, "step-count"), { timeout: 90_000 }).toBe(1);
  }
  expect(problems).toEqual([]);
});

test("asking for WebGPU where there is none gives a sentence, and the CPU still works", async ({ page }, info) => {
  if (info.project.name === "webgpu") {
    // Here WebGPU exists; asking for it works.
    await openRun(page, info, smallCopy);
    await expect(page.locator(".device")).toContainText("WebGPU");
    return;
  }
  await openPage(page, "./?preset=copy-memory&executor=webgpu");
  await expect(page.getByTestId("error")).toBeVisible({ timeout: 60_000 });
  await page.getByTestId("executor-choice").selectOption("cpu");
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
});

test("the page stays responsive while it trains", { tag: "@page" }, async ({ page }, info) => {
  await openRun(page, info, { ...smallCopy, epochs: 10_000 });
  await page.getByTestId("train").click();
  await expect.poll(() => shown(page, "step-count")).toBeGreaterThan(5);
  await page.getByTestId("field-model.hiddenSize").fill("12");
  await expect(page.getByText(/Settings changed/)).toBeVisible();
  await page.getByTestId("pause").click();
  await expect(status(page)).toHaveText("paused");
});

test("the settings are in the address, and the address brings them back", { tag: "@page" }, async ({ page }, info) => {
  await openRun(page, info, smallCopy);
  await page.getByTestId("field-model.hiddenSize").fill("20");
  await expect.poll(() => new URL(page.url()).searchParams.get("model.hiddenSize")).toBe("20");
  await page.reload();
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  await expect(page.getByTestId("field-model.hiddenSize")).toHaveValue("20");
});
