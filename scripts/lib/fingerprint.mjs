import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * A short name for the present state of some files and folders: it changes when a file is added, removed, resized or written to.
 * @param {readonly string[]} paths
 * @param {string} [salt]
 */
export function fingerprint(paths, salt = "") {
  const hash = createHash("sha256").update(salt);
  const add = (/** @type {string} */ path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (stats.isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(`${path}\n${stats.size}\n${stats.mtimeMs}\n`);
  };
  for (const path of paths) add(path);
  return hash.digest("hex").slice(0, 16);
}
