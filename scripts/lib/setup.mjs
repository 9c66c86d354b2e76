import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./paths.mjs";
import { Problem, run } from "./processes.mjs";

/** @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockedPackage */

/** @param {string} path @returns {Record<string, LockedPackage> | undefined} */
function lockedPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether node_modules holds what the lockfile asks for, judged by the list that npm leaves there when an install is complete.
 * @param {Record<string, LockedPackage> | undefined} wanted
 * @param {Record<string, LockedPackage> | undefined} present
 */
export function isInstalled(wanted, present) {
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => path === "" || optional || present[path]?.version === version);
}

/**
 * Installs a folder's packages if they are missing or not those of its lockfile.
 * @param {{ signal?: AbortSignal, quiet?: boolean, folder?: string }} [options] quiet: everything goes to stderr. folder: without it the project.
 */
export async function setUp({ signal, quiet = false, folder = root } = {}) {
  const present = lockedPackages(join(folder, "node_modules", ".package-lock.json"));
  if (isInstalled(lockedPackages(join(folder, "package-lock.json")), present)) return;
  console.error(
    folder === root ? "Installing packages (npm ci) ..." : `Installing the packages of ${relative(root, folder)}/ (npm ci) ...`,
  );
  const npm = process.env.npm_execpath;
  const args = ["ci", "--include=dev", "--no-fund", "--no-audit", "--prefix", folder];
  /** @type {import("node:child_process").StdioOptions} */
  const stdio = ["ignore", quiet ? 2 : "inherit", "inherit"];
  const options = { ...(signal && { signal }), stdio };
  const code =
    npm?.endsWith("npm-cli.js") === true
      ? await run(process.execPath, [npm, ...args], options)
      : await run("npm", args, { ...options, shell: process.platform === "win32" });
  if (code !== 0)
    throw new Problem("npm ci failed (see above). It needs the npm registry once; afterwards everything works without internet.");
}
