import { spawn } from "node:child_process";
import { environmentFor } from "../host";
import type { BenchOptions } from "../options";

/** Checks every kernel and the gradients of small networks on this device, in a process with the chosen driver. */
export function runCheck({ on }: BenchOptions, signal: AbortSignal): Promise<number> {
  const args = [process.argv[1] ?? "", "child-check", on === "cpu" ? "cpu" : "webgpu"];
  const child = spawn(process.execPath, args, { env: environmentFor(on, {}), stdio: ["ignore", "inherit", "inherit"] });
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
    child.once("error", reject);
    child.once("exit", (code) => (signal.aborted ? reject(signal.reason) : resolve(code ?? 1)));
  });
}
