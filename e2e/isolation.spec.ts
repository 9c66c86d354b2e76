import { createReadStream, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join, normalize } from "node:path";
import { expect, test } from "@playwright/test";
import { openPage } from "./openPage";
import { smallCopy, status } from "./run";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** The built page in a folder of a static host, which sends no headers but a file's type. */
function staticHost(): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://host");
    const path = normalize(join("dist", pathname.replace(/^\/unroll\//, "/").replace(/\/$/, "/index.html")));
    if (!path.startsWith("dist") || !statSync(path, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": types[extname(path)] ?? "application/octet-stream" });
    createReadStream(path).pipe(response);
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({ server, url: `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}/unroll/` });
    }),
  );
}

test("on a static host the page isolates itself, and trains on several threads", { tag: "@page" }, async ({ page }) => {
  const { server, url } = await staticHost();
  try {
    const settings = new URLSearchParams(Object.entries(smallCopy).map(([field, value]) => [field, String(value)]));
    const problems = await openPage(page, `${url}?${settings}&executor=cpu&threads=2`);
    await page.waitForFunction(() => crossOriginIsolated);
    await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
    await expect(page.locator(".device-name")).toHaveText("WebAssembly SIMD, two threads");
    await page.getByTestId("step").click();
    await expect(status(page)).toHaveText("paused");
    expect(problems).toEqual([]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("a browser that forbids service workers trains on one thread", { tag: "@page" }, async ({ browser }) => {
  const { server, url } = await staticHost();
  const context = await browser.newContext({ serviceWorkers: "block" });
  try {
    const page = await context.newPage();
    await openPage(page, `${url}?preset=copy-memory&executor=cpu`);
    await expect(status(page)).toHaveText("ready", { timeout: 60_000 });
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await expect(page.locator(".device-name")).toHaveText("WebAssembly SIMD, one thread");
    await page.getByTestId("step").click();
    await expect(status(page)).toHaveText("paused");
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
  }
});
