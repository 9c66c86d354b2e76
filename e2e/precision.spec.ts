import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { openPage } from "./openPage";
import { address, executorOf, openRun, shown, smallCopy, status } from "./run";

/** Neither the CPU executor nor SwiftShader has 16-bit floats. */
const reasons = {
  cpu: "The CPU computes in 32-bit floats only; 16-bit floats need WebGPU.",
  webgpu: /^16-bit floats need WebGPU's shader-f16, which .*SwiftShader.* lacks\.$/,
} as const;

test("the control of the precision is off where the device has no 16-bit floats, and says why", async ({ page }, info) => {
  const problems = await openRun(page, info, smallCopy);
  const control = page.getByTestId("field-precision");
  await expect(control).toBeDisabled();
  await expect(control).toHaveValue("f32");
  await expect(page.getByTestId("lack-precision")).toHaveText(reasons[executorOf(info)]);
  if (executorOf(info) === "webgpu") {
    await page.getByTestId("executor-choice").selectOption("cpu");
    await expect(page.getByTestId("lack-precision")).toContainText("The CPU computes in 32-bit floats only");
  }
  await expect(page.locator(".device")).toContainText("f32", { timeout: 60_000 });
  expect(problems).toEqual([]);
});

test("an address that asks for 16-bit floats where there are none gets a sentence and the way back", async ({ page }, info) => {
  const problems = await openPage(page, address({ ...smallCopy, executor: executorOf(info), precision: "f16" }));
  const error = page.getByTestId("error");
  await expect(error).toContainText(/half precision/, { timeout: 60_000 });
  await expect(status(page)).toHaveText("failed");
  await expect(page.locator("figure.chart")).toHaveCount(3);
  const control = page.getByTestId("field-precision");
  await expect(control).toBeEnabled();
  await expect(control).toHaveAttribute("aria-invalid", "true");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);

  await error.getByRole("button", { name: "Use 32-bit float" }).click();
  await expect(error).toBeHidden();
  await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
  await expect(control).toHaveValue("f32");
  expect(new URL(page.url()).searchParams.get("precision")).toBeNull();
  await page.getByTestId("step").click();
  await expect.poll(() => shown(page, "step-count")).toBe(1);
  expect(problems).toEqual([]);
});

/** Serves the worker's script so that the executors emulate half precision: the same numbers, kept in 32 bits. */
async function emulateHalf(page: Page): Promise<void> {
  await page.route("**/assets/worker-*.js", async (route) => {
    const response = await route.fetch();
    const plain = await response.text();
    const emulating = plain.replaceAll(/\b(emulateHalf:\w+)=!1/g, "$1=!0");
    if (emulating === plain) throw new Error("the built worker's script has no emulateHalf to turn on");
    await route.fulfill({ response, body: emulating });
  });
}

test("a run in half precision shows its loss scale, its skipped steps and what underflows", { tag: "@page" }, async ({ page }, info) => {
  await emulateHalf(page);
  const problems = await openRun(page, info, { ...smallCopy, precision: "f16", epochs: 10_000 });
  await expect(page.locator(".device")).toContainText("f16");
  await page.getByTestId("train").click();
  await expect.poll(() => shown(page, "step-count")).toBeGreaterThan(60);
  await page.getByTestId("pause").click();
  await expect(status(page)).toHaveText("paused");
  expect(await shown(page, "loss-scale")).toBe(65_536);
  expect(await shown(page, "skipped-steps")).toBe(0);
  expect(await shown(page, "underflow")).toBeGreaterThan(0);
  const charts = page.locator("figure.chart");
  await expect(charts).toHaveCount(5);
  for (const name of ["Loss scale", "Underflow"]) {
    const path = charts.filter({ has: page.getByRole("heading", { name }) }).locator("path.curve");
    expect(((await path.first().getAttribute("d")) ?? "").length).toBeGreaterThan(50);
    await page.getByRole("button", { name: `About ${name.toLowerCase()}` }).click();
    await expect(page.getByRole("dialog", { name })).toContainText("16-bit floats");
    await page.keyboard.press("Escape");
  }
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);

  // In 32 bits there is nothing of the kind.
  await page.getByTestId("field-precision").selectOption("f32");
  await page.getByRole("button", { name: "Start anew" }).click();
  await expect(charts).toHaveCount(3);
  await expect(page.getByTestId("loss-scale")).toBeHidden();
  expect(problems).toEqual([]);
});
