import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "./fingerprint.mjs";
import { cache, installed, root } from "./paths.mjs";
import { Problem } from "./processes.mjs";

const sources = join(root, "src", "cpu", "wasm", "assembly");
const entry = join(sources, "index.ts");
const output = join(root, "src", "cpu", "wasm", "kernels.wasm");
const stamp = join(cache, "wasm.txt");
const flags = ["-O3", "--runtime", "stub", "--enable", "simd,relaxed-simd", "--importMemory", "--noAssert"];

/**
 * Compiles the CPU kernels from AssemblyScript to src/cpu/wasm/kernels.wasm, unless that is up to date.
 * @returns {Promise<boolean>} Whether anything was compiled.
 * @throws {Problem} if the sources do not compile.
 */
export async function buildWasm() {
  if (!existsSync(entry)) return false;
  const key = fingerprint([sources, installed("assemblyscript", "package.json")], flags.join(" "));
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === key) return false;

  const { default: asc } = await import("assemblyscript/asc");
  const part = `${output}.${process.pid}.part`;
  const { error, stderr } = await asc.main([entry, "--outFile", part, ...flags]);
  if (error) {
    rmSync(part, { force: true });
    throw new Problem(`The WebAssembly kernels do not compile: ${error.message}\n${stderr}`);
  }
  renameSync(part, output);
  mkdirSync(cache, { recursive: true });
  writeFileSync(stamp, key);
  return true;
}
