import { expect, type Page, test } from "@playwright/test";
import { openPage } from "./openPage";
import { address, shown, smallCopy, status } from "./run";

const kernel = "softmax_cross_entropy";

/** Serves the worker's script with one sign flipped in one kernel's WGSL. */
async function breakKernel(page: Page): Promise<void> {
  await page.route("**/assets/worker-*.js", async (route) => {
    const response = await route.fetch();
    const right = await response.text();
    const wrong = right.replace(/(let d = exp\(.*?) - (select\()/, "$1 + $2");
    if (wrong === right) throw new Error(`the built worker's script has no line of ${kernel} to break`);
    await route.fulfill({ response, body: wrong });
  });
}

test("a kernel that computes wrong is named, and training moves to the CPU", async ({ page }) => {
  test.setTimeout(400_000);
  await breakKernel(page);
  const problems = await openPage(page, address({ ...smallCopy, executor: "webgpu" }));
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  const banner = page.getByTestId("device-banner");
  await expect(banner).toBeHidden();
  await page.getByRole("button", { name: "Not checked yet" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Check WebGPU", exact: true }).click();
  const verdict = page.getByTestId("check-verdict");
  await expect(verdict).toContainText(`The kernel ${kernel} does not compute right.`, { timeout: 120_000 });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(verdict).toContainText("Cancelled", { timeout: 60_000 });
  await expect(dialog.getByRole("row", { name: new RegExp(kernel) })).toContainText(/case .*d_logits\[\d+\] is .* should be/);
  await page.keyboard.press("Escape");

  await expect(banner).toContainText(`the kernel ${kernel} does not compute right`);
  await expect(page.locator(".device")).toContainText("failed its check");
  await banner.getByRole("button", { name: "Train on the CPU" }).click();
  await expect(page.locator(".device")).toContainText("WebAssembly", { timeout: 60_000 });
  await expect.poll(() => shown(page, "step-count")).toBeGreaterThan(5);

  // A later visit says it again. WebGPU can be chosen all the same, but not without a warning.
  // SwiftShader may still be compiling what was begun before the Cancel, and a page that waits too long for it does without WebGPU.
  await expect(async () => {
    await page.goto(address(smallCopy));
    await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
    await expect(banner).toContainText("Training runs on the CPU instead.", { timeout: 1_000 });
  }).toPass({ timeout: 120_000 });
  await expect(page.locator(".device")).toContainText("WebAssembly");
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByTestId("executor-choice").selectOption("webgpu");
  await expect(page.locator(".device")).toContainText("SwiftShader", { timeout: 60_000 });
  await expect(banner).toContainText("cannot be trusted");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(problems).toEqual([]);
});
