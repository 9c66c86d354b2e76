import { type ChildProcess, spawn } from "node:child_process";
import type { ChildMessage } from "./child";
import type { Job, ResultOf } from "./jobs";
import { places } from "./places";

/** How a job is carried out somewhere else, and given up. */
export interface Runner {
  run<J extends Job>(job: J, limitMs: number): Promise<ResultOf<J>>;
  close(): Promise<void>;
}

/** The last lines of what a child wrote, for its failure. */
const TAIL = 400;

/** Tells a job's end, or throws why there is none: one sentence, without what the child printed before. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly message: ChildMessage | undefined;
}

function isChildMessage(value: unknown): value is ChildMessage {
  return typeof value === "object" && value !== null && ("result" in value || "failure" in value);
}

/** Runs a command until it ends; kills it at the limit or when the signal aborts. @throws Error that says why. */
function untilEnd(child: ChildProcess, limitMs: number, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const texts = { stdout: "", stderr: "" };
    let message: ChildMessage | undefined;
    for (const name of ["stdout", "stderr"] as const) child[name]?.setEncoding("utf8").on("data", (text: string) => (texts[name] += text));
    const kill = (): void => void child.kill("SIGKILL");
    const timer = setTimeout(() => {
      kill();
      reject(new Error(`no result within ${Math.round(limitMs / 1000)} s`));
    }, limitMs);
    signal.addEventListener("abort", kill, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", kill);
    };
    child.on("message", (value) => {
      if (isChildMessage(value)) message = value;
    });
    child.once("error", (error) => {
      settle();
      reject("code" in error && error.code === "ENOENT" ? new Error(`there is no ${child.spawnfile} on this machine`) : error);
    });
    child.once("close", (code) => {
      settle();
      if (signal.aborted) reject(signal.reason);
      else resolve({ code, ...texts, message });
    });
  });
}

const lastLine = (text: string): string => text.trim().slice(-TAIL).split("\n").at(-1) ?? "";

/** Runs each job in a Node process of its own. @param flags of Node. */
export function createNodeRunner(env: NodeJS.ProcessEnv, signal: AbortSignal, flags: readonly string[] = []): Runner {
  return {
    async run<J extends Job>(job: J, limitMs: number): Promise<ResultOf<J>> {
      signal.throwIfAborted();
      const args = [...flags, process.argv[1] ?? "", "child", JSON.stringify(job)];
      const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe", "ipc"], windowsHide: true });
      const { code, stderr, message } = await untilEnd(child, limitMs, signal);
      if (message === undefined) throw new Error(lastLine(stderr) || `its process ended with code ${code}`);
      if ("failure" in message) throw new Error(message.failure);
      // What the same program's `runJob` returned for this very job.
      return message.result as ResultOf<J>;
    },
    close: async () => {},
  };
}

/** Runs the PyTorch script. @param job null only asks whether the device is there. @throws Error that says why not. */
export async function runTorch(
  python: string,
  device: "cpu" | "cuda",
  job: object | null,
  limitMs: number,
  signal: AbortSignal,
): Promise<unknown> {
  signal.throwIfAborted();
  const args = [places.torchScript, device, ...(job === null ? [] : [JSON.stringify(job)])];
  const child = spawn(python, args, { stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  const { code, stdout, stderr } = await untilEnd(child, limitMs, signal);
  if (code !== 0) throw new Error(lastLine(stderr) || `Python ended with code ${code}`);
  return job === null ? null : JSON.parse(stdout);
}
