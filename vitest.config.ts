import { defineConfig } from "vitest/config";

/** Every kernel on WebGPU (Dawn in Node) against its twin, and the executor that runs them. */
const kernelTests = ["src/shaders/**/*.test.ts", "src/gpu/**/*.test.ts"];

export default defineConfig({
  test: {
    environment: "node",
    // Dawn's native module wants a process of its own; each also runs a software GPU's threads.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Its file for Node is CommonJS in a package that calls itself ESM; bundled, its ESM file is taken.
    server: { deps: { inline: ["wgsl_reflect"] } },
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["src/**/*.test.{ts,tsx}", "scripts/**/*.test.mjs", "bench/*.test.ts"], exclude: kernelTests },
      },
      { extends: true, test: { name: "kernels", include: kernelTests } },
    ],
  },
});
