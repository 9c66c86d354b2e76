import { defineConfig, type PlaywrightTestConfig } from "@playwright/test";
import { findBrowser } from "./scripts/lib/browser.mjs";

const port = Number(process.env.UNROLL_E2E_PORT ?? 4317);
const executablePath = findBrowser();

/** No sandbox where Chromium refuses one, and nothing that talks to the internet. */
const args = [
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];
const launch = (flags: readonly string[]): PlaywrightTestConfig["use"] => ({
  browserName: "chromium",
  launchOptions: { ...(executablePath !== undefined && { executablePath }), args: [...args, ...flags] },
});

export default defineConfig({
  testDir: "e2e",
  workers: 2,
  // Time to compute: all of it is done by two cores or so.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  reporter: "list",
  use: { baseURL: `http://127.0.0.1:${port}/`, trace: "retain-on-failure", viewport: { width: 1440, height: 900 } },
  projects: [
    // As most machines without a GPU are: no adapter, the page trains on the CPU.
    { name: "cpu", testIgnore: ["brokenKernel.spec.ts", "measuredForms.spec.ts"], use: { ...launch([]) } },
    // Tests whose outcome does not depend on the executor carry the tag @page, and run once.
    {
      name: "webgpu",
      // Software WebGPU takes all cores for itself.
      workers: 1,
      testIgnore: "badInput.spec.ts",
      grepInvert: /@page/,
      use: { ...launch(["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"]) },
    },
  ],
  webServer: {
    // The built page: run `npm run build` first.
    command: `node node_modules/vite/bin/vite.js preview --host 127.0.0.1 --port ${port} --strictPort`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
  },
});
