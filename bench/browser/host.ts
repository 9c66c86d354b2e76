import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join, normalize } from "node:path";
import type { Browser, BrowserType } from "playwright";
import { findBrowser } from "../../scripts/lib/browser.mjs";
import { Problem } from "../../scripts/lib/processes.mjs";
import type { ChildMessage } from "../child";
import type { Runner } from "../children";
import type { Job, ResultOf } from "../jobs";
import { places } from "../places";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** Cross-origin isolation, without which no library may use threads. */
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** Serves a folder on a free port of this machine only. */
function serve(folder: string): Promise<{ readonly server: Server; readonly address: string }> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    const file = join(folder, path === "/" ? "index.html" : path);
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { ...isolation, "Content-Type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address !== null && typeof address === "object") resolve({ server, address: `http://127.0.0.1:${address.port}/` });
      else reject(new Error("no free port"));
    });
  });
}

const browserArguments = [
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  ...["--enable-unsafe-webgpu", "--enable-features=Vulkan", "--disable-background-networking", "--no-first-run"],
];
/** A browser offers a software adapter only if it is told to. */
const SOFTWARE = "--use-webgpu-adapter=swiftshader";

/** What launches the browser: on a real GPU where it finds one by itself, else on SwiftShader. */
async function launcher(chromium: BrowserType, executablePath: string, address: string): Promise<() => Promise<Browser>> {
  const launch = (args: readonly string[]) => () => chromium.launch({ executablePath, args: [...browserArguments, ...args] });
  const browser = await launch([])();
  try {
    const page = await browser.newPage();
    await page.goto(address);
    const hasGpu = await page.evaluate(async () => {
      const adapter = await navigator.gpu?.requestAdapter();
      return adapter !== undefined && adapter !== null && !adapter.info.isFallbackAdapter;
    });
    return launch(hasGpu ? [] : [SOFTWARE]);
  } finally {
    await browser.close();
  }
}

/** Runs each job in a fresh page of a browser of its own. @throws Problem if there is no browser, or no page was built. */
export async function createBrowserRunner(signal: AbortSignal): Promise<Runner> {
  const { page: folder } = places;
  if (folder === undefined) throw new Problem("--on browser is for the project's folder: npm run bench -- --on browser.");
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Problem("There is no Chromium or Chrome. Install one, or set CHROME_PATH to one.");
  const { chromium } = await import("playwright");
  const { server, address } = await serve(folder);
  const launch = await launcher(chromium, executablePath, address);
  return {
    async run<J extends Job>(job: J, limitMs: number): Promise<ResultOf<J>> {
      signal.throwIfAborted();
      const browser = await launch();
      const close = (): void => void browser.close();
      signal.addEventListener("abort", close, { once: true });
      let timer: ReturnType<typeof setTimeout> | undefined;
      try {
        const page = await browser.newPage();
        await page.goto(address);
        await page.waitForFunction(() => window.runBenchJob !== undefined);
        const late = new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error(`no result within ${Math.round(limitMs / 1000)} s`)), limitMs);
        });
        const done = page.evaluate((given): Promise<ChildMessage> => {
          if (window.runBenchJob === undefined) throw new Error("the page is not ready");
          return window.runBenchJob(given);
        }, job as Job);
        const message = await Promise.race([done, late]);
        if ("failure" in message) throw new Error(message.failure);
        // What the same program's `runJob` returned for this very job.
        return message.result as ResultOf<J>;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", close);
        await browser.close().catch(() => {});
      }
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
