import * as v from "valibot";
import type { ExecutorChoice } from "../worker/protocol";
import type { DeviceCheck } from "../worker/reports";
import { Remembered } from "./remembered";

const verdictSchema = v.object({
  /** As the browser names it. */
  adapter: v.pipe(v.string(), v.maxLength(300)),
  /** Of Unroll: another version has other kernels, so it says nothing about them. */
  version: v.pipe(v.string(), v.maxLength(50)),
  /** Kernels that compute wrong. */
  kernels: v.array(v.pipe(v.string(), v.regex(/^[\w ()]{1,80}$/))),
  /** Networks whose gradient is wrong: a cell, with "(f16)" if it is in half precision. */
  gradients: v.array(v.pipe(v.string(), v.regex(/^[\w ()]{1,80}$/))),
  /** The device was lost while it was checked. */
  lost: v.boolean(),
  checkedAt: v.pipe(v.string(), v.isoTimestamp()),
});

/** What a check has said of a WebGPU adapter. */
export type Verdict = v.InferOutput<typeof verdictSchema>;

export const hasFailed = (verdict: Verdict | undefined): boolean =>
  verdict !== undefined && (verdict.lost || verdict.kernels.length + verdict.gradients.length > 0);

/** What a check says of its WebGPU adapter: a failure as soon as there is one, success at its end; undefined as long as it says nothing. */
export function verdictOf(check: DeviceCheck, version: string, now: Date): Verdict | undefined {
  const { target, device, kernels, gradients, end, failure } = check;
  if (target !== "webgpu" || device === undefined) return undefined;
  const wrong = <T extends { readonly passed: boolean }>(reports: readonly T[]): T[] => reports.filter(({ passed }) => !passed);
  const verdict: Verdict = {
    adapter: device.name,
    version,
    kernels: wrong(kernels).map(({ kernel }) => kernel),
    gradients: wrong(gradients).map(({ name }) => name),
    lost: end === "failed" && failure?.code === "device-lost",
    checkedAt: now.toISOString(),
  };
  return hasFailed(verdict) || end === "done" ? verdict : undefined;
}

const listed = (names: readonly string[]): string =>
  names.length <= 3
    ? new Intl.ListFormat("en").format(names)
    : `${names.slice(0, 2).join(", ")} and ${(names.length - 2).toString()} others`;

/** A clause on what is wrong: "the kernel sgd does not compute right". Empty if nothing is. */
export function faultOf({ kernels, gradients, lost }: Pick<Verdict, "kernels" | "gradients" | "lost">): string {
  if (kernels.length === 1) return `the kernel ${listed(kernels)} does not compute right`;
  if (kernels.length > 1) return `${kernels.length} kernels do not compute right: ${listed(kernels)}`;
  if (gradients.length > 0) return `the gradient of ${listed(gradients)} is wrong`;
  return lost ? "the GPU was lost while it was checked" : "";
}

/** The executor to ask for: `auto` never takes a device that has failed its check. */
export const executorFor = (choice: ExecutorChoice, verdict: Verdict | undefined): ExecutorChoice =>
  choice === "auto" && hasFailed(verdict) ? "cpu" : choice;

/** Verdicts on this browser's adapters. Another version has other kernels, so its verdict says nothing. */
export const verdicts = new Remembered("unroll-device-checks", verdictSchema);
