import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Problem } from "./processes.mjs";

/** @typedef {import("./catalogue.mjs").DataFile} DataFile */
/** @typedef {{ signal?: AbortSignal, stallMs?: number, onProgress?: (bytes: number, total: number) => void }} FetchOptions */

/** The source is at fault, another one may do better. Every other failure ends the data step. */
export class SourceProblem extends Problem {
  /** Whether the source answered at all. */
  answered = true;
}

const STALL_MS = 30_000;

/** @param {unknown} error */
function reason(error) {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  const said = /** @type {Record<string, string>} */ ({
    ENOSPC: "no space left on the disk",
    EACCES: "no permission",
    EROFS: "the disk is read-only",
    ENOTFOUND: "the server's name is not known here (no internet?)",
    EAI_AGAIN: "the server's name cannot be looked up (no internet?)",
    ECONNREFUSED: "the server refuses connections",
    ECONNRESET: "the connection broke",
    UND_ERR_SOCKET: "the connection broke",
    UND_ERR_CONNECT_TIMEOUT: "the server does not answer",
  })[code];
  return said ?? (cause.message || code);
}

/** @param {string} part Whether the process that was writing this temporary file is gone. */
function isLeftover(part) {
  const pid = Number(/\.(\d+)\.part$/.exec(part)?.[1]);
  if (!Number.isInteger(pid) || pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/** @param {string} folder Removes what an interrupted download left behind. */
export async function removeLeftovers(folder) {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (name.endsWith(".part") && isLeftover(name)) await rm(join(folder, name), { force: true });
}

/**
 * Whether the file is there, complete and unchanged.
 * @param {string} path @param {DataFile} file
 */
export async function isValid(path, file) {
  try {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    return bytes === file.bytes && hash.digest("hex") === file.sha256;
  } catch {
    return false;
  }
}

/**
 * The bytes of an http(s) address, or of a file if the source is a path.
 * @param {string} source @param {AbortSignal} signal
 * @returns {Promise<AsyncIterable<Uint8Array>>}
 */
async function openSource(source, signal) {
  if (!/^https?:/.test(source)) return createReadStream(source, { signal });
  // Asks for the bytes as they are: a server must not compress or decompress them on the way.
  const response = await fetch(source, { signal, headers: { "accept-encoding": "identity" } });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new SourceProblem(`${source}: the server answers ${response.status} ${response.statusText}`.trimEnd());
  }
  return response.body;
}

/**
 * Copies one file from a source to a target, checked: the target appears only when complete and correct, and nothing else stays.
 * @param {string} source An http(s) address or a path.
 * @param {string} target
 * @param {DataFile} file
 * @param {FetchOptions} [options] stallMs: how long the source may send nothing.
 * @throws {SourceProblem} if the source cannot be read or gives other bytes. A Problem if the target cannot be written. The signal's reason if aborted.
 */
export async function fetchFile(source, target, file, { signal, stallMs = STALL_MS, onProgress } = {}) {
  signal?.throwIfAborted();
  const folder = dirname(target);
  const part = join(folder, `${basename(target)}.${process.pid}.part`);
  const cannotWrite = (/** @type {unknown} */ error) => new Problem(`cannot write ${target}: ${reason(error)}`);
  const stalled = new AbortController();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(new SourceProblem(`${source}: nothing received for ${stallMs / 1000} s`)), stallMs);
  };
  const either = signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]);

  await mkdir(folder, { recursive: true }).catch((error) => Promise.reject(cannotWrite(error)));
  let answered = false;
  const handle = await open(part, "w").catch((error) => Promise.reject(cannotWrite(error)));
  try {
    const hash = createHash("sha256");
    let bytes = 0;
    alive();
    const chunks = await openSource(source, either);
    answered = true;
    for await (const chunk of chunks) {
      alive();
      bytes += chunk.length;
      if (bytes > file.bytes) throw new SourceProblem(`${source}: longer than the expected ${file.bytes} bytes`);
      hash.update(chunk);
      await handle.writeFile(chunk).catch((error) => Promise.reject(cannotWrite(error)));
      onProgress?.(bytes, file.bytes);
    }
    if (bytes < file.bytes) throw new SourceProblem(`${source}: ends after ${bytes} of ${file.bytes} bytes`);
    const sha256 = hash.digest("hex");
    if (sha256 !== file.sha256) {
      throw new SourceProblem(`${source}: wrong checksum for ${file.path}: expected sha256 ${file.sha256}, received ${sha256}`);
    }
    await handle.close();
    await rename(part, target).catch((error) => Promise.reject(cannotWrite(error)));
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof Problem && !stalled.signal.aborted) throw error;
    const problem = stalled.signal.aborted ? stalled.signal.reason : new SourceProblem(`${source}: ${reason(error)}`);
    problem.answered = answered;
    throw problem;
  } finally {
    clearTimeout(timer);
    await handle.close().catch(() => undefined);
    await rm(part, { force: true });
  }
}
