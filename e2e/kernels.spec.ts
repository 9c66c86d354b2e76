import { expect, test } from "@playwright/test";
import { openPage } from "./openPage";

test("every kernel equals its twin on this browser's WebGPU", async ({ page }, info) => {
  test.setTimeout(400_000);
  const problems = await openPage(page, "./?preset=copy-memory");
  await page.getByRole("button", { name: "Check this device" }).click();
  const dialog = page.getByRole("dialog");
  if (info.project.name === "webgpu") {
    await dialog.getByRole("button", { name: "Start" }).click();
    await expect(dialog.getByText(/^All \d+ kernels/)).toBeVisible({ timeout: 390_000 });
    expect(await dialog.getByRole("row").count()).toBeGreaterThan(30);
  } else {
    await expect(dialog).toContainText("no WebGPU device");
  }
  expect(problems).toEqual([]);
});
