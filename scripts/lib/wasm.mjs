import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "./fingerprint.mjs";
import { cache, installed, root } from "./paths.mjs";
import { ensureWritable, Problem } from "./processes.mjs";

const folder = join(root, "src", "cpu", "wasm");
const sources = join(folder, "assembly");
const entry = join(sources, "index.ts");
const stamp = join(cache, "wasm.txt");

const common = ["-O3", "--runtime", "stub", "--importMemory", "--noAssert"];
/** The relaxed module is faster, and validates only in engines that have relaxed SIMD. */
const modules = [
  { output: join(folder, "kernels.wasm"), flags: [...common, "--enable", "simd", "--use", "RELAXED=0"] },
  { output: join(folder, "kernelsRelaxed.wasm"), flags: [...common, "--enable", "simd,relaxed-simd", "--use", "RELAXED=1"] },
];

/**
 * Compiles the CPU kernels from AssemblyScript to src/cpu/wasm/*.wasm, unless they are up to date.
 * @returns {Promise<boolean>} Whether anything was compiled.
 * @throws {Problem} if the sources do not compile.
 */
export async function buildWasm() {
  if (!existsSync(entry)) return false;
  const key = fingerprint([sources, installed("assemblyscript", "package.json")], JSON.stringify(modules));
  const isCurrent = existsSync(stamp) && readFileSync(stamp, "utf8") === key && modules.every(({ output }) => existsSync(output));
  if (isCurrent) return false;

  ensureWritable(folder);
  ensureWritable(cache);
  const { default: asc } = await import("assemblyscript/asc");
  for (const { output, flags } of modules) {
    const part = `${output}.${process.pid}.part`;
    const { error, stderr } = await asc.main([entry, "--outFile", part, ...flags]);
    if (error) {
      rmSync(part, { force: true });
      throw new Problem(`The WebAssembly kernels do not compile: ${error.message}\n${stderr}`);
    }
    renameSync(part, output);
  }
  writeFileSync(stamp, key);
  return true;
}
