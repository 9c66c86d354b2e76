import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { dataFiles, dataFolder } from "./catalogue.mjs";
import { fetchFile, isValid, removeLeftovers, SourceProblem } from "./fetchFile.mjs";
import { root } from "./paths.mjs";
import { Problem } from "./processes.mjs";

/** @typedef {import("./catalogue.mjs").DataFile} DataFile */
/**
 * @typedef {object} DataOptions
 * @property {readonly DataFile[]} files
 * @property {string} folder Where the files go.
 * @property {string | undefined} chosenSource A folder that the person named: the only source then.
 * @property {string | undefined} sharedSource A folder to try before the mirrors.
 * @property {(line: string) => void} say
 * @property {import("./fetchFile.mjs").FetchOptions["onProgress"]} [onProgress]
 * @property {AbortSignal} [signal]
 * @property {number} [stallMs]
 */

/**
 * The sources of a file in the order in which they are tried.
 * @param {DataFile} file @param {DataOptions} options
 */
function sourcesOf(file, { chosenSource, sharedSource }) {
  if (chosenSource !== undefined) return [join(chosenSource, file.path)];
  const shared = sharedSource === undefined ? undefined : join(sharedSource, file.path);
  return shared !== undefined && existsSync(shared) ? [shared, ...file.urls] : file.urls;
}

/**
 * Fills the folder with the files that are missing or damaged there; valid files stay as they are.
 * @param {DataOptions} options
 * @returns {Promise<readonly string[]>} What could not be had from any source: file paths. The reasons were said.
 * @throws {Problem} if the folder cannot be written; the signal's reason if aborted.
 */
export async function fillData(options) {
  const { files, folder, say, signal, stallMs, onProgress } = options;
  const missing = [];
  // Without internet the first file's time-outs are enough.
  const silentServers = new Set();
  for (const file of files) {
    const target = join(folder, file.path);
    await removeLeftovers(dirname(target));
    if (await isValid(target, file)) continue;
    let done = false;
    for (const source of sourcesOf(file, options)) {
      const server = /^https?:/.test(source) ? new URL(source).host : undefined;
      if (silentServers.has(server)) continue;
      say(`${file.path} (${megabytes(file.bytes)}) from ${source}`);
      try {
        await fetchFile(source, target, file, {
          ...(signal && { signal }),
          ...(stallMs !== undefined && { stallMs }),
          ...(onProgress && { onProgress }),
        });
        done = true;
        break;
      } catch (error) {
        if (!(error instanceof SourceProblem)) throw error;
        say(error.message);
        if (server !== undefined && !error.answered) silentServers.add(server);
      }
    }
    if (!done) missing.push(file.path);
  }
  return missing;
}

const megabytes = (/** @type {number} */ bytes) => (bytes < 1e5 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** Shows progress on one line of a terminal, and nothing in a log: at most ten times a second. */
function progressLine() {
  let shownAt = 0;
  return (/** @type {number} */ bytes, /** @type {number} */ total) => {
    if (!process.stderr.isTTY) return;
    const now = Date.now();
    if (bytes < total && now - shownAt < 100) return;
    shownAt = now;
    const percent = Math.floor((100 * bytes) / total);
    process.stderr.write(`\r  ${megabytes(bytes)} of ${megabytes(total)}, ${percent} %   ${bytes === total ? "\n" : ""}`);
  };
}

/**
 * The data step of the project: from the folder UNROLL_DATA, else from a folder ../shared/data beside the project, else from the public mirrors.
 * @param {AbortSignal} [signal]
 * @returns {Promise<readonly string[]>} The files that could not be had.
 */
export async function prepareData(signal) {
  const chosenSource = process.env.UNROLL_DATA || undefined;
  if (chosenSource !== undefined && !existsSync(chosenSource))
    throw new Problem(`UNROLL_DATA names a folder that does not exist: ${chosenSource}`);
  return await fillData({
    files: dataFiles(),
    folder: dataFolder,
    chosenSource,
    sharedSource: join(root, "..", "shared", "data"),
    say: (line) => console.error(line),
    onProgress: progressLine(),
    ...(signal && { signal }),
  });
}

/** @param {readonly string[]} missing */
export const missingSentence = (missing) =>
  `Could not get ${missing.join(", ")}. Try again with internet access, or set UNROLL_DATA to a folder that holds the files.`;
