import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dataFiles } from "./catalogue.mjs";
import { fillData } from "./dataStep.mjs";

/** @typedef {import("node:http").RequestListener} Listener */

const content = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 31) % 251));
const sha256 = createHash("sha256").update(content).digest("hex");

/** @type {string} */
let folder;
/** @type {string[]} */
let said;
/** @type {import("node:http").Server[]} */
let servers;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unroll-data-"));
  said = [];
  servers = [];
});

afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true });
});

/** @param {Listener} listener @returns {Promise<string>} The server's address. */
async function serve(listener) {
  const server = createServer(listener);
  servers.push(server);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}/set/file.gz`;
}

/** @type {Listener} */
const good = (_, response) => response.end(content);
/** @type {Listener} */
const damaged = (_, response) => response.end(Buffer.alloc(content.length, 7));
/** @type {Listener} */
const cutShort = (_, response) => response.end(content.subarray(0, 20_000));
/** @type {Listener} */
const tooLong = (_, response) => response.end(Buffer.concat([content, content]));
/** @type {Listener} */
const absent = (_, response) => response.writeHead(404).end("not here");
/** @type {Listener} */
const brokenOff = (_, response) => {
  response.writeHead(200, { "content-length": content.length });
  response.write(content.subarray(0, 20_000), () => response.destroy());
};
/** @type {Listener} */
const silent = (_, response) => {
  response.writeHead(200, { "content-length": content.length });
  response.write(content.subarray(0, 20_000));
};

/** @param {readonly string[]} urls @param {Partial<import("./dataStep.mjs").DataOptions>} [options] */
const fill = (urls, options) =>
  fillData({
    files: [{ path: "set/file.gz", bytes: content.length, sha256, urls }],
    folder,
    chosenSource: undefined,
    sharedSource: undefined,
    say: (line) => said.push(line),
    ...options,
  });

const filesInSet = () => readdir(join(folder, "set"));
const written = () => readFile(join(folder, "set", "file.gz"));

test("downloads a file and reports its progress", async () => {
  /** @type {number[]} */
  const progress = [];
  const missing = await fill([await serve(good)], { onProgress: (bytes) => progress.push(bytes) });
  expect(missing).toEqual([]);
  expect(await written()).toEqual(content);
  expect(await filesInSet()).toEqual(["file.gz"]);
  expect(progress.at(-1)).toBe(content.length);
});

test("keeps a valid file without asking anyone", async () => {
  await mkdir(join(folder, "set"));
  await writeFile(join(folder, "set", "file.gz"), content);
  expect(await fill([])).toEqual([]);
  expect(said).toEqual([]);
});

test("replaces a damaged file and removes what an interrupted run left", async () => {
  await mkdir(join(folder, "set"));
  await writeFile(join(folder, "set", "file.gz"), content.subarray(1));
  await writeFile(join(folder, "set", "file.gz.999999999.part"), "x");
  expect(await fill([await serve(good)])).toEqual([]);
  expect(await written()).toEqual(content);
  expect(await filesInSet()).toEqual(["file.gz"]);
});

test("a wrong checksum names the file and both sums, and nothing is kept", async () => {
  expect(await fill([await serve(damaged)])).toEqual(["set/file.gz"]);
  const received = createHash("sha256").update(Buffer.alloc(content.length, 7)).digest("hex");
  expect(said.at(-1)).toContain("set/file.gz");
  expect(said.at(-1)).toContain(sha256);
  expect(said.at(-1)).toContain(received);
  expect(await filesInSet()).toEqual([]);
});

test.each(
  /** @type {const} */ ([
    ["a short file", cutShort, "ends after 20000 of 50000 bytes"],
    ["a long file", tooLong, "longer than the expected 50000 bytes"],
    ["a broken connection", brokenOff, "the connection broke"],
    ["a missing file", absent, "answers 404"],
    ["a silent server", silent, "nothing received for 0.2 s"],
  ]),
)("%s is a clear failure that leaves nothing, and the next mirror is tried", async (_, listener, sentence) => {
  const bad = await serve(listener);
  expect(await fill([bad], { stallMs: 200 })).toEqual(["set/file.gz"]);
  expect(said.at(-1)).toContain(sentence);
  expect(await filesInSet()).toEqual([]);
  expect(await fill([bad, await serve(good)], { stallMs: 200 })).toEqual([]);
  expect(await written()).toEqual(content);
});

test("an unreachable server is said plainly", async () => {
  const url = await serve(good);
  servers.pop()?.close();
  expect(await fill([url])).toEqual(["set/file.gz"]);
  expect(said.at(-1)).toContain("refuses connections");
});

test("a server that did not answer is not asked for the other files", async () => {
  const url = await serve(good);
  servers.pop()?.close();
  const files = ["a", "b", "c"].map((name) => ({ path: `set/${name}`, bytes: content.length, sha256, urls: [url] }));
  expect(await fill([], { files })).toEqual(["set/a", "set/b", "set/c"]);
  expect(said).toHaveLength(2);
});

test("a failure to write ends the step at once: no mirror can help", async () => {
  await writeFile(join(folder, "set"), "a file where the folder should be");
  await expect(fill([await serve(good), await serve(good)])).rejects.toThrow(/cannot write .*set/);
  expect(said).toHaveLength(1);
});

test("a target that cannot be replaced is a failure to write, and leaves no temporary file", async () => {
  await mkdir(join(folder, "set", "file.gz", "inside"), { recursive: true });
  await expect(fill([await serve(good)])).rejects.toThrow("cannot write");
  expect(await filesInSet()).toEqual(["file.gz"]);
});

test("cancelling stops a download in the middle and leaves nothing", async () => {
  const controller = new AbortController();
  const filling = fill([await serve(silent)], { signal: controller.signal, onProgress: () => controller.abort(new Error("Stopped.")) });
  await expect(filling).rejects.toThrow("Stopped.");
  expect(await filesInSet()).toEqual([]);
});

test("a named folder is the only source; a shared one comes before the mirrors", async () => {
  const source = join(folder, "source");
  await mkdir(join(source, "set"), { recursive: true });
  await writeFile(join(source, "set", "file.gz"), content);
  expect(await fill([], { sharedSource: source })).toEqual([]);
  expect(await written()).toEqual(content);

  await rm(join(folder, "set"), { recursive: true });
  await writeFile(join(source, "set", "file.gz"), "something else");
  const mirror = await serve(good);
  expect(await fill([mirror], { chosenSource: source })).toEqual(["set/file.gz"]);
  expect(said.at(-1)).toContain("ends after 14 of 50000 bytes");
  expect(await fill([mirror], { sharedSource: source })).toEqual([]);
});

test("the catalogue lists complete, distinct files with addresses", () => {
  const files = dataFiles();
  expect(new Set(files.map(({ path }) => path)).size).toBe(5);
  for (const file of files) {
    expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(file.bytes).toBeGreaterThan(0);
    for (const url of file.urls) expect(new URL(url).pathname.endsWith(file.path.split("/").at(-1) ?? "?")).toBe(true);
  }
});
