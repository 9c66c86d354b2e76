import { expect, it } from "vitest";
import type { Verdict } from "../deviceVerdict";
import { type DeviceSettings, halfProblem } from "./halfProblem";

const gpu = { executor: "webgpu", name: "NVIDIA ampere", isSoftware: false, features: ["shader-f16"], half: "native" } as const;
const old = { ...gpu, name: "Old GPU", features: [], half: "none" } as const;
const data = { digits: true, shakespeare: true };
const withGpu = { auto: "webgpu", notice: "", adapter: gpu, data } as const;
const withOld = { ...withGpu, adapter: old } as const;
const withSoftware = { ...withGpu, auto: "cpu", adapter: { ...gpu, name: "Mesa llvmpipe", isSoftware: true } } as const;
const withoutGpu = { auto: "cpu", notice: "This browser has no WebGPU.", data } as const;
const failed: Verdict = {
  adapter: gpu.name,
  version: "1.0.0",
  kernels: ["sgd"],
  gradients: [],
  lost: false,
  checkedAt: "2030-05-03T10:00:00.000Z",
};

it.each<[string, DeviceSettings["hello"], DeviceSettings["executor"], Verdict | undefined, string | undefined]>([
  ["nothing known yet", undefined, "auto", undefined, undefined],
  ["a GPU with f16", withGpu, "auto", undefined, undefined],
  ["a GPU with f16, asked for", withGpu, "webgpu", undefined, undefined],
  ["software with f16, asked for", withSoftware, "webgpu", undefined, undefined],
  ["a GPU that failed its check, asked for all the same", withGpu, "webgpu", failed, undefined],
  ["a GPU without f16", withOld, "auto", undefined, "16-bit floats need WebGPU's shader-f16, which Old GPU lacks."],
  ["a GPU without f16, asked for", withOld, "webgpu", undefined, "16-bit floats need WebGPU's shader-f16, which Old GPU lacks."],
  ["the CPU beside it", withOld, "cpu", undefined, "The CPU computes in 32-bit floats only, and Old GPU lacks WebGPU's shader-f16."],
  [
    "the CPU beside one with f16",
    withGpu,
    "cpu",
    undefined,
    "The CPU computes in 32-bit floats only; WebGPU on NVIDIA ampere has 16-bit floats.",
  ],
  [
    "auto, and software",
    withSoftware,
    "auto",
    undefined,
    "The CPU computes in 32-bit floats only; WebGPU on Mesa llvmpipe has 16-bit floats.",
  ],
  ["auto, and a failed check", withGpu, "auto", failed, "The CPU computes in 32-bit floats only, and NVIDIA ampere has failed its check."],
  ["no WebGPU", withoutGpu, "auto", undefined, "The CPU computes in 32-bit floats only; 16-bit floats need WebGPU."],
  ["no WebGPU, asked for", withoutGpu, "webgpu", undefined, "16-bit floats need WebGPU, and this browser has no WebGPU device."],
])("with %s", (_, hello, executor, verdict, sentence) => {
  expect(halfProblem({ hello, executor, verdict })).toBe(sentence);
});
