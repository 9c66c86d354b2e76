import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { create, globals } from "webgpu";
import type { DeviceFacts, Executor } from "../plan/executor";
import { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { allCases } from "../shaders/cases/all";
import { casesByVariant } from "../shaders/cases/case";
import { formCases } from "../shaders/cases/forms";
import { halfCases } from "../shaders/cases/half";
import { findAdapter, openDevice } from "./device";
import { pipelinesOf } from "./pipelines";
import { createWebGpuExecutor } from "./webgpuExecutor";

// Dawn's null backend computes nothing and has every feature: on any machine it compiles what only some GPUs run.
Object.assign(globalThis, globals);
const gpu = create(["backend=null"]);
let device: GPUDevice;
let facts: DeviceFacts;

beforeAll(async () => {
  const found = await findAdapter(gpu);
  if (found.kind === "none") throw new Error(found.reason);
  device = await openDevice(found.adapter);
  facts = found.facts;
});
afterAll(() => device.destroy());

const own = allCases();
const cases = halfCases([...own, ...formCases(own, ["subgroups"])]);

describe("native f16", () => {
  it("is what this device is opened with", () => expect(device.features.has("shader-f16")).toBe(true));

  it.each([...casesByVariant(cases)])("%s compiles", async (_, group) => {
    for (const each of group) await pipelinesOf(device).pipeline(each);
  });

  it("refuses a kernel that mixes f16 with f32", async () => {
    const narrow = cases.find(({ kernel }) => kernel.name === "narrow");
    if (narrow === undefined) throw new Error("no cases of narrow");
    const wrong = { ...narrow, kernel: { ...narrow.kernel, wgsl: narrow.kernel.wgsl.replace(/array<real>/, "array<f32>") } };
    await expect(pipelinesOf(device).pipeline(wrong)).rejects.toThrow("narrow");
  });
});

describe("tensors in native f16, two elements to a word", () => {
  let executor: Executor;
  let tensor: Tensor;
  const written: { readonly offset: number; readonly words: readonly number[] }[] = [];
  const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i + 1);

  /** The null backend copies no bytes, so what it is told to write is what there is to look at. */
  function recordingDevice(): GPUDevice {
    const writeBuffer = (_: GPUBuffer, offset: number, data: ArrayBuffer | Uint16Array): void => {
      if (data instanceof Uint16Array) written.push({ offset, words: [...data] });
    };
    const queue = overriding(device.queue, "writeBuffer", writeBuffer);
    return overriding(device, "queue", queue);
  }

  const overriding = <T extends object>(target: T, name: keyof T, instead: unknown): T =>
    new Proxy(target, {
      get(_, key) {
        if (key === name) return instead;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });

  beforeAll(async () => {
    const program = new Program();
    const parameters = program.flat(
      "parameters",
      [
        { name: "before", shape: [1] },
        { name: "weights", shape: [7] },
      ],
      "f16",
    );
    tensor = parameters.get("weights");
    executor = createWebGpuExecutor(recordingDevice(), facts);
    await executor.load(program);
  });
  beforeEach(() => {
    written.length = 0;
  });
  afterAll(() => executor.destroy());

  it("are what this executor keeps", () => expect(executor.facts.half).toBe("native"));

  it("are written whole at two bytes each, of odd length too", () => {
    executor.write(tensor, Float32Array.of(1, -2, 1.0005, 65_504, 1e6, 2 ** -24, -0));
    expect(written).toEqual([{ offset: 2 * tensor.offset, words: [0x3c00, 0xc000, 0x3c01, 0x7bff, 0x7c00, 0x0001, 0x8000, 0] }]);
    expect(tensor.offset).toBeGreaterThan(0);
  });

  it("are written in parts of whole words, and to the end", () => {
    executor.write(tensor, Float32Array.of(1, 2), 2);
    executor.write(tensor, Float32Array.of(1, 1, 1), 4);
    expect(written).toEqual([
      { offset: 2 * (tensor.offset + 2), words: [0x3c00, 0x4000] },
      { offset: 2 * (tensor.offset + 4), words: [0x3c00, 0x3c00, 0x3c00, 0] },
    ]);
  });

  it.each([
    ["one that ends within a word", 3, 0],
    ["one that starts within a word", 2, 1],
    ["one that starts within a word, to the end", 4, 3],
  ])("refuse a part: %s", (_, count, offset) => {
    expect(() => executor.write(tensor, numbers(count), offset)).toThrow(/weights is f16, two to a word: .* only in whole words/);
    expect(written).toEqual([]);
  });

  it("refuse more than there is, and what is no float, as others do", () => {
    expect(() => executor.write(tensor, numbers(8))).toThrow("weights has 7 elements; 8 elements at 0 do not fit.");
    expect(() => executor.write(tensor, Uint32Array.of(1, 2))).toThrow("weights is f16; the data is not.");
    expect(written).toEqual([]);
  });
});
