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
/** The relaxed modules are faster, and validate only in engines that have relaxed SIMD. */
const builds = [
  { name: "", features: ["simd"], flags: ["--use", "RELAXED=0"] },
  { name: "Relaxed", features: ["simd", "relaxed-simd"], flags: ["--use", "RELAXED=1"] },
];
/** A module says which memory it takes: one thread's own, or one that threads share, of 4 GiB at most. */
const memories = [
  { name: "", features: [], flags: [] },
  { name: "Shared", features: ["threads"], flags: ["--sharedMemory", "--maximumMemory", "65536"] },
];
const modules = memories.flatMap((memory) =>
  builds.map((build) => ({
    output: join(folder, `kernels${memory.name}${build.name}.wasm`),
    flags: [...common, "--enable", [...build.features, ...memory.features].join(","), ...build.flags, ...memory.flags],
  })),
);

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
