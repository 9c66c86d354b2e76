import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

/** @typedef {{ readonly path: string, readonly bytes: number, readonly sha256: string, readonly urls: readonly string[] }} DataFile */

export const dataFolder = join(root, "public", "data");

/**
 * The data files that the page reads: where each lies below public/data, what it must be, and where it can be had.
 * @returns {readonly DataFile[]}
 */
export function dataFiles() {
  /** @type {{ dataSets: { id: string, mirrors: string[], files: { name: string, bytes: number, sha256: string }[] }[] }} */
  const { dataSets } = JSON.parse(readFileSync(join(dataFolder, "catalogue.json"), "utf8"));
  return dataSets.flatMap(({ id, mirrors, files }) =>
    files.map(({ name, bytes, sha256 }) => ({ path: `${id}/${name}`, bytes, sha256, urls: mirrors.map((mirror) => mirror + name) })),
  );
}
