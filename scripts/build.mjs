import "./lib/node.mjs";
import { installed } from "./lib/paths.mjs";
import { run, runMain } from "./lib/processes.mjs";
import { setUp } from "./lib/setup.mjs";
import { buildWasm } from "./lib/wasm.mjs";

// The static page in dist/, with the data sets that are in public/data.
await runMain(async (signal) => {
  await setUp({ signal });
  await buildWasm();
  return await run(process.execPath, [installed("vite", "bin", "vite.js"), "build"], { signal });
});
