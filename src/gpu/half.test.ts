import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { create, globals } from "webgpu";
import { allCases } from "../shaders/cases/all";
import { variantName } from "../shaders/cases/case";
import { halfCases } from "../shaders/cases/half";
import { findAdapter, openDevice } from "./device";
import { pipelinesOf } from "./pipelines";

// Dawn's null backend computes nothing and has every feature: on any machine it compiles what only some GPUs run.
Object.assign(globalThis, globals);
const gpu = create(["backend=null"]);
let device: GPUDevice;

beforeAll(async () => {
  const found = await findAdapter(gpu);
  if (found.kind === "none") throw new Error(found.reason);
  device = await openDevice(found.adapter);
});
afterAll(() => device.destroy());

const cases = halfCases(allCases());

describe("native f16", () => {
  it("is what this device is opened with", () => expect(device.features.has("shader-f16")).toBe(true));

  it.each([...new Set(cases.map(variantName))])("%s compiles", async (name) => {
    for (const each of cases.filter((candidate) => variantName(candidate) === name)) await pipelinesOf(device).pipeline(each);
  });

  it("refuses a kernel that mixes f16 with f32", async () => {
    const [first] = cases;
    if (first === undefined) throw new Error("no cases");
    const wrong = { ...first, kernel: { ...first.kernel, wgsl: first.kernel.wgsl.replace(/array<real>/, "array<f32>") } };
    await expect(pipelinesOf(device).pipeline(wrong)).rejects.toThrow(first.kernel.name);
  });
});
