import { join } from "node:path";
import { ensureBrowser } from "./browser.mjs";
import { missingSentence, prepareData } from "./dataStep.mjs";
import { installed, root } from "./paths.mjs";
import { Problem, run } from "./processes.mjs";
import { setUp } from "./setup.mjs";
import { buildWasm } from "./wasm.mjs";

/** @typedef {import("@playwright/test").Page} Page */

/** SwiftShader's WebGPU, where Chromium finds no GPU. */
const software = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];

/**
 * Builds the page, serves it on a port of its own and opens a browser, which ends with the work, or with Ctrl-C.
 * @template T
 * @param {{ signal: AbortSignal, executor: "cpu" | "webgpu", flags?: readonly string[] }} options
 * @param {(opened: { browser: import("@playwright/test").Browser, address: string }) => Promise<T>} work
 * @returns {Promise<T>}
 * @throws {Problem} if something is missing, or the page cannot be built.
 */
export async function withServedPage({ signal, executor, flags = [] }, work) {
  await setUp({ signal });
  const missing = await prepareData(signal);
  if (missing.length > 0) console.error(missingSentence(missing));
  await buildWasm();
  const executablePath = await ensureBrowser(signal);
  console.error("Building the page ...");
  if ((await run(process.execPath, [installed("vite", "bin", "vite.js"), "build", "--logLevel", "error"], { signal })) !== 0)
    throw new Problem("The page could not be built (see above).");
  const [vite, { chromium }] = await Promise.all([import("vite"), import("@playwright/test")]);
  const server = await vite.preview({
    root,
    configFile: join(root, "vite.config.ts"),
    logLevel: "warn",
    preview: { port: 0, host: "127.0.0.1" },
  });
  const noSandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const args = [...noSandbox, ...flags, ...(executor === "webgpu" ? software : [])];
  const browser = await chromium.launch({ executablePath, args });
  const close = async () => {
    await browser.close();
    await server.close();
  };
  signal.addEventListener("abort", () => void close(), { once: true });
  try {
    return await work({ browser, address: server.resolvedUrls?.local[0] ?? "" });
  } finally {
    await close();
  }
}

/**
 * Waits until the run's status is one of these.
 * @param {Page} page @param {readonly string[]} wanted @param {AbortSignal} [signal]
 * @returns {Promise<string>} the status.
 * @throws {Problem} if the run fails instead.
 */
export async function reachStatus(page, wanted, signal) {
  const status = page.getByTestId("status");
  for (;;) {
    signal?.throwIfAborted();
    const text = (await status.textContent()) ?? "";
    if (wanted.includes(text)) return text;
    if (text === "failed") throw new Problem(`The run failed: ${await page.getByRole("alert").first().textContent()}`);
    await page.waitForTimeout(50);
  }
}

/** Steps done, as the page shows them. @param {Page} page */
export async function stepCount(page) {
  return Number.parseInt(((await page.getByTestId("step-count").textContent()) ?? "").replaceAll(",", ""), 10) || 0;
}

/**
 * The views of the page, in their order; each is opened by its tab.
 * @param {Page} page
 * @returns {Promise<readonly { title: string, open: () => Promise<void> }[]>}
 */
export async function viewsOf(page) {
  const tabs = page.locator(".view-tabs").getByRole("tab");
  const titles = await tabs.allTextContents();
  return titles.map((title, i) => ({ title, open: () => tabs.nth(i).click() }));
}
