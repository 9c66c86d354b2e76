import { spawn } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { findBrowser } from "./browser.mjs";
import { fingerprint } from "./fingerprint.mjs";
import { cache, root } from "./paths.mjs";
import { ensureWritable, Problem, runMain } from "./processes.mjs";
import { setUp } from "./setup.mjs";
import { adapterChoices, vulkanEnvironment } from "./vulkan.mjs";
import { buildWasm } from "./wasm.mjs";

const KEPT_BUNDLES = 3;
/** What the programs themselves end with where the command line cannot be obeyed. */
const USAGE_EXIT_CODE = 2;

/**
 * What a program is made of, where it is not src/<name>/main.ts with what it imports from src.
 * @typedef {object} Sources
 * @property {string} entry The file that it starts in.
 * @property {readonly string[]} inputs Files and folders besides src whose changes count.
 * @property {string[]} external Packages that are not taken into the bundle.
 * @property {string} banner What stands first in every file.
 */

/**
 * Bundles a program, only if the sources have changed since.
 * @param {string} name
 * @param {Partial<Sources>} [sources]
 * @returns {Promise<string>} The program, to be run with Node.
 */
export async function bundle(name, { entry, inputs = [], external = ["webgpu"], banner = "" } = {}) {
  const src = join(root, "src");
  const folders = readdirSync(src)
    .filter((folder) => folder !== "ui")
    .map((folder) => join(src, folder));
  const bundles = join(cache, name);
  const target = join(bundles, fingerprint([...folders, ...inputs, join(root, "package-lock.json"), import.meta.filename]));
  if (!existsSync(target)) {
    ensureWritable(bundles);
    const part = `${target}.${process.pid}.part`;
    await buildProgram(entry ?? join(src, name, "main.ts"), part, { external, banner });
    // Another run may have been quicker.
    if (existsSync(target)) rmSync(part, { recursive: true });
    else renameSync(part, target);
    removeOldBundles(bundles);
  }
  return join(target, "main.mjs");
}

/**
 * Builds a program for Node into a folder, as main.mjs and its parts.
 * @param {string} entry @param {string} outDir
 * @param {{ external: string[], banner?: string, single?: boolean }} options single: one file, without parts.
 * @throws {Problem} if it cannot be built; nothing is left then.
 */
export async function buildProgram(entry, outDir, { external, banner = "", single = false }) {
  const { build } = await import("vite");
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: true, external },
    build: {
      ssr: entry,
      outDir,
      target: "node20",
      minify: false,
      copyPublicDir: false,
      rolldownOptions: { output: { entryFileNames: "main.mjs", banner, ...(single && { codeSplitting: false }) } },
    },
  }).catch((error) => {
    rmSync(outDir, { recursive: true, force: true });
    throw new Problem(`The program could not be built: ${error instanceof Error ? error.message : error}`);
  });
}

function removeOldBundles(/** @type {string} */ bundles) {
  const age = (/** @type {string} */ path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const paths = readdirSync(bundles).map((name) => join(bundles, name));
  paths.sort((a, b) => age(b) - age(a));
  for (const path of paths.slice(KEPT_BUNDLES)) rmSync(path, { recursive: true, force: true });
}

/**
 * Takes `--adapter <choice>` out of the arguments: it is for the environment in which the program starts.
 * @param {string[]} args @param {string} name The program's.
 * @throws {Problem} with the exit code of a wrong command line.
 */
export function adapterChoice(args, name) {
  const at = args.findIndex((arg) => arg === "--adapter" || arg.startsWith("--adapter="));
  const [flag, next] = at < 0 ? [] : args.slice(at, at + 2);
  const given = flag === undefined ? (process.env.UNROLL_ADAPTER ?? "auto") : flag.includes("=") ? flag.slice(flag.indexOf("=") + 1) : next;
  const choice = adapterChoices.find((each) => each === given);
  if (choice === undefined) {
    const source = flag === undefined ? "The environment variable UNROLL_ADAPTER" : "--adapter";
    const got = given === undefined ? "; none was given" : `, not "${given}"`;
    throw new Problem(`${source} is one of ${adapterChoices.join(", ")}${got}.\nSee npm run ${name} -- --help.`, USAGE_EXIT_CODE);
  }
  if (flag !== undefined) args.splice(at, flag.includes("=") ? 1 : 2);
  return choice;
}

/** @param {string} program @param {readonly string[]} args @param {NodeJS.ProcessEnv} env @returns {Promise<number>} */
export function runProgram(program, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--enable-source-maps", program, ...args], { env, stdio: "inherit" });
    // The terminal sends Ctrl-C to both: the program decides how it ends.
    process.removeAllListeners("SIGINT").on("SIGINT", () => {});
    for (const name of /** @type {const} */ (["SIGTERM", "SIGHUP"])) process.removeAllListeners(name).on(name, () => child.kill(name));
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

/** Bundles src/<name>/main.ts and runs it with all arguments. Only the program itself writes to stdout. @param {string} name */
export const startProgram = (name) =>
  runMain(async (signal) => {
    const args = process.argv.slice(2);
    const choice = adapterChoice(args, name);
    await setUp({ signal, quiet: true });
    await buildWasm();
    const program = await bundle(name);
    const vulkan = vulkanEnvironment(choice, findBrowser());
    if (vulkan === undefined && choice !== "auto") throw new Problem(`--adapter ${choice}: this machine has no such Vulkan driver.`);
    return await runProgram(program, args, { ...process.env, ...vulkan?.env, UNROLL_ROOT: root });
  });
