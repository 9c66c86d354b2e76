import { describe, expect, it } from "vitest";
import type { DeviceCheck } from "../worker/reports";
import { checkReport, checkSummary, deviceFacts, formatWorst } from "./checkReport";

const check: DeviceCheck = {
  target: "webgpu",
  device: { executor: "webgpu", name: "NVIDIA ampere", isSoftware: false, features: ["shader-f16"], half: "native" },
  adapter: {
    vendor: "nvidia",
    architecture: "ampere",
    device: "",
    description: "driver 1 | 2",
    isFallback: false,
    subgroupSizes: [32, 64],
    features: ["shader-f16", "timestamp-query"],
    limits: { maxBufferSize: 4294967296, maxBindGroups: 4 },
  },
  kernels: [
    { kernel: "fill", cases: 4, passed: true, worst: 0 },
    { kernel: "sgd", cases: 3, passed: false, worst: 123456, failure: 'sgd, case "plain": params[0] is 1, and should be -1' },
  ],
  kernelTotal: 2,
  gradients: [
    {
      name: "lstm",
      cell: "lstm",
      precision: "f32",
      tolerance: 2e-4,
      passed: true,
      count: 10,
      worst: 2.7e-7,
      parameter: "fc.bias",
      slope: 0.0123456789,
      difference: 0.0123456,
      slopeError: 1e-6,
    },
    {
      name: "gru",
      cell: "gru",
      precision: "f32",
      tolerance: 2e-4,
      passed: false,
      count: 10,
      worst: Number.POSITIVE_INFINITY,
      parameter: "",
      slope: Number.NaN,
      difference: Number.NaN,
      slopeError: Number.POSITIVE_INFINITY,
      failure: "The kernel sgd does not compile.",
    },
  ],
  gradientTotal: 2,
  end: "done",
  ms: 2345,
};
const right: DeviceCheck = { ...check, kernels: check.kernels.slice(0, 1), gradients: check.gradients.slice(0, 1) };
const facts = { version: "1.2.3", userAgent: "Mozilla/5.0 (X11)", date: new Date("2030-01-02T03:04:05Z") };

describe("the report", () => {
  const text = checkReport(check, facts);

  it.each([
    "The kernel sgd does not compute right.",
    "- Unroll: 1.2.3",
    "- Date: 2030-01-02T03:04:05.000Z",
    "- Time taken: 2.3 s",
    "- Browser: Mozilla/5.0 (X11)",
    "- Device: NVIDIA ampere",
    "- Vendor: nvidia",
    "- Device id: not told by the browser",
    "- Fallback adapter: no",
    "- Subgroup sizes: 32 to 64",
    "- Features: shader-f16, timestamp-query",
    "| fill | 4 | exact | yes |",
    "| sgd | 3 | 123,456 | NO |",
    "| lstm | 2.7e-7 | fc.bias | 0.0123457 | 0.0123456 | 1.0e-6 | yes |",
    "| gru | ∞ | – | NaN | NaN | ∞ | NO |",
    '- sgd, case "plain": params[0] is 1, and should be -1',
    "- The kernel sgd does not compile.",
    "- maxBufferSize: 4294967296",
    "- maxBindGroups: 4",
  ])("says %s", (line) => expect(text.split("\n")).toContain(line));

  it("of a device without fault has no section on what is wrong", () => {
    expect(checkReport(right, facts)).toContain("All 1 kernels and all 1 gradients compute right on this device.");
    expect(checkReport(right, facts)).not.toContain("What is wrong");
  });

  it("of the CPU has no adapter and no limits", () => {
    const { adapter: _, ...rest } = right;
    const cpu: DeviceCheck = {
      ...rest,
      target: "cpu",
      device: { executor: "cpu", name: "WebAssembly SIMD, one thread", isSoftware: true, features: ["simd"], half: "none" },
    };
    expect(checkReport(cpu, facts)).not.toMatch(/Vendor|Limits/);
    expect(deviceFacts(cpu)).toEqual([
      ["Device", "WebAssembly SIMD, one thread"],
      ["Runs on", "CPU"],
      ["16-bit floats", "the CPU has none: not checked"],
      ["Features", "simd"],
    ]);
  });
});

describe("half precision in the report", () => {
  const half = { kernel: "sgd (f16)", cases: 3, passed: true, worst: 0.1 };
  const net = { ...right.gradients[0]!, name: "lstm (f16)", precision: "f16", tolerance: 0.008, worst: 3e-3 } as const;
  const line = (of: DeviceCheck): string | undefined => deviceFacts(of).find(([name]) => name === "16-bit floats")?.[1];
  const withHalf: DeviceCheck = {
    ...right,
    kernels: [...right.kernels, half, { ...half, kernel: "adam (f16 to f32)" }],
    gradients: [...right.gradients, net],
    gradientTotal: 2,
  };

  it("was checked where the device has it", () => {
    expect(line(withHalf)).toBe("shader-f16, 2 kernels and a gradient checked");
    expect(line({ ...withHalf, end: "cancelled" })).toBe("shader-f16, not fully checked");
    expect(line({ ...withHalf, kernels: [{ ...half, passed: false }, half] })).toBe("shader-f16, 1 of 2 kernels wrong");
    expect(checkReport(withHalf, facts)).toContain("- 16-bit floats: shader-f16, 2 kernels and a gradient checked");
  });

  it("has a row for its gradient, with what was tolerated of it", () => {
    const lines = checkReport(withHalf, facts);
    expect(lines.split("\n")).toContain("| lstm (f16) | 3.0e-3 | fc.bias | 0.0123457 | 0.0123456 | 1.0e-6 | yes |");
    expect(lines).toContain("At most 0.0002 is tolerated, and 0.008 in f16.");
    expect(checkReport(right, facts)).toContain("At most 0.0002 is tolerated.\n");
    const wrong = { ...withHalf, gradients: [...right.gradients, { ...net, passed: false }] };
    expect(line(wrong)).toBe("shader-f16, 2 kernels right, the gradient wrong");
    expect(checkSummary(wrong)).toBe("The gradient of lstm (f16) is wrong.");
  });

  it("was not where it has none", () => {
    const device = { executor: "webgpu", name: "Old GPU", isSoftware: false, features: [], half: "none" } as const;
    expect(line({ ...right, device })).toBe("no shader-f16: not checked");
  });
});

describe("the summary", () => {
  it("tells what is being checked, and what was found so far", () => {
    const { end: _, ...running } = check;
    expect(checkSummary({ ...running, kernels: [], gradients: [] })).toBe("Opening the device.");
    expect(checkSummary({ ...running, current: "adam" })).toBe("Checking adam. The kernel sgd does not compute right.");
    expect(checkSummary(running, true)).toContain("Stopping");
  });

  it("never calls a check that did not end a success", () => {
    expect(checkSummary({ ...right, end: "cancelled" })).toBe("Cancelled after 1 of 2 kernels and 1 of 2 gradients.");
    const failure = { code: "no-webgpu", message: "This browser has no WebGPU.", advice: "Choose the CPU executor." } as const;
    expect(checkSummary({ ...right, end: "failed", failure })).toBe(
      "The check could not go on after 1 of 2 kernels and 1 of 2 gradients: This browser has no WebGPU. Choose the CPU executor.",
    );
    const lost = { ...failure, code: "device-lost" } as const;
    expect(checkSummary({ ...right, end: "failed", failure: lost })).toContain("could not go on");
  });
});

it("shows errors as a fraction of the tolerance", () => {
  expect([0, 1e-6, 0.02, 1.5, 1234, Number.POSITIVE_INFINITY].map(formatWorst)).toEqual(["exact", "< 0.001", "0.020", "1.5", "1,234", "∞"]);
});
