import "./lib/node.mjs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureBrowser } from "./lib/browser.mjs";
import { missingSentence, prepareData } from "./lib/dataStep.mjs";
import { installed, root } from "./lib/paths.mjs";
import { Problem, run, runMain } from "./lib/processes.mjs";
import { setUp } from "./lib/setup.mjs";
import { buildWasm } from "./lib/wasm.mjs";

// What training costs the page itself: long tasks of its main thread, frames, and memory over many resets.

const usage = `npm run page-costs -- [--preset digits-rnn] [--seconds 20] [--resets 50] [--executor cpu|webgpu] [--set FIELD=VALUE ...] [--json]
  --preset    what is trained
  --seconds   how long it is watched while it trains
  --resets    runs of a few steps, each ended by Reset, whose memory is compared; 0 for none
  --executor  cpu, or webgpu (SwiftShader, where Chromium finds no GPU)
  --set       one more parameter of the page's address, such as model.hiddenSize=64 or threads=1; may be repeated
  --json      prints one JSON object`;

/** A task of this length or more is what the browser's Long Tasks API reports, and what a person may notice. */
const LONG_TASK_MS = 50;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        preset: { type: "string", default: "digits-rnn" },
        seconds: { type: "string", default: "20" },
        resets: { type: "string", default: "50" },
        executor: { type: "string", default: "cpu" },
        set: { type: "string", multiple: true, default: [] },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const [seconds, resets] = [Number(values.seconds), Number(values.resets)];
    if (!(seconds >= 1 && seconds <= 3600)) throw new Problem("--seconds must be a number from 1 to 3600", 2);
    if (!Number.isInteger(resets) || resets < 0 || resets > 10_000) throw new Problem("--resets must be a whole number from 0 to 10000", 2);
    if (values.executor !== "cpu" && values.executor !== "webgpu") throw new Problem("--executor is cpu or webgpu", 2);
    const settings = values.set.map((text) => {
      const equals = text.indexOf("=");
      if (equals < 1) throw new Problem(`--set takes FIELD=VALUE; it got "${text}"`, 2);
      return /** @type {const} */ ([text.slice(0, equals), text.slice(equals + 1)]);
    });
    return { ...values, seconds, resets, settings };
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message : error}\n${usage}`, 2);
  }
}

/** Runs in the page, before its own scripts: keeps the long tasks and the times between frames. */
function watch() {
  /** @type {{ tasks: number[], frames: number[] }} */
  const seen = { tasks: [], frames: [] };
  Object.assign(globalThis, { unrollSeen: seen });
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    seen.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** @param {readonly number[]} values @param {number} share */
const quantile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;

await runMain(async (signal) => {
  const { help, preset, seconds, resets, executor, settings, json } = options();
  if (help) return void console.log(usage);
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
  const gpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
  const args = [
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "--js-flags=--expose-gc",
    "--enable-blink-features=ForceEagerMeasureMemory",
    ...(executor === "webgpu" ? gpu : []),
  ];
  const browser = await chromium.launch({ executablePath, args });
  const close = async () => {
    await browser.close();
    await server.close();
  };
  signal.addEventListener("abort", () => void close(), { once: true });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript(watch);
    const address = new URLSearchParams({ preset, executor, ...Object.fromEntries(settings) });
    await page.goto(`${server.resolvedUrls?.local[0]}?${address}`);
    const status = page.getByTestId("status");
    const reach = async (/** @type {string} */ wanted) => {
      for (;;) {
        signal.throwIfAborted();
        const text = await status.textContent();
        if (text === wanted) return;
        if (text === "failed") throw new Problem(`The run failed: ${await page.getByRole("alert").first().textContent()}`);
        await page.waitForTimeout(50);
      }
    };
    await reach("ready");
    const device = (await page.locator(".device-name").textContent()) ?? "";
    await page.getByTestId("train").click();
    await reach("training");
    // The first charts are drawn, and compiled, once.
    await page.waitForTimeout(2000);
    console.error(`Training ${preset} on ${device} for ${seconds} s ...`);
    await page.evaluate(() => Object.assign(Reflect.get(globalThis, "unrollSeen"), { tasks: [], frames: [] }));
    const stepsBefore = await count(page);
    await page.waitForTimeout(seconds * 1000);
    const steps = (await count(page)) - stepsBefore;
    /** @type {{ tasks: number[], frames: number[] }} */
    const { tasks, frames } = await page.evaluate(() => Reflect.get(globalThis, "unrollSeen"));
    if ((await status.textContent()) === "training") await page.getByTestId("pause").click();
    await reach("paused");
    const report = {
      ...{ preset, device, seconds, stepsPerSecond: steps / seconds },
      longTasks: { count: tasks.length, longestMs: Math.max(0, ...tasks), limitMs: LONG_TASK_MS },
      frames: {
        perSecond: frames.length / seconds,
        medianMs: quantile(frames, 0.5),
        p99Ms: quantile(frames, 0.99),
        longestMs: Math.max(...frames),
      },
      resets: resets === 0 ? null : await memoryOverResets(page, reach, resets, signal),
    };
    if (json) console.log(JSON.stringify(report));
    else print(report);
    return report.longTasks.count === 0 ? 0 : 1;
  } finally {
    await close();
  }
});

/** Steps done, as the page shows them. @param {import("@playwright/test").Page} page */
async function count(page) {
  return Number.parseInt(((await page.getByTestId("step-count").textContent()) ?? "").replaceAll(",", ""), 10) || 0;
}

/**
 * A few steps and a Reset, again and again: the memory of page and workers after the first five and at the end.
 * @param {import("@playwright/test").Page} page @param {(status: string) => Promise<void>} reach @param {number} resets @param {AbortSignal} signal
 */
async function memoryOverResets(page, reach, resets, signal) {
  console.error(`Resetting ${resets} times ...`);
  const cycle = async () => {
    signal.throwIfAborted();
    await page.getByTestId("step").click();
    await reach("paused");
    await page.getByTestId("reset").click();
    await reach("ready");
  };
  const warmUp = Math.min(5, resets);
  for (let i = 0; i < warmUp; i++) await cycle();
  const before = await memory(page);
  for (let i = warmUp; i < resets; i++) await cycle();
  const after = await memory(page);
  return { count: resets, before, after };
}

/** Bytes that the page and its workers use after a collection, as the browser measures them. @param {import("@playwright/test").Page} page */
async function memory(page) {
  return await page.evaluate(async () => {
    const collect = Reflect.get(globalThis, "gc");
    if (typeof collect === "function") collect();
    const measure = Reflect.get(performance, "measureUserAgentSpecificMemory");
    if (typeof measure !== "function") return Number.NaN;
    const { bytes } = await Reflect.apply(measure, performance, []);
    return typeof bytes === "number" ? bytes : Number.NaN;
  });
}

/** @param {{ preset: string, device: string, seconds: number, stepsPerSecond: number, longTasks: { count: number, longestMs: number, limitMs: number }, frames: { perSecond: number, medianMs: number, p99Ms: number, longestMs: number }, resets: Awaited<ReturnType<typeof memoryOverResets>> | null }} report */
function print({ preset, device, seconds, stepsPerSecond, longTasks, frames, resets }) {
  const mib = (/** @type {number} */ bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.log(`${preset} on ${device}, ${seconds} s of training at ${stepsPerSecond.toFixed(1)} steps/s`);
  console.log(
    longTasks.count === 0
      ? `Main thread: no task of ${longTasks.limitMs} ms or more.`
      : `Main thread: ${longTasks.count} tasks of ${longTasks.limitMs} ms or more, the longest ${longTasks.longestMs.toFixed(0)} ms.`,
  );
  console.log(
    `Frames: ${frames.perSecond.toFixed(1)} a second; ${frames.medianMs.toFixed(1)} ms apart (median), ${frames.p99Ms.toFixed(1)} (99 %), ${frames.longestMs.toFixed(1)} at most.`,
  );
  if (resets === null) return;
  console.log(`Memory of page and workers after 5 resets: ${mib(resets.before)}; after ${resets.count}: ${mib(resets.after)}.`);
}
