import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelReport } from "../plan/checkCases";
import { kernelCase, randomFloats } from "../shaders/cases/case";
import { defineKernel } from "../shaders/kernel";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { observeDevice } from "../testing/observedDevice";
import { add, increment, scale } from "../testing/tinyKernels";
import { runCases } from "./kernelCheck";

let dawn: DawnDevice;

beforeAll(async () => {
  dawn = await openDawn();
});
afterAll(() => dawn.close());

const addBuffers = () => ({ a: randomFloats(1, 70), b: randomFloats(2, 70, 1, 2), sum: new Float32Array(70) });

describe("runCases", () => {
  it("passes what is right, kernel by kernel", async () => {
    const seen: KernelReport[] = [];
    const reports = await runCases(
      dawn.device,
      dawn.facts,
      [
        kernelCase(add, "all", { count: 70 }, addBuffers()),
        kernelCase(scale, "some", { count: 3, factor: 2 }, { data: randomFloats(3, 5) }),
        kernelCase(add, "few", { count: 5 }, addBuffers()),
      ],
      { onReport: (report) => seen.push(report) },
    );
    expect(reports.map(({ kernel, cases, passed }) => ({ kernel, cases, passed }))).toEqual([
      { kernel: "add", cases: 2, passed: true },
      { kernel: "scale", cases: 1, passed: true },
    ]);
    expect(seen).toEqual(reports);
    for (const { worst } of reports) expect(worst).toBeLessThan(1);
  });

  it("names kernel, case, buffer and index of a flipped sign", async () => {
    const wgsl = add.wgsl.replace("a[id.x] + b[id.x]", "a[id.x] - b[id.x]");
    const flipped = defineKernel({ ...add, wgsl });
    const { a, b, sum } = addBuffers();
    b.fill(0, 0, 66);
    const [report] = await runCases(dawn.device, dawn.facts, [kernelCase(flipped, "flipped", { count: 70 }, { a, b, sum })]);
    expect(report).toMatchObject({ kernel: "add", cases: 1, passed: false });
    expect(report?.failure).toMatch(/^add, case "flipped": sum\[66\] is -?[\d.]+, and should be -?[\d.]+$/);
    expect(report?.worst).toBeGreaterThan(1);
  });

  it("notices a write beyond the end of the work", async () => {
    const beyond = defineKernel({ ...increment, wgsl: increment.wgsl.replaceAll("id.x < scalars.count", "id.x <= scalars.count") });
    const [report] = await runCases(dawn.device, dawn.facts, [
      kernelCase(beyond, "guard", { count: 5, factor: 1 }, { data: new Float32Array(9) }),
    ]);
    expect(report?.failure).toBe('increment, case "guard": data[5] is 1, and should be 0');
  });

  it("wants an infinity where f32 overflows", async () => {
    const data = Float32Array.of(1e30, -1e30, 1);
    const [report] = await runCases(dawn.device, dawn.facts, [kernelCase(scale, "overflow", { count: 3, factor: 1e20 }, { data })]);
    expect(report).toEqual({ kernel: "scale", cases: 1, passed: true, worst: expect.any(Number) });
    const identity = defineKernel({ ...scale, wgsl: scale.wgsl.replace("* scalars.factor", "* 1.0") });
    const [finite] = await runCases(dawn.device, dawn.facts, [kernelCase(identity, "overflow", { count: 3, factor: 1e20 }, { data })]);
    expect(finite).toMatchObject({ passed: false, worst: Number.POSITIVE_INFINITY });
  });

  it("reports a kernel that does not compile and goes on with the next", async () => {
    const broken = defineKernel({ ...add, wgsl: add.wgsl.replace("sum[id.x] =", "total[id.x] =") });
    const reports = await runCases(dawn.device, dawn.facts, [
      kernelCase(broken, "any", { count: 70 }, addBuffers()),
      kernelCase(scale, "any", { count: 3, factor: 2 }, { data: randomFloats(3, 5) }),
    ]);
    expect(reports.map(({ passed }) => passed)).toEqual([false, true]);
    expect(reports[0]?.failure).toMatch(/^add, case "any": The kernel add does not compile: .*total.* \(line \d+, column \d+\)\.$/);
  });

  it("stops at an abort and at the loss of the device", async () => {
    const cases = [kernelCase(add, "all", { count: 70 }, addBuffers())];
    const reason = new Error("enough");
    await expect(runCases(dawn.device, dawn.facts, cases, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const observed = observeDevice(dawn.device);
    observed.lose("unplugged");
    await expect(runCases(observed.device, dawn.facts, cases)).rejects.toMatchObject({ code: "device-lost" });
  });

  it("blames no kernel for memory that others have taken", async () => {
    const observed = observeDevice(dawn.device);
    observed.exhaustMemory();
    const cases = [kernelCase(add, "all", { count: 70 }, addBuffers())];
    await expect(runCases(observed.device, dawn.facts, cases)).rejects.toMatchObject({ code: "out-of-memory" });
  });
});
