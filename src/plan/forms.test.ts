import { describe, expect, it } from "vitest";
import { defineKernel } from "../shaders/kernel";
import { callKey, fixedForms, forcedForm, measuredForms, ownForms } from "./forms";
import { Program } from "./program";

const kernel = defineKernel({
  name: "product",
  wgsl: "",
  bindings: { out: { type: "f32", access: "read_write", shape: "[n]" } },
  scalars: { n: "u32", step: "u32", out_offset: "u32" },
  workgroups: ({ n }) => [n, 1, 1],
  forms: {
    tiled: { wgsl: "", workgroups: ({ n }) => [n / 8, 1, 1], fits: ({ n }) => n % 8 === 0 },
    wide: { wgsl: "", workgroups: ({ n }) => [n, 2, 1], needs: "subgroups" },
  },
  onHardware: "tiled",
  onSoftware: "wide",
  twin: () => {},
});
const f32 = { real: "f32", result: "f32" } as const;
const scalars = (n: number, step = 0, offset = 0) => ({ n, step, out_offset: offset });
const gpu = { executor: "webgpu", isSoftware: false, features: ["subgroups"] } as const;
const software = { ...gpu, isSoftware: true } as const;

describe("the fixed choice", () => {
  it("is the kernel's own form on the CPU", () => {
    expect(fixedForms({ ...software, executor: "cpu" })(kernel, scalars(8), f32)).toBeUndefined();
  });

  it("is the kernel's form for adapters that compute on the CPU, where it has what that needs", () => {
    expect(fixedForms(software)(kernel, scalars(9), f32)).toBe("wide");
    expect(fixedForms({ ...software, features: ["shader-f16"] })(kernel, scalars(9), f32)).toBeUndefined();
  });

  it("is the kernel's form for GPUs on a GPU, where it fits", () => {
    expect(fixedForms(gpu)(kernel, scalars(8), f32)).toBe("tiled");
    expect(fixedForms(gpu)(kernel, scalars(9), f32)).toBeUndefined();
    expect(fixedForms(gpu)({ ...kernel, onHardware: "none" }, scalars(8), f32)).toBeUndefined();
  });
});

describe("the measured choice", () => {
  const choose = (ms: Record<string, number>) => measuredForms([{ key: callKey({ kernel, scalars: scalars(8), storage: f32 }), ms }], gpu);

  it("is the fastest form, for all calls of the same sizes", () => {
    expect(choose({ own: 3, tiled: 2, wide: 1 })(kernel, scalars(8, 5, 64), f32)).toBe("wide");
    expect(choose({ own: 1, tiled: 2, wide: 3 })(kernel, scalars(8), f32)).toBeUndefined();
  });

  it("stays with the fixed choice where nothing is clearly faster, or nothing was measured", () => {
    expect(choose({ own: 1, tiled: 1.02, wide: 3 })(kernel, scalars(8), f32)).toBe("tiled");
    expect(choose({ own: 1, tiled: 2 })(kernel, scalars(16), f32)).toBe("tiled");
    expect(choose({ own: 1, tiled: 2 })(kernel, scalars(8), { real: "f16", result: "f16" })).toBe("tiled");
    expect(choose({ own: 1, tiled: 2 })(kernel, scalars(9), f32)).toBeUndefined();
  });

  it("takes another form where the fixed one is refused by the device", () => {
    expect(choose({ own: 5, wide: 6 })(kernel, scalars(8), f32)).toBeUndefined();
  });

  it("takes nothing that this version does not have", () => {
    expect(choose({ own: 5, tiled: 5, gone: 1 })(kernel, scalars(8), f32)).toBeUndefined();
  });
});

it("a program records each call in the form that was chosen", () => {
  const record = (program: Program) => {
    const plan = program.plan("train");
    plan.call(kernel, { out: program.tensor("out", [16]) }, scalars(16));
    return plan.calls.map(({ form, workgroups }) => [form, workgroups]);
  };
  expect(record(new Program())).toEqual([[undefined, [16, 1, 1]]]);
  expect(record(new Program(ownForms))).toEqual([[undefined, [16, 1, 1]]]);
  expect(record(new Program(forcedForm("tiled", gpu)))).toEqual([["tiled", [2, 1, 1]]]);
  expect(() => record(new Program(() => "none"))).toThrow("product has no form none");
});
