import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { installed, root } from "./paths.mjs";
import { Problem, run } from "./processes.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** Where browsers are on this system, the likeliest first. */
function candidates() {
  const { PATH = "", ProgramFiles = "C:\\Program Files", LOCALAPPDATA = "" } = process.env;
  if (process.platform === "darwin") {
    return ["Google Chrome", "Chromium"].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  }
  if (process.platform === "win32") {
    return [ProgramFiles, LOCALAPPDATA].map((folder) => join(folder, "Google", "Chrome", "Application", "chrome.exe"));
  }
  const folders = ["/usr/bin", "/usr/local/bin", "/snap/bin", ...PATH.split(delimiter)];
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), "/opt/google/chrome/chrome"];
}

/** Chromium as Playwright keeps it. */
function playwrightBrowser() {
  try {
    /** @type {string} */
    const path = createRequire(join(root, "package.json"))("@playwright/test").chromium.executablePath();
    return [path];
  } catch {
    return [];
  }
}

/** Whether it starts at all: a stub that only names a package, or a browser that lacks libraries, does not. */
function starts(/** @type {string} */ path) {
  if (!existsSync(path)) return false;
  // On Windows --version opens a window.
  return process.platform === "win32" || spawnSync(path, ["--version"], { timeout: 30_000, stdio: "ignore" }).status === 0;
}

/**
 * The Chromium or Chrome to test with: CHROME_PATH, else one of the system's, else Playwright's; undefined if there is none.
 * @returns {string | undefined}
 * @throws {Problem} if CHROME_PATH is set to something that does not start.
 */
export function findBrowser() {
  const chosen = process.env.CHROME_PATH;
  if (chosen) {
    if (!starts(chosen)) throw new Problem(`CHROME_PATH names a browser that does not start: ${chosen}`);
    return chosen;
  }
  return [...candidates(), ...playwrightBrowser()].find(starts);
}

function isDebianRoot() {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  // On Ubuntu the chromium package is only a pointer to a snap.
  return /^ID=debian$/m.test(existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "");
}

/** Playwright's Chromium; as root on Debian with the libraries that it needs. */
async function installPlaywrights(/** @type {Parameters<typeof run>[2]} */ options) {
  console.log("No Chromium found: downloading Playwright's (npx playwright install chromium) ...");
  const withLibraries = isDebianRoot() ? ["--with-deps"] : [];
  const cli = installed("@playwright", "test", "cli.js");
  await run(process.execPath, [cli, "install", "--no-shell", ...withLibraries, "chromium"], options);
}

async function installDebians(/** @type {Parameters<typeof run>[2]} */ options) {
  console.log("Installing Debian's Chromium (apt-get install chromium) ...");
  const apt = ["-q", "-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=30"];
  await run("apt-get", [...apt, "update"], options);
  await run("apt-get", [...apt, "install", "-y", "--no-install-recommends", "chromium"], options);
}

/**
 * The browser, installed first if there is none: Playwright's, else Debian's package where that is allowed.
 * @param {AbortSignal} [signal]
 * @throws {Problem} if there is no browser in the end.
 */
export async function ensureBrowser(signal) {
  const found = findBrowser();
  if (found !== undefined) return found;
  const options = { ...(signal && { signal }), env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  for (const install of [installPlaywrights, ...(isDebianRoot() ? [installDebians] : [])]) {
    await install(options);
    const browser = findBrowser();
    if (browser !== undefined) return browser;
  }
  throw new Problem(
    "There is no Chromium or Chrome that starts, and none could be installed. Install one, or set CHROME_PATH to one; on a bare Linux " +
      "Playwright's also needs the libraries that `npx playwright install-deps chromium` installs.",
  );
}
