import { describe, expect, test } from "vitest";
import { defineKernel } from "../shaders/kernel";
import { PlanError } from "./planError";
import { Program } from "./program";
import { ALIGN_ELEMENTS } from "./tensor";

const scale = defineKernel({
  name: "scale",
  wgsl: "",
  bindings: { input: { type: "f32", access: "read", shape: "[N]" }, output: { type: "f32", access: "read_write", shape: "[N]" } },
  scalars: { count: "u32", factor: "f32" },
  workgroups: ({ count }) => [count, 1, 1],
  twin() {},
});

describe("Plan", () => {
  test("records calls in order with their tensors and workgroups", () => {
    const program = new Program();
    const [a, b] = [program.tensor("a", [4]), program.tensor("b", [4])];
    const plan = program.plan("p");
    plan.call(scale, { input: a, output: b }, { count: 4, factor: 2 });
    plan.call(scale, { output: a, input: b }, { count: 3, factor: 0.5 });
    expect(plan.calls.map(({ tensors, workgroups }) => [tensors.map(({ name }) => name), workgroups])).toEqual([
      [
        ["a", "b"],
        [4, 1, 1],
      ],
      [
        ["b", "a"],
        [3, 1, 1],
      ],
    ]);
  });

  test.each([
    ["a scalar that is no u32", { count: -1, factor: 1 }],
    ["a fraction as u32", { count: 1.5, factor: 1 }],
    ["a scalar that is not finite", { count: 1, factor: Number.NaN }],
    ["no workgroup", { count: 0, factor: 1 }],
    ["too many workgroups", { count: 65_536, factor: 1 }],
  ])("refuses %s", (_, scalars) => {
    const program = new Program();
    const buffers = { input: program.tensor("a", [4]), output: program.tensor("b", [4]) };
    expect(() => program.plan("p").call(scale, buffers, scalars)).toThrow(PlanError);
  });

  test("refuses a tensor of the wrong type", () => {
    const program = new Program();
    const buffers = { input: program.tensor("a", [4], "u32"), output: program.tensor("b", [4]) };
    expect(() => program.plan("p").call(scale, buffers, { count: 1, factor: 1 })).toThrow(/input must be f32/);
  });

  test("refuses an arena that is both read and written, as WebGPU would", () => {
    const program = new Program();
    const flat = program.flat("parameters", [
      { name: "w", shape: [4] },
      { name: "b", shape: [4] },
    ]);
    const buffers = { input: flat.get("w"), output: flat.get("b") };
    expect(() => program.plan("p").call(scale, buffers, { count: 1, factor: 1 })).toThrow(/arena parameters is written/);
  });

  test("a name is taken once", () => {
    const program = new Program();
    program.plan("p");
    expect(() => program.plan("p")).toThrow(PlanError);
  });
});

describe("Program", () => {
  test("aligns views, counts bytes, and knows the flat vector", () => {
    const program = new Program();
    const flat = program.flat("parameters", [
      { name: "w", shape: [3, 5] },
      { name: "b", shape: [ALIGN_ELEMENTS + 1] },
    ]);
    expect(flat.get("b").offset).toBe(ALIGN_ELEMENTS);
    expect(flat.whole.size).toBe(3 * ALIGN_ELEMENTS);
    expect(program.bytes).toBe(3 * ALIGN_ELEMENTS * 4);
    expect(() => flat.get("x")).toThrow(PlanError);
  });

  test("scratch of one key shares an arena as large as the largest", () => {
    const program = new Program();
    const small = program.scratch("s", [10]);
    const large = program.scratch("s", [10, 100]);
    expect(small.arena).toBe(large.arena);
    expect(small.arena.length).toBeGreaterThanOrEqual(1000);
    expect(large.offset).toBe(0);
    expect(program.scratch("other", [1]).arena).not.toBe(small.arena);
  });

  test.each([[[0]], [[-1, 2]], [[1.5]], [[2 ** 40, 2 ** 40]]])("refuses the shape %j", (shape) => {
    expect(() => new Program().tensor("x", shape)).toThrow(/impossible shape/);
  });
});
