import type { DeviceCheck } from "../worker/reports";
import { faultOf } from "./deviceVerdict";
import { formatBytes, formatCount } from "./format";

/** "0.031" of what is tolerated; equal numbers are "exact". */
export function formatWorst(worst: number): string {
  if (worst === 0) return "exact";
  if (!Number.isFinite(worst)) return "∞";
  if (worst >= 100) return formatCount(worst);
  return worst < 0.001 ? "< 0.001" : worst.toPrecision(2);
}

/** A slope, with the digits that f32 has. */
export const formatSlope = (value: number): string => (Number.isFinite(value) ? value.toPrecision(6) : String(value));

export const formatError = (value: number): string => (Number.isFinite(value) ? value.toExponential(1) : "∞");

const wrongOf = (check: DeviceCheck) => ({
  kernels: check.kernels.filter(({ passed }) => !passed).map(({ kernel }) => kernel),
  gradients: check.gradients.filter(({ passed }) => !passed).map(({ name }) => name),
  lost: check.end === "failed" && check.failure?.code === "device-lost",
});

const capitalised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** What has come out so far, in a sentence or two. */
export function checkSummary(check: DeviceCheck, cancelling = false): string {
  const { kernels, kernelTotal, gradients, gradientTotal, end, failure, current } = check;
  const fault = faultOf(wrongOf(check));
  const found = fault === "" ? "" : `${capitalised(fault)}.`;
  const done = `${kernels.length} of ${kernelTotal} kernels and ${gradients.length} of ${gradientTotal} gradients`;
  switch (end) {
    case undefined:
      if (cancelling) return "Stopping after the case that is being checked.";
      return current === undefined ? "Opening the device." : `Checking ${current}. ${found}`.trim();
    case "cancelled":
      return `Cancelled after ${done}. ${found}`.trim();
    case "failed":
      return `The check could not go on after ${done}: ${failure?.message ?? "the reason is unknown."} ${failure?.advice ?? ""}`.trim();
    case "done":
      return found === "" ? `All ${kernels.length} kernels and all ${gradients.length} gradients compute right on this device.` : found;
    default:
      return end satisfies never;
  }
}

/** Limits that decide what can be trained, shown first. */
export const mainLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupsPerDimension",
] as const;

export const formatLimit = (name: string, value: number): string =>
  /Size$/.test(name) && value >= 4096 ? formatBytes(value) : String(value);

/** Whether the check has tried half precision. */
function halfText({ target, device, kernels, gradients, end }: DeviceCheck): string {
  if (target === "cpu") return "the CPU has none: not checked";
  if (device?.half !== "native") return "no shader-f16: not checked";
  const tried = kernels.filter(({ kernel }) => kernel.includes("(f16"));
  const wrong = tried.filter(({ passed }) => !passed).length;
  if (wrong > 0) return `shader-f16, ${wrong} of ${tried.length} kernels wrong`;
  const nets = gradients.filter(({ precision }) => precision === "f16");
  if (nets.some(({ passed }) => !passed)) return `shader-f16, ${tried.length} kernels right, the gradient wrong`;
  return end === "done" ? `shader-f16, ${tried.length} kernels and a gradient checked` : "shader-f16, not fully checked";
}

/** What was tolerated of gradients: "At most 0.0002 is tolerated, and 0.008 in f16." Empty before the first. */
export function toleranceText(gradients: DeviceCheck["gradients"]): string {
  const of = (wanted: "f32" | "f16") => gradients.find(({ precision }) => precision === wanted)?.tolerance;
  const [single, half] = [of("f32"), of("f16")];
  if (single === undefined) return "";
  return `At most ${single} is tolerated${half === undefined ? "" : `, and ${half} in f16`}.`;
}

/** What is known of the device, as pairs of a name and a text. */
export function deviceFacts(check: DeviceCheck): (readonly [name: string, text: string])[] {
  const { device, adapter } = check;
  if (device === undefined) return [];
  const facts: (readonly [string, string])[] = [
    ["Device", device.name],
    ["Runs on", device.executor === "webgpu" ? (device.isSoftware ? "WebGPU, computed by software" : "WebGPU") : "CPU"],
    ["16-bit floats", halfText(check)],
  ];
  if (adapter === undefined) return [...facts, ["Features", device.features.join(", ") || "none"]];
  const { vendor, architecture, description, subgroupSizes, isFallback, features } = adapter;
  const told = (text: string): string => (text === "" ? "not told by the browser" : text);
  return [
    ...facts,
    ["Vendor", told(vendor)],
    ["Architecture", told(architecture)],
    ["Device id", told(adapter.device)],
    ["Driver", told(description)],
    ...(isFallback === undefined ? [] : [["Fallback adapter", isFallback ? "yes" : "no"] as const]),
    ...(subgroupSizes === undefined ? [] : [["Subgroup sizes", subgroupSizes.join(" to ")] as const]),
    ["Features", features.join(", ") || "none"],
  ];
}

export interface ReportFacts {
  readonly version: string;
  readonly userAgent: string;
  readonly date: Date;
}

const row = (...cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

/** The whole check as Markdown that reads well as plain text, to be put into a bug report. */
export function checkReport(check: DeviceCheck, { version, userAgent, date }: ReportFacts): string {
  const { kernels, gradients, adapter, ms } = check;
  const lines = [
    "# Unroll: check of a device",
    "",
    checkSummary(check),
    "",
    `- Unroll: ${version}`,
    `- Date: ${date.toISOString()}`,
    `- Time taken: ${(ms / 1000).toFixed(1)} s`,
    `- Browser: ${userAgent}`,
    ...deviceFacts(check).map(([name, text]) => `- ${name}: ${text}`),
    "",
    "## Kernels",
    "",
    "Worst error against the same kernel in double precision, as a fraction of what is tolerated (1 is the most).",
    "",
    row("kernel", "cases", "worst error", "passed"),
    row("---", "---", "---", "---"),
    ...kernels.map(({ kernel, cases, worst, passed }) => row(kernel, String(cases), formatWorst(worst), passed ? "yes" : "NO")),
    "",
    "## Gradients",
    "",
    `A small network of each cell: its gradients against double precision, and the slope that they give against the measured one, both relative. ${toleranceText(gradients)}`.trim(),
    "",
    row("cell", "largest relative error", "in", "slope by the gradient", "slope measured", "error of the slope", "passed"),
    row("---", "---", "---", "---", "---", "---", "---"),
    ...gradients.map(({ name, worst, parameter, slope, difference, slopeError, passed }) =>
      row(
        name,
        formatError(worst),
        parameter || "–",
        formatSlope(slope),
        formatSlope(difference),
        formatError(slopeError),
        passed ? "yes" : "NO",
      ),
    ),
  ];
  const failures = [...kernels, ...gradients].flatMap(({ failure }) => failure ?? []);
  if (failures.length > 0) lines.push("", "## What is wrong", "", ...failures.map((failure) => `- ${failure}`));
  if (adapter !== undefined) {
    lines.push("", "## Limits", "", ...Object.entries(adapter.limits).map(([name, value]) => `- ${name}: ${value}`));
  }
  return `${lines.join("\n")}\n`;
}
