import "./lib/node.mjs";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/processes.mjs";
import { reachStatus, stepCount, withServedPage } from "./lib/servedPage.mjs";
import { writePicture } from "./lib/smallPng.mjs";

// The pictures of docs/views.md: drives the built page through fixed settings and seeds, and photographs each view.

const usage = `npm run pictures -- [--only NAME ...] [--list]
  --only  makes one picture of the list; may be repeated
  --list  prints the names`;

const WIDTH = 1200;
/** Larger pictures make the repository heavy. */
const MOST_BYTES = 120_000;

/** @typedef {import("@playwright/test").Page} Page */
/** @typedef {(steps: number) => Promise<void>} TrainTo */
/**
 * @typedef {object} Picture
 * @property {string} name Of the file, without ".png".
 * @property {string} search Of the page's address: settings, seed and view.
 * @property {(page: Page, trainTo: TrainTo) => Promise<void>} [prepare] What is done before the picture; without it nothing.
 * @property {string} [of] What is photographed: a CSS selector; the view without it.
 */

/** Runs the stage that the card of an experiment shows, to its end. @param {Page} page */
async function runStage(page) {
  const button = page.getByTestId("experiment-run");
  await button.click();
  await button.filter({ hasText: "again" }).waitFor();
}

/** The same for two stages. @param {Page} page */
async function runBoth(page) {
  await runStage(page);
  await page.getByTestId("experiment-next").click();
  await reachStatus(page, ["ready", "paused"]);
  await runStage(page);
}

const smallText = "preset=chars-small&model.hiddenSize=64&model.numLayers=1&model.embeddingSize=32&optimizer.lr=0.01";

/** @type {readonly Picture[]} */
const pictures = [
  {
    name: "time",
    search: "preset=digits-rnn&view=time&probe=10",
    async prepare(page, trainTo) {
      await trainTo(400);
      await page.getByTestId("path").check();
    },
  },
  {
    name: "time-truncated",
    search: "preset=digits-lstm&model.hiddenSize=48&bptt.kind=fixed&bptt.k=12&view=time&probe=10",
    of: ".time",
    async prepare(page, trainTo) {
      await trainTo(300);
      await page.getByTestId("path").check();
    },
  },
  { name: "training", search: "preset=digits-small", prepare: (_, trainTo) => trainTo(600) },
  { name: "parameters", search: "preset=digits-lstm&model.hiddenSize=48&view=parameters", prepare: (_, trainTo) => trainTo(400) },
  { name: "truncation", search: "experiment=far", prepare: runBoth },
  { name: "inside", search: "preset=digits-small&view=inside", prepare: (_, trainTo) => trainTo(600) },
  {
    name: "inside-text",
    search: `${smallText}&view=inside`,
    async prepare(page, trainTo) {
      await trainTo(400);
      await page.getByRole("button", { name: "Read again" }).click();
      await page.getByTestId("rank").click();
      await page.getByTestId("concepts").waitFor();
    },
  },
  { name: "race", search: "experiment=gates", prepare: runStage },
  { name: "experiments", search: "preset=copy-memory&view=experiments" },
  { name: "experiment", search: "experiment=explode", of: ".experiment", prepare: runBoth },
  {
    name: "explosion",
    search:
      "preset=copy-memory&model.cell=rnn_tanh&optimizer.kind=sgd&optimizer.lr=100&optimizer.momentum=0&optimizer.weightDecay=10&clip.kind=none",
    of: "[data-testid=explosion]",
    async prepare(page) {
      await page.getByTestId("train").click();
      await page.getByTestId("explosion").waitFor();
    },
  },
];

function options() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: "string", multiple: true, default: [] },
        list: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const unknown = values.only.find((name) => pictures.every((picture) => picture.name !== name));
    if (unknown !== undefined) throw new Problem(`There is no picture "${unknown}": see --list.`, 2);
    return values;
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message : error}\n${usage}`, 2);
  }
}

/** Trains the open run until it has done so many steps, then pauses. @param {Page} page @param {number} steps @param {AbortSignal} signal */
async function trainTo(page, steps, signal) {
  await page.getByTestId("train").click();
  while ((await stepCount(page)) < steps) {
    await reachStatus(page, ["training", "finished"], signal);
    await page.waitForTimeout(50);
  }
  await page.getByTestId("pause").click();
  await reachStatus(page, ["paused", "finished"], signal);
}

await runMain(async (signal) => {
  const { help, list, only } = options();
  if (help) return void console.log(usage);
  if (list) return void console.log(pictures.map(({ name }) => name).join("\n"));
  const wanted = pictures.filter(({ name }) => only.length === 0 || only.includes(name));
  const folder = join(root, "docs", "pictures");
  mkdirSync(folder, { recursive: true });
  await withServedPage({ signal, executor: "cpu" }, async ({ browser, address }) => {
    for (const [i, { name, search, prepare, of = ".view[data-state=active]" }] of wanted.entries()) {
      console.error(`${i + 1} of ${wanted.length}: ${name} ...`);
      const page = await browser.newPage({ viewport: { width: WIDTH + 320, height: 1000 }, colorScheme: "light", reducedMotion: "reduce" });
      page.setDefaultTimeout(120_000);
      await page.goto(`${address}?executor=cpu&${search}`);
      await reachStatus(page, ["ready"], signal);
      await prepare?.(page, (steps) => trainTo(page, steps, signal));
      // What comes in late: lazy code, the last redraw.
      await page.waitForTimeout(800);
      const file = join(folder, `${name}.png`);
      writePicture(file, await page.locator(of).screenshot({ animations: "disabled" }));
      const { size } = statSync(file);
      if (size > MOST_BYTES)
        throw new Problem(`docs/pictures/${name}.png takes ${Math.round(size / 1000)} kB, more than ${MOST_BYTES / 1000}.`);
      await page.close();
    }
  });
  console.error(`Wrote ${wanted.length} pictures to docs/pictures.`);
});
