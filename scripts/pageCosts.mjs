import "./lib/node.mjs";
import { parseArgs } from "node:util";
import { Problem, runMain } from "./lib/processes.mjs";
import { reachStatus, stepCount, viewsOf, withServedPage } from "./lib/servedPage.mjs";

// What training costs the page itself, with each of its views open: long tasks of its main thread, frames, and memory over many resets.

/** A task of this length or more is what the browser's Long Tasks API reports, and what a person may notice. */
const LONG_TASK_MS = 50;

const usage = `npm run page-costs -- [--preset digits-rnn] [--views all|training,time] [--seconds 10] [--resets 50] [--executor cpu|webgpu] [--set FIELD=VALUE ...] [--json]
  --preset    what is trained
  --views     which views are opened, one after another, while it trains: titles of tabs, small letters will do
  --seconds   how long each is watched, after 2 seconds in which it opens
  --resets    runs of a few steps, each ended by Reset, whose memory is compared; 0 for none
  --executor  cpu, or webgpu (SwiftShader, where Chromium finds no GPU)
  --set       one more parameter of the page's address, such as model.hiddenSize=64 or threads=1; may be repeated
  --json      prints one JSON object
The exit code is 1 if a task took ${LONG_TASK_MS} ms or more while a view was open.`;

/** A view is loaded, drawn and compiled once. */
const OPENING_MS = 2000;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        preset: { type: "string", default: "digits-rnn" },
        views: { type: "string", default: "all" },
        seconds: { type: "string", default: "10" },
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
    const executor = /** @type {const} */ (["cpu", "webgpu"]).find((each) => each === values.executor);
    if (executor === undefined) throw new Problem("--executor is cpu or webgpu", 2);
    const settings = values.set.map((text) => {
      const equals = text.indexOf("=");
      if (equals < 1) throw new Problem(`--set takes FIELD=VALUE; it got "${text}"`, 2);
      return /** @type {const} */ ([text.slice(0, equals), text.slice(equals + 1)]);
    });
    return { ...values, executor, seconds, resets, settings };
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

/** @param {readonly number[]} tasks */
const longTasks = (tasks) => ({ count: tasks.length, longestMs: Math.max(0, ...tasks) });

/** @typedef {import("./lib/servedPage.mjs").Page} Page */
/** @typedef {Awaited<ReturnType<typeof watchView>>} ViewReport */

/**
 * Opens a view of a page that trains, and watches it.
 * @param {Page} page @param {{ title: string, open: () => Promise<void> }} view @param {number} seconds @param {AbortSignal} signal
 */
async function watchView(page, view, seconds, signal) {
  signal.throwIfAborted();
  await takeSeen(page);
  await view.open();
  await page.waitForTimeout(OPENING_MS);
  const opening = await takeSeen(page);
  const stepsBefore = await stepCount(page);
  await page.waitForTimeout(seconds * 1000);
  const steps = (await stepCount(page)) - stepsBefore;
  const { tasks, frames } = await takeSeen(page);
  return {
    view: view.title,
    stepsPerSecond: steps / seconds,
    opening: longTasks(opening.tasks),
    longTasks: longTasks(tasks),
    frames: {
      perSecond: frames.length / seconds,
      medianMs: quantile(frames, 0.5),
      p99Ms: quantile(frames, 0.99),
      longestMs: Math.max(...frames),
    },
  };
}

/** What was seen since the last time. @param {Page} page @returns {Promise<{ tasks: number[], frames: number[] }>} */
const takeSeen = (page) =>
  page.evaluate(() => {
    const seen = Reflect.get(globalThis, "unrollSeen");
    const taken = { ...seen };
    Object.assign(seen, { tasks: [], frames: [] });
    return taken;
  });

/**
 * A few steps and a Reset, again and again: the memory of page and workers after the first five and at the end.
 * @param {Page} page @param {number} resets @param {AbortSignal} signal
 */
async function memoryOverResets(page, resets, signal) {
  console.error(`Resetting ${resets} times ...`);
  const cycle = async () => {
    await page.getByTestId("step").click();
    await reachStatus(page, ["paused"], signal);
    await page.getByTestId("reset").click();
    await reachStatus(page, ["ready"], signal);
  };
  const warmUp = Math.min(5, resets);
  for (let i = 0; i < warmUp; i++) await cycle();
  const before = await memory(page);
  for (let i = warmUp; i < resets; i++) await cycle();
  const after = await memory(page);
  return { count: resets, before, after };
}

/** Bytes that the page and its workers use after a collection, as the browser measures them. @param {Page} page */
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

/** @param {{ count: number, longestMs: number }} tasks */
const tellTasks = ({ count, longestMs }) =>
  count === 0 ? `no task of ${LONG_TASK_MS} ms or more` : `${count} of ${LONG_TASK_MS} ms or more, the longest ${longestMs.toFixed(0)} ms`;

/** @param {{ preset: string, device: string, seconds: number, views: readonly ViewReport[], resets: Awaited<ReturnType<typeof memoryOverResets>> | null }} report */
function print({ preset, device, seconds, views, resets }) {
  const mib = (/** @type {number} */ bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.log(
    `${preset} on ${device}, each view for ${seconds} s of training after ${OPENING_MS / 1000} s in which it opens. Main thread:`,
  );
  for (const { view, stepsPerSecond, opening, longTasks: tasks, frames } of views) {
    console.log(`${view}: ${tellTasks(tasks)} (opening: ${tellTasks(opening)}).`);
    console.log(
      `  ${stepsPerSecond.toFixed(1)} steps/s; ${frames.perSecond.toFixed(1)} frames/s, ` +
        `${frames.medianMs.toFixed(1)} ms apart (median), ${frames.p99Ms.toFixed(1)} (99 %), ${frames.longestMs.toFixed(1)} at most.`,
    );
  }
  if (resets === null) return;
  console.log(`Memory of page and workers after 5 resets: ${mib(resets.before)}; after ${resets.count}: ${mib(resets.after)}.`);
}

await runMain(async (signal) => {
  const { help, preset, views: wanted, seconds, resets, executor, settings, json } = options();
  if (help) return void console.log(usage);
  const flags = ["--js-flags=--expose-gc", "--enable-blink-features=ForceEagerMeasureMemory"];
  return await withServedPage({ signal, executor, flags }, async ({ browser, address }) => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript(watch);
    // Long enough for every view.
    const search = new URLSearchParams({ preset, executor, epochs: "10000", ...Object.fromEntries(settings) });
    await page.goto(`${address}?${search}`);
    await reachStatus(page, ["ready"], signal);
    const device = (await page.locator(".device-name").textContent()) ?? "";
    const views = chosen(await viewsOf(page), wanted);
    await page.getByTestId("train").click();
    await reachStatus(page, ["training"], signal);
    /** @type {ViewReport[]} */
    const reports = [];
    for (const view of views) {
      console.error(`Training ${preset} on ${device} with the view ${view.title} open ...`);
      reports.push(await watchView(page, view, seconds, signal));
    }
    await page.getByTestId("pause").click();
    await reachStatus(page, ["paused"], signal);
    const report = {
      ...{ preset, device, seconds, views: reports, limitMs: LONG_TASK_MS },
      resets: resets === 0 ? null : await memoryOverResets(page, resets, signal),
    };
    if (json) console.log(JSON.stringify(report));
    else print(report);
    return reports.every(({ longTasks: { count } }) => count === 0) ? 0 : 1;
  });
});

/**
 * The views of a list of titles. @template {{ title: string }} V @param {readonly V[]} views @param {string} wanted
 * @returns {readonly V[]}
 */
function chosen(views, wanted) {
  if (wanted === "all") return views;
  const known = (/** @type {string} */ text) => text.trim().toLowerCase();
  return wanted.split(",").map((name) => {
    const view = views.find(({ title }) => known(title) === known(name));
    if (view === undefined) throw new Problem(`There is no view "${name}". Views: ${views.map(({ title }) => title).join(", ")}.`, 2);
    return view;
  });
}
