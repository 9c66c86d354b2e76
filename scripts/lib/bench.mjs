import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fingerprint } from "./fingerprint.mjs";
import { cache, installed, root } from "./paths.mjs";
import { ensureWritable, Problem } from "./processes.mjs";
import { buildProgram, bundle, runProgram } from "./program.mjs";
import { setUp } from "./setup.mjs";
import { buildWasm } from "./wasm.mjs";

const bench = join(root, "bench");
const entry = join(bench, "main.ts");
const tfjsWasm = join(bench, "node_modules", "@tensorflow", "tfjs-backend-wasm", "wasm-out");

/** tfjs calls `require` where it finds itself in Node; a module has none. */
const banner = [
  'import { createRequire as benchCreateRequire } from "node:module";',
  "globalThis.require ??= benchCreateRequire(import.meta.url);",
  "globalThis.__dirname ??= import.meta.dirname;",
].join("\n");
const inRepository = { external: ["webgpu", "playwright"], banner };

/** Packages, WebAssembly and the program itself, made ready. @param {AbortSignal} signal */
export async function benchProgram(signal) {
  await setUp({ signal, quiet: true });
  await setUp({ signal, quiet: true, folder: bench });
  await buildWasm();
  const inputs = readdirSync(bench)
    .filter((name) => name !== "node_modules")
    .map((name) => join(bench, name));
  return await bundle("bench", { entry, inputs: [...inputs, join(root, "scripts", "lib")], ...inRepository });
}

/** Runs the program with all arguments. @param {string} program @param {string[]} args */
export async function startBench(program, args) {
  const page = args.some((arg, i) => arg === "--on=browser" || (arg === "browser" && args[i - 1] === "--on"))
    ? await buildPage()
    : undefined;
  return await runProgram(program, args, {
    ...process.env,
    UNROLL_BENCH_TFJS: `${tfjsWasm}/`,
    UNROLL_BENCH_TORCH: join(bench, "torch_peer.py"),
    UNROLL_BENCH_DOCS: join(root, "docs"),
    ...(page !== undefined && { UNROLL_BENCH_PAGE: page }),
  });
}

/** The page in which contestants run in a browser, built if anything has changed. @returns {Promise<string>} Its folder. */
async function buildPage() {
  const folder = join(cache, "bench-page");
  const target = join(folder, fingerprint([join(root, "src"), bench]));
  if (existsSync(target)) return target;
  ensureWritable(folder);
  rmSync(folder, { recursive: true });
  console.error("Building the benchmark's page ...");
  const { build } = await import("vite");
  await build({
    root: join(bench, "browser"),
    base: "./",
    configFile: false,
    logLevel: "error",
    publicDir: false,
    worker: { format: "es" },
    // Not minified: tfjs starts its threads with the text of one of its functions, which must keep its names.
    build: { outDir: target, target: "es2023", emptyOutDir: true, minify: false, chunkSizeWarningLimit: 20_000 },
  });
  copyTfjsWasm(join(target, "tfjs"));
  return target;
}

function copyTfjsWasm(/** @type {string} */ folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(tfjsWasm)) if (name.endsWith(".wasm")) cpSync(join(tfjsWasm, name), join(folder, name));
}

/**
 * Writes a folder that runs anywhere with Node and a Vulkan driver: bench.mjs, Dawn's binary, tfjs's WebAssembly and the PyTorch script.
 * @param {string} name @param {AbortSignal} signal
 */
export async function writeBenchFolder(name, signal) {
  const folder = resolve(root, name);
  if (existsSync(folder) && !existsSync(join(folder, "bench.mjs")) && readdirSync(folder).length > 0)
    throw new Problem(`${folder} has other files in it: name another folder, or empty this one.`);
  await setUp({ signal });
  await setUp({ signal, folder: bench });
  await buildWasm();
  ensureWritable(folder);
  const part = join(cache, `bench-folder.${process.pid}`);
  await buildProgram(entry, part, { external: ["playwright"], banner, single: true });
  rmSync(folder, { recursive: true });
  ensureWritable(folder);
  cpSync(join(part, "main.mjs"), join(folder, "bench.mjs"));
  rmSync(part, { recursive: true });
  copyTfjsWasm(join(folder, "tfjs"));
  cpSync(join(bench, "torch_peer.py"), join(folder, "torch_peer.py"));
  // Where Dawn's package, which is now part of bench.mjs, looks for it.
  const dawn = join("dist", "linux-x64", "dawn.node");
  cpSync(installed("webgpu", dawn), join(folder, dawn));
  const licences = [installed("webgpu", "LICENSE.md"), join(bench, "node_modules", "@jax-js", "jax", "LICENSE")].map((path) =>
    readFileSync(path, "utf8"),
  );
  const tfjs = "TensorFlow.js (parts of bench.mjs, and tfjs/): Apache License 2.0, https://www.apache.org/licenses/LICENSE-2.0";
  writeFileSync(join(folder, "LICENSES.txt"), [`Dawn:\n\n${licences[0]}`, `jax-js:\n\n${licences[1]}`, tfjs].join("\n\n"));
  const bytes = readdirSync(folder, { recursive: true, encoding: "utf8" }).reduce(
    (sum, path) => sum + statSync(join(folder, path)).size,
    0,
  );
  console.log(`${folder}: ${(bytes / 2 ** 20).toFixed(1)} MiB. It needs Node 20.19 or newer and a Vulkan driver:`);
  console.log("  node bench.mjs --on system     the same table as npm run bench");
  console.log("  node bench.mjs check           every kernel and gradient on that device against double precision");
}
