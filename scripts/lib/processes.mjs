import { spawn } from "node:child_process";
import { accessSync, constants as fileModes, mkdirSync } from "node:fs";
import { constants } from "node:os";
import { root } from "./paths.mjs";

const isWindows = process.platform === "win32";
/** How long a child may take to end by itself before it is killed. */
const GRACE_MS = 5000;

/** A fault that a person can understand and act on: printed as a sentence, without a stack. */
export class Problem extends Error {
  /** @override */
  name = "Problem";

  /** @param {string} message @param {number} [exitCode] */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const NO_ENTRY = "Unroll keeps what it builds in its own folder: let this user write there, or work in a copy of it.";
/** @type {Readonly<Record<string, readonly [reason: string, remedy: string]>>} */
const diskFaults = {
  EACCES: ["this user has no permission", NO_ENTRY],
  EPERM: ["this user has no permission", NO_ENTRY],
  EROFS: ["the disk can only be read", NO_ENTRY],
  ENOSPC: ["the disk is full", "Free some space, then try again."],
  EDQUOT: ["this user's share of the disk is full", "Free some space, then try again."],
};
/** Calls that have to do with files; starting a process or opening a port may be denied as well. */
const fileCalls = new Set([
  "access",
  "close",
  "copyfile",
  "fsync",
  "ftruncate",
  "mkdir",
  "open",
  "rename",
  "rm",
  "rmdir",
  "unlink",
  "write",
]);

/**
 * A file or folder that cannot be written, as a Problem; anything else as it is.
 * @param {unknown} error
 * @returns {unknown}
 */
export function withDiskFault(error) {
  if (!(error instanceof Error)) return error;
  const { code = "", syscall = "", path } = /** @type {NodeJS.ErrnoException} */ (error);
  const [reason, remedy] = diskFaults[code] ?? [];
  if (reason === undefined || !fileCalls.has(syscall)) return error;
  return new Problem(`${path ?? "A file"} cannot be written: ${reason}. ${remedy}`);
}

/**
 * Makes sure that files can be written to a folder, which is made if need be: asked before the work whose result goes there.
 * @param {string} folder
 * @throws {Problem} if they cannot.
 */
export function ensureWritable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, fileModes.W_OK);
  } catch (error) {
    throw withDiskFault(error);
  }
}

/** What to print of anything thrown: a sentence where there is one. @param {unknown} error */
export function tellable(error) {
  const fault = withDiskFault(error);
  return fault instanceof Problem ? fault.message : fault;
}

/** @param {import("node:child_process").ChildProcess} child @param {NodeJS.Signals} signal */
function signalTree(child, signal) {
  if (child.pid === undefined) return;
  try {
    if (isWindows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}

/**
 * Runs a command in a process group of its own, so that ending it ends what it started too.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, signal?: AbortSignal, stdio?: import("node:child_process").StdioOptions, shell?: boolean }} [options]
 * @returns {Promise<number>} The exit code; 128 + n after signal n. Rejects if the command cannot be started or the signal aborts.
 */
export function run(command, args, { env = process.env, signal, stdio = ["ignore", "inherit", "inherit"], shell = false } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const child = spawn(command, args, { cwd: root, env, stdio, shell, detached: !isWindows });
    /** @type {NodeJS.Timeout | undefined} */
    let killer;
    const stop = () => {
      signalTree(child, "SIGTERM");
      killer = setTimeout(() => signalTree(child, "SIGKILL"), GRACE_MS);
    };
    signal?.addEventListener("abort", stop, { once: true });
    const settle = () => {
      clearTimeout(killer);
      signal?.removeEventListener("abort", stop);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("exit", (code, endedBy) => {
      settle();
      // What the child itself may have left behind.
      signalTree(child, "SIGKILL");
      if (signal?.aborted) reject(signal.reason);
      else resolve(code ?? 128 + (endedBy === null ? 0 : constants.signals[endedBy]));
    });
  });
}

/**
 * Runs a script's main function: Ctrl-C aborts its signal, a Problem becomes one sentence, anything else a stack.
 * @param {(signal: AbortSignal) => Promise<number | void>} main
 */
export async function runMain(main) {
  const controller = new AbortController();
  /** @type {number | undefined} */
  let interruptedWith;
  for (const [name, code] of /** @type {const} */ ([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ])) {
    process.on(name, () => {
      // The second Ctrl-C does not wait.
      if (interruptedWith !== undefined) process.exit(code);
      interruptedWith = code;
      controller.abort(new Problem("Stopped."));
    });
  }
  /** @type {number} */
  let code;
  try {
    code = (await main(controller.signal)) ?? 0;
  } catch (error) {
    console.error(tellable(error));
    code = error instanceof Problem ? error.exitCode : 1;
  }
  process.exit(interruptedWith ?? code);
}
