import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { openPage } from "./openPage";
import { address, smallCopy } from "./run";

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
}

test("Check my GPU runs to the end, and everything computes right", async ({ page, context }, info) => {
  test.setTimeout(400_000);
  const isGpu = info.project.name === "webgpu";
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const problems = await openPage(page, address(smallCopy));
  const opener = page.getByRole("button", { name: "Check my GPU" });
  await opener.click();
  const dialog = page.getByRole("dialog");
  const verdict = page.getByTestId("check-verdict");
  if (!isGpu) await expect(dialog).toContainText("no WebGPU device");
  await dialog.getByRole("button", { name: isGpu ? "Check WebGPU" : "Check the CPU's kernels", exact: true }).click();
  await expect(verdict).toContainText("Checking", { timeout: 60_000 });

  // The check goes on while the dialog is closed.
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();
  await opener.click();
  await expect(verdict).toHaveText(/^All \d+ kernels and all [45] gradients compute right on this device\.$/, { timeout: 390_000 });
  expect(await dialog.getByRole("row").count()).toBeGreaterThan(40);
  await expect(dialog.getByRole("row", { name: /lstm_sequence_backward \d/ })).toContainText(/0\.\d+$/);
  await expect(dialog.getByRole("row", { name: /gru_reset_before/ })).toContainText("rnn.");
  await expect(dialog.getByRole("region", { name: "Device" })).toContainText(isGpu ? "SwiftShader" : "WebAssembly");

  const copy = dialog.getByRole("button", { name: "Copy report" });
  await copy.click();
  await expect(dialog.getByText("Copied.")).toBeVisible();
  const report = await page.evaluate(() => navigator.clipboard.readText());
  expect(report).toMatch(/- Unroll: \d+\.\d+\.\d+/);
  expect(report).toContain("| lstm_sequence_backward |");
  if (isGpu) expect(report).toMatch(/- maxStorageBuffersPerShaderStage: \d+/);

  // Where the browser refuses the clipboard, the report can be copied by hand.
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("Write permission denied.", "NotAllowedError"));
  });
  await copy.click();
  const field = dialog.getByLabel("Report", { exact: true });
  await expect(field).toBeFocused();
  expect(await field.evaluate((area: HTMLTextAreaElement) => area.selectionEnd - area.selectionStart)).toBeGreaterThan(1000);

  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectNoViolations(page);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await dialog.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
  expect(problems).toEqual([]);
});
