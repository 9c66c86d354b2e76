import "./lib/node.mjs";
import { runMain } from "./lib/processes.mjs";
import { setUp } from "./lib/setup.mjs";
import { buildWasm } from "./lib/wasm.mjs";

await runMain(async (signal) => {
  await setUp({ signal });
  console.log((await buildWasm()) ? "Compiled the WebAssembly kernels." : "The WebAssembly kernels are up to date.");
});
