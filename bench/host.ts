import { closeSync, openSync, writeFileSync } from "node:fs";
import { findBrowser } from "../scripts/lib/browser.mjs";
import { Problem, withDiskFault } from "../scripts/lib/processes.mjs";
import { vulkanEnvironment } from "../scripts/lib/vulkan.mjs";
import { createNodeRunner, type Runner } from "./children";
import type { Job, ResultOf } from "./jobs";
import type { BenchOptions, Place } from "./options";
import type { Saved } from "./saved";

/** Without their caches on disk, drivers compile every shader anew: a first step is then the same at every run. */
const withoutCaches: Readonly<Record<string, string>> = { MESA_SHADER_CACHE_DISABLE: "true", __GL_SHADER_DISK_CACHE: "0" };

/** The environment of a child: the Vulkan driver that was chosen. @throws Problem if it is not on this machine. */
export function environmentFor(on: Place, caches = withoutCaches): NodeJS.ProcessEnv {
  if (on !== "system" && on !== "swiftshader") return process.env;
  const vulkan = vulkanEnvironment(on, on === "swiftshader" ? findBrowser() : undefined);
  if (vulkan === undefined) throw new Problem(`--on ${on}: this machine has no such Vulkan driver.`);
  return { ...process.env, ...caches, ...vulkan.env };
}

/** Runs jobs where the options say. @param flags of Node. */
export async function openRunner({ on }: BenchOptions, signal: AbortSignal, flags: readonly string[] = []): Promise<Runner> {
  if (on !== "browser") return createNodeRunner(environmentFor(on), signal, flags);
  const { createBrowserRunner } = await import("./browser/host");
  return createBrowserRunner(signal);
}

/** A job of Unroll's own, without which there is nothing to report. @throws Problem that says why it failed. */
export async function runOwn<J extends Job>(runner: Runner, job: J, { limit }: BenchOptions, signal: AbortSignal): Promise<ResultOf<J>> {
  try {
    return await runner.run(job, limit * 1000);
  } catch (error) {
    signal.throwIfAborted();
    throw new Problem(`${job.kind}: ${messageOf(error)}`);
  }
}

export const executorOn = (on: Place): "webgpu" | "cpu" => (on === "cpu" ? "cpu" : "webgpu");

/** Asked before hours of measuring. @throws Problem if the file cannot be written. */
export const ensureJson = (path: string | null): void => writing(path, (file) => closeSync(openSync(file, "a")));

/** @throws Problem if the file cannot be written. */
export const writeJson = (path: string | null, value: Saved): void =>
  writing(path, (file) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`));

function writing(path: string | null, write: (path: string) => void): void {
  if (path === null) return;
  try {
    write(path);
  } catch (error) {
    const fault = withDiskFault(error);
    if (fault instanceof Problem) throw fault;
    throw new Problem(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
