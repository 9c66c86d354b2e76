import "./lib/node.mjs";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureBrowser } from "./lib/browser.mjs";
import { lastLine, oneFailed, onePassed, playwrightCounts, total, vitestCounts } from "./lib/counts.mjs";
import { missingSentence, prepareData } from "./lib/dataStep.mjs";
import { cache, installed } from "./lib/paths.mjs";
import { Problem, run, runMain, tellable } from "./lib/processes.mjs";
import { setUp } from "./lib/setup.mjs";
import { adapterChoices, vulkanEnvironment } from "./lib/vulkan.mjs";
import { buildWasm } from "./lib/wasm.mjs";

/** @typedef {import("./lib/counts.mjs").Counts} Counts */

const parts = /** @type {const} */ (["lint", "unit", "kernels", "e2e"]);
const usage = `npm test -- [--only ${parts.join("|")}]`;
const reports = join(cache, "reports");

const biome = ["@biomejs/biome", "bin", "biome"];
const viteCli = ["vite", "bin", "vite.js"];

function chosenPart() {
  try {
    const { values } = parseArgs({ options: { only: { type: "string" } } });
    const part = parts.find((name) => name === values.only);
    if (values.only !== undefined && part === undefined) throw new Problem(`--only must be one of ${parts.join(", ")}`);
    return part;
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

/** @returns {Promise<number>} */
const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no free port"))));
    });
  });

await runMain(async (signal) => {
  const only = chosenPart();
  const wants = (/** @type {(typeof parts)[number][]} */ ...names) => only === undefined || names.includes(only);
  /** @type {{ name: string, counts: Counts, seconds: number }[]} */
  const results = [];

  /** Runs one stage; whatever it throws is its failure, and the others go on. @param {string} name @param {() => Promise<Counts>} stage */
  const run1 = async (name, stage) => {
    console.log(`\n== ${name}`);
    const start = Date.now();
    let counts = oneFailed;
    try {
      counts = await stage();
    } catch (error) {
      signal.throwIfAborted();
      console.error(tellable(error));
    }
    results.push({ name, counts, seconds: (Date.now() - start) / 1000 });
    return counts.failed === 0;
  };

  /** A part of the set-up: counts only if it fails. @param {string} name @param {() => Promise<void>} step */
  const prepare = (name, step) =>
    run1(name, async () => {
      await step();
      return { passed: 0, failed: 0, skipped: 0 };
    });

  /** @param {readonly string[]} script @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env] */
  const node = (script, args, env) =>
    run(process.execPath, [script[0]?.endsWith(".mjs") ? (script[0] ?? "") : installed(...script), ...args], {
      signal,
      ...(env && { env: { ...process.env, ...env } }),
    });
  const check = async (/** @type {readonly string[]} */ script, /** @type {readonly string[]} */ args) =>
    (await node(script, args)) === 0 ? onePassed : oneFailed;

  /** @template R @param {string} name @param {(report: string) => Promise<number>} runner @param {(report: R, exitCode: number) => Counts} count */
  const counted = async (name, runner, count) => {
    const report = join(reports, name);
    rmSync(report, { force: true });
    const exitCode = await runner(report);
    return count(JSON.parse(readFileSync(report, "utf8")), exitCode);
  };

  await setUp({ signal });
  mkdirSync(reports, { recursive: true });

  if (wants("unit", "kernels", "e2e")) {
    await prepare("data sets", async () => {
      const missing = await prepareData(signal);
      if (missing.length > 0) throw new Problem(`${missingSentence(missing)} The tests that read them will fail.`);
    });
  }
  await prepare("WebAssembly kernels", async () => void (await buildWasm()));
  /** @type {string | undefined} */
  let browser;
  if (wants("unit", "kernels", "e2e")) {
    await prepare("browser", async () => {
      browser = await ensureBrowser(signal);
      console.log(browser);
    });
  }

  if (wants("lint")) {
    await run1("lint and format (biome)", () => check(biome, ["check", "--error-on-warnings", "."]));
    await run1("import directions", () => check(["scripts/lint-imports.mjs"], []));
    await run1("types (tsc)", () => check(["typescript", "bin", "tsc"], ["-p", "."]));
  }

  if (wants("unit", "kernels")) {
    const choice = adapterChoices.find((name) => name === process.env.UNROLL_ADAPTER) ?? "swiftshader";
    const vulkan = vulkanEnvironment(choice, browser);
    const project = only === "unit" || only === "kernels" ? ["--project", only] : [];
    await run1("unit and kernel tests (vitest)", () => {
      console.log(
        vulkan === undefined
          ? `No Vulkan driver (${choice}): the tests that need a GPU will fail.`
          : `GPU tests use ${vulkan.description}.`,
      );
      const env = { ...vulkan?.env, UNROLL_ADAPTER: choice };
      const reporters = ["--reporter=default", "--reporter=json"];
      return counted(
        "vitest.json",
        (report) => node(["vitest", "vitest.mjs"], ["run", ...project, ...reporters, `--outputFile.json=${report}`], env),
        vitestCounts,
      );
    });
  }

  let isBuilt = true;
  if (wants("lint", "e2e")) isBuilt = await run1("build", () => check(viteCli, ["build", "--logLevel", "warn"]));
  if (wants("e2e")) {
    await run1("browser tests (playwright)", async () => {
      if (!isBuilt || browser === undefined) throw new Problem("Cannot run without the built page and a browser.");
      const port = await freePort();
      return await counted(
        "playwright.json",
        (report) =>
          node(["@playwright", "test", "cli.js"], ["test", "--reporter=list,json"], {
            CHROME_PATH: browser,
            UNROLL_E2E_PORT: String(port),
            PLAYWRIGHT_JSON_OUTPUT_FILE: report,
            PLAYWRIGHT_JSON_OUTPUT_NAME: report,
          }),
        playwrightCounts,
      );
    });
  }

  console.log("");
  for (const { name, counts, seconds } of results) console.log(`${name}: ${lastLine(counts)} (${seconds.toFixed(1)} s)`);
  const counts = total(results.map((result) => result.counts));
  console.log(lastLine(counts));
  return counts.failed === 0 ? 0 : 1;
});
