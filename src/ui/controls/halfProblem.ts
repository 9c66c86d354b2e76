import { executorFor, hasFailed } from "../deviceVerdict";
import type { AppState } from "../store";

/** What decides on which device a run would be opened. */
export type DeviceSettings = Pick<AppState, "hello" | "executor" | "verdict">;

/**
 * Why the device that the settings choose cannot compute in half precision, as one sentence; undefined if it can, and as long as
 * nothing is known of the devices.
 */
export function halfProblem({ hello, executor, verdict }: DeviceSettings): string | undefined {
  if (hello === undefined) return undefined;
  const { auto, adapter } = hello;
  const choice = executorFor(executor, verdict);
  const onCpu = choice === "cpu" || (choice === "auto" && auto === "cpu");
  if (adapter === undefined) {
    return onCpu
      ? "The CPU computes in 32-bit floats only; 16-bit floats need WebGPU."
      : "16-bit floats need WebGPU, and this browser has no WebGPU device.";
  }
  const lacksHalf = adapter.half !== "native";
  if (!onCpu) return lacksHalf ? `16-bit floats need WebGPU's shader-f16, which ${adapter.name} lacks.` : undefined;
  const why = "The CPU computes in 32-bit floats only";
  if (lacksHalf) return `${why}, and ${adapter.name} lacks WebGPU's shader-f16.`;
  if (hasFailed(verdict)) return `${why}, and ${adapter.name} has failed its check.`;
  return `${why}; WebGPU on ${adapter.name} has 16-bit floats.`;
}
