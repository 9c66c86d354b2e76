import { expect, test } from "@playwright/test";
import { openPage } from "./openPage";

test("the page opens without an error, isolated, and asks nobody else for anything", async ({ page, baseURL }) => {
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    const url = request.url();
    if (url.startsWith("http") && !url.startsWith(baseURL ?? "none")) elsewhere.push(url);
  });
  const problems = await openPage(page);
  await expect(page).toHaveTitle(/Unroll/);
  await expect(page.getByRole("button", { name: "Train" })).toBeVisible();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(elsewhere).toEqual([]);
  expect(problems).toEqual([]);
});

test("the browser has the WebGPU adapter that its project stands for", async ({ page }, { project }) => {
  await openPage(page);
  const hasAdapter = await page.evaluate(async () => ((await navigator.gpu?.requestAdapter()) ?? null) !== null);
  expect(hasAdapter).toBe(project.name === "webgpu");
});

test("data files arrive byte for byte, and a missing one is a 404", async ({ request }) => {
  const labels = await request.get("data/mnist/t10k-labels-idx1-ubyte.gz");
  expect(labels.headers()["content-encoding"]).toBeUndefined();
  expect((await labels.body()).length).toBe(4542);
  expect((await request.get("data/none.gz")).status()).toBe(404);
});
