import "./lib/node.mjs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { missingSentence, prepareData } from "./lib/dataStep.mjs";
import { installed, root } from "./lib/paths.mjs";
import { Problem, run, runMain } from "./lib/processes.mjs";
import { setUp } from "./lib/setup.mjs";
import { buildWasm } from "./lib/wasm.mjs";

const usage = `npm start -- [--port 4173] [--host localhost] [--dev]
  --port   first port to try; the next free one is taken
  --host   address to listen on; 0.0.0.0 lets other machines in
  --dev    development server that reloads what you edit`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "4173" },
        host: { type: "string", default: "localhost" },
        dev: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Problem("--port must be a whole number from 0 to 65535");
    return { ...values, port };
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

await runMain(async (signal) => {
  const { port, host, dev, help } = options();
  if (help) return void console.log(usage);
  await setUp({ signal });

  const missing = await prepareData(signal);
  if (missing.length > 0) console.error(`${missingSentence(missing)}\nThe page opens all the same, on tasks that need no download.`);
  await buildWasm();

  const vite = await import("vite");
  const shared = { root, configFile: join(root, "vite.config.ts"), logLevel: /** @type {const} */ ("warn") };
  /** @type {{ close(): Promise<void>, resolvedUrls: import("vite").ResolvedServerUrls | null }} */
  let server;
  if (dev) {
    server = await (await vite.createServer({ ...shared, server: { port, host } })).listen();
  } else {
    console.error("Building the page ...");
    const code = await run(process.execPath, [installed("vite", "bin", "vite.js"), "build", "--logLevel", "warn"], { signal });
    if (code !== 0) throw new Problem("The page could not be built (see above).");
    server = await vite.preview({ ...shared, preview: { port, host } });
  }

  const urls = [...(server.resolvedUrls?.local ?? []), ...(server.resolvedUrls?.network ?? [])];
  const actual = Number(new URL(urls[0] ?? `http://${host}:${port}`).port);
  if (port !== 0 && actual !== port) console.error(`Port ${port} is taken; using ${actual}.`);
  console.log(`Unroll is at ${urls.join(" and ")}  (Ctrl-C stops it)`);
  await new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));
  await server.close();
  process.exit(0);
});
