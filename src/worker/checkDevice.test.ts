import { describe, expect, it } from "vitest";
import { cells } from "../config";
import { casesByVariant } from "../shaders/cases/case";
import { casesFor, checkDevice } from "./checkDevice";
import type { DeviceCheck } from "./reports";

async function run(target: "webgpu" | "cpu", controller = new AbortController(), until = (_: DeviceCheck) => false) {
  const seen: DeviceCheck[] = [];
  await checkDevice(
    undefined,
    target,
    (check) => {
      seen.push(check);
      if (until(check)) controller.abort();
    },
    controller.signal,
  );
  const last = seen.at(-1);
  if (last === undefined) throw new Error("nothing was told");
  return { seen, last };
}

describe("the check of a device", () => {
  it("passes the CPU's kernels and gradients, in order and with progress", { timeout: 120_000 }, async () => {
    const { seen, last } = await run("cpu");
    expect(last).toMatchObject({ end: "done", target: "cpu", device: { executor: "cpu" } });
    expect(last.kernels.filter(({ kernel }) => kernel.includes("f16"))).toEqual([]);
    expect([...last.kernels, ...last.gradients].flatMap(({ failure }) => failure ?? [])).toEqual([]);
    expect(last.kernels).toHaveLength(last.kernelTotal);
    expect(last.gradients.map(({ name }) => name)).toEqual([...cells]);
    const done = seen.map(({ kernels, gradients }) => kernels.length + gradients.length);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(new Set(done).size).toBe(last.kernelTotal + last.gradientTotal + 1);
    expect(structuredClone(last)).toEqual(last);
  });

  it("stops when it is cancelled and keeps what it has", { timeout: 60_000 }, async () => {
    const { last } = await run("cpu", new AbortController(), ({ kernels }) => kernels.length === 2);
    expect(last.end).toBe("cancelled");
    expect(last.kernels).toHaveLength(2);
  });

  it("says in a sentence that there is no WebGPU", async () => {
    const { last } = await run("webgpu");
    expect(last).toMatchObject({ end: "failed", kernels: [], failure: { code: "no-webgpu", message: "This browser has no WebGPU." } });
  });
});

it("tries half precision where the device has it: each kernel that takes f16, beside f32", () => {
  const names = (half: "native" | "none"): string[] => [...casesByVariant(casesFor({ executor: "cpu", half, features: [] })).keys()];
  const single = names("none");
  const both = names("native");
  expect(single.filter((name) => name.includes("f16"))).toEqual([]);
  expect(both.slice(0, single.length)).toEqual(single);
  expect(both.slice(single.length).filter((name) => !name.includes("(f16"))).toEqual([]);
  expect(both).toContain("lstm_sequence_forward (f16)");
  expect(both).toContain("matmul_nt (f16 to f32)");
});
