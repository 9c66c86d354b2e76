import type { DeviceChoice } from "./devices";
import type { ExecutorChoice } from "./protocol";

const GIBIBYTE = 2 ** 30;
/** Where the browser does not tell how much memory there is. */
const UNKNOWN_BYTES = 4 * GIBIBYTE;
/** Of a machine's memory; the rest is for the system and the browser. */
const SHARE = 0.5;

/**
 * How much memory the contestants of a race may take together. undefined for a real GPU: no browser tells what it has, so the executor's
 * own check while it allocates, before anything trains, has the last word.
 */
export function raceMemory(
  choice: ExecutorChoice,
  survey: Pick<DeviceChoice, "auto" | "adapter"> | null,
  navigator: object,
): number | undefined {
  const executor = choice === "auto" ? (survey?.auto ?? "cpu") : choice;
  if (executor === "webgpu" && survey?.adapter?.isSoftware === false) return undefined;
  // In GiB, rounded and capped; only some browsers have it.
  const memory = "deviceMemory" in navigator ? navigator.deviceMemory : undefined;
  return typeof memory === "number" && memory > 0 ? memory * GIBIBYTE * SHARE : UNKNOWN_BYTES;
}
