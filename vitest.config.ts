import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Every kernel on WebGPU (Dawn in Node) against its twin, and the executor that runs them. */
const kernelTests = ["src/shaders/**/*.test.ts", "src/gpu/**/*.test.ts"];

/** What takes longest: begun last, one of these would leave a core idle. Vitest would go by the size of the files. */
const longest = [
  "src/gpu/fixtures.test.ts",
  "src/gpu/kernels.test.ts",
  "src/worker/checkDevice.test.ts",
  "src/experiments/list.test.ts",
  "src/model/gradients.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    // Vitest keeps the files of a project together.
    const projects = [...new Set(sorted.map(({ project }) => project))];
    const isLong = ({ moduleId }: TestSpecification) => longest.some((name) => moduleId.endsWith(`/${name}`));
    return projects.flatMap((project) => {
      const own = sorted.filter((file) => file.project === project);
      return [...own.filter(isLong), ...own.filter((file) => !isLong(file))];
    });
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
