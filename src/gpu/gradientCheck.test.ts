import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cells } from "../config";
import { allCases } from "../shaders/cases/all";
import { alteredDevice } from "../testing/alteredDevice";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { observeDevice } from "../testing/observedDevice";
import { checkGradients, GRADIENT_TOLERANCE, type GradientReport, HALF_GRADIENT_TOLERANCE } from "../train/gradientCheck";
import { runCases } from "./kernelCheck";
import { createWebGpuExecutor } from "./webgpuExecutor";

let dawn: DawnDevice;

beforeAll(async () => {
  dawn = await openDawn();
});
afterAll(() => dawn.close());

/** Replaces one piece of one kernel's source. @throws Error if it is not there. */
function broken(entryPoint: string, right: string, wrong: string): GPUDevice {
  return alteredDevice(dawn.device, (wgsl) => {
    if (!wgsl.includes(`fn ${entryPoint}(`)) return wgsl;
    if (!wgsl.includes(right)) throw new Error(`${entryPoint} has no "${right}"`);
    return wgsl.replace(right, wrong);
  });
}

describe("the gradient check", () => {
  it("passes on this device, cell by cell", { timeout: 300_000 }, async () => {
    const seen: GradientReport[] = [];
    const reports = await checkGradients(() => createWebGpuExecutor(dawn.device, dawn.facts), { onReport: (report) => seen.push(report) });
    expect(reports.map(({ failure }) => failure)).toEqual(cells.map(() => undefined));
    expect(reports.map(({ cell }) => cell)).toEqual([...cells]);
    expect(seen).toEqual(reports);
    for (const { worst, slope, difference, slopeError, parameter } of reports) {
      expect(worst).toBeGreaterThan(0);
      expect(Math.max(worst, slopeError)).toBeLessThan(GRADIENT_TOLERANCE / 4);
      expect(slope / difference).toBeCloseTo(1, 3);
      expect(parameter).not.toBe("");
    }
  });

  it("names the kernel in which one sign is flipped, as the check of the kernels does", { timeout: 300_000 }, async () => {
    const device = broken("lstm_sequence_backward", "(1.0 - tanh_c * tanh_c)", "(1.0 + tanh_c * tanh_c)");
    const reports = await checkGradients(() => createWebGpuExecutor(device, dawn.facts));
    expect(reports.map(({ cell, passed }) => [cell, passed])).toEqual(cells.map((cell) => [cell, cell !== "lstm"]));
    const lstm = reports.find(({ cell }) => cell === "lstm");
    expect(lstm?.kernel).toBe("lstm_sequence_backward");
    expect(lstm?.failure).toMatch(
      /^lstm: the gradient of \S+ differs .* %.* the first kernel whose results differ is lstm_sequence_backward\.$/,
    );
    expect(lstm?.slopeError).toBeGreaterThan(GRADIENT_TOLERANCE);
    const small = allCases().filter(({ kernel, label }) => kernel.name.startsWith("lstm_sequence") && label.startsWith("T=5 B=4 H=32"));
    const kernels = await runCases(device, dawn.facts, small);
    expect(kernels.map(({ kernel, passed }) => [kernel, passed])).toEqual([
      ["lstm_sequence_forward", true],
      ["lstm_sequence_backward", false],
    ]);
  });

  it("passes in half precision, native where the device has it and else emulated", { timeout: 300_000 }, async () => {
    const reports = await checkGradients(() => createWebGpuExecutor(dawn.device, dawn.facts, { emulateHalf: true }), { half: true });
    const mixed = reports.at(-1);
    expect(mixed).toMatchObject({ name: "lstm (f16)", precision: "f16", passed: true, tolerance: HALF_GRADIENT_TOLERANCE });
    expect(Math.max(mixed?.worst ?? 1, mixed?.slopeError ?? 1)).toBeLessThan(HALF_GRADIENT_TOLERANCE / 4);
    // Rounded, so further off than f32.
    expect(mixed?.worst).toBeGreaterThan(10 * (reports.find(({ name }) => name === "lstm")?.worst ?? 1));
  });

  it.each([
    ["narrow", "source[i] * factor", "source[i]"],
    ["unscale", "gradients[i] *= factor", "gradients[i] *= 1.0"],
    ["lstm_sequence_backward", "(1.0 - tanh_c * tanh_c)", "(1.0 + tanh_c * tanh_c)"],
  ])("names %s where it is wrong in half precision", { timeout: 300_000 }, async (kernel, right, wrong) => {
    const device = broken(kernel, right, wrong);
    const reports = await checkGradients(() => createWebGpuExecutor(device, dawn.facts, { emulateHalf: true }), { half: true });
    expect(reports.at(-1)).toMatchObject({ name: "lstm (f16)", passed: false, kernel });
    expect(reports.at(-1)?.failure).toMatch(/^lstm \(f16\): the gradient of /);
    expect(reports[0]?.passed).toBe(true);
  });

  it("notices gradients that are all zero", { timeout: 300_000 }, async () => {
    const device = broken("softmax_cross_entropy", "select(0.0, d, counts)", "0.0");
    const [rnn] = await checkGradients(() => createWebGpuExecutor(device, dawn.facts));
    expect(rnn).toMatchObject({ passed: false, kernel: "softmax_cross_entropy", worst: 1, slope: 0 });
    expect(rnn?.difference).not.toBe(0);
  });

  it("reports a kernel that does not compile, by its name", { timeout: 300_000 }, async () => {
    const device = broken("embedding_forward", "@compute", "@computes");
    const reports = await checkGradients(() => createWebGpuExecutor(device, dawn.facts));
    expect(reports.map(({ passed }) => passed)).toEqual([true, false, false, true]);
    expect(reports[1]?.failure).toContain("The kernel embedding_");
  });

  it("stops at an abort and at the loss of the device", async () => {
    const reason = new Error("enough");
    const open = () => createWebGpuExecutor(dawn.device, dawn.facts);
    await expect(checkGradients(open, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const observed = observeDevice(dawn.device);
    observed.lose("unplugged");
    await expect(checkGradients(() => createWebGpuExecutor(observed.device, dawn.facts))).rejects.toMatchObject({ code: "device-lost" });
  });
});
