import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { vulkanEnvironment } from "./vulkan.mjs";

/** @type {string} */
let root;
/** @type {string} */
let lib;
/** @type {string} */
let drivers;
/** @type {string} */
let chromium;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "unroll-vulkan-"));
  [lib, drivers, chromium] = /** @type {[string, string, string]} */ (["lib", "icd.d", "chromium"].map((name) => join(root, name)));
  for (const folder of [lib, drivers, chromium]) await mkdir(folder);
});

afterEach(() => rm(root, { recursive: true }));

/** @param {"auto" | "system" | "swiftshader"} choice @param {NodeJS.ProcessEnv} [env] @param {string} [platform] */
const choose = (choice, env = {}, platform = "linux") =>
  vulkanEnvironment(choice, undefined, { platform, env, libraryFolders: [lib], driverFolders: [drivers], browserFolders: [chromium] });

const manifest = (/** @type {string} */ library) => JSON.stringify({ ICD: { library_path: library } });
const addLoader = (/** @type {string} */ folder) => writeFile(join(folder, "libvulkan.so.1"), "");

async function addSwiftShader() {
  await writeFile(join(chromium, "vk_swiftshader_icd.json"), manifest("./libvk_swiftshader.so"));
  await writeFile(join(chromium, "libvk_swiftshader.so"), "");
}

async function addSystemDriver() {
  await writeFile(join(drivers, "some_icd.json"), manifest("libsome.so"));
  await writeFile(join(lib, "libsome.so"), "");
}

test("a machine with nothing has no environment to offer", () => {
  for (const choice of /** @type {const} */ (["auto", "system", "swiftshader"])) expect(choose(choice)).toBeUndefined();
});

test("with only Chromium, loader and driver are both Chromium's", async () => {
  await addSwiftShader();
  expect(choose("swiftshader")).toBeUndefined();
  await addLoader(chromium);
  const icd = join(chromium, "vk_swiftshader_icd.json");
  expect(choose("auto")?.env).toEqual({ VK_DRIVER_FILES: icd, VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: chromium });
  expect(choose("swiftshader", { LD_LIBRARY_PATH: "/opt/x" })?.env.LD_LIBRARY_PATH).toBe(`${chromium}:/opt/x`);
  expect(choose("system")).toBeUndefined();
});

test("a driver needs a loader and its library to count", async () => {
  await addLoader(lib);
  await writeFile(join(drivers, "some_icd.json"), manifest("libsome.so"));
  expect(choose("system")).toBeUndefined();
  await addSystemDriver();
  expect(choose("system")?.env).toEqual({});
});

test("auto prefers the system's driver, swiftshader does not", async () => {
  await addLoader(lib);
  await addSystemDriver();
  await addSwiftShader();
  expect(choose("auto")?.env).toEqual({});
  const icd = join(chromium, "vk_swiftshader_icd.json");
  expect(choose("swiftshader")?.env).toEqual({ VK_DRIVER_FILES: icd, VK_ICD_FILENAMES: icd });
});

test("a driver that the person named is kept", async () => {
  await addLoader(lib);
  await addSwiftShader();
  expect(choose("auto", { VK_DRIVER_FILES: "/my/icd.json" })).toEqual({ env: {}, description: "the Vulkan driver /my/icd.json" });
});

test("other systems need nothing", () => expect(choose("swiftshader", {}, "darwin")?.env).toEqual({}));
