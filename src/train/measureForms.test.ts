import { afterEach, expect, it, vi } from "vitest";
import { type Executor, ExecutorError } from "../plan/executor";
import { callKey, OWN_FORM } from "../plan/forms";
import type { Plan } from "../plan/plan";
import { Program } from "../plan/program";
import { type AnyKernel, defineKernel } from "../shaders/kernel";
import { measureForms } from "./measureForms";

let now = 0;
vi.spyOn(performance, "now").mockImplementation(() => now);
afterEach(() => {
  now = 0;
});

const form = { wgsl: "", workgroups: () => [1, 1, 1] as const };
const product = defineKernel({
  ...form,
  name: "matmul_like",
  bindings: { a: { type: "f32", access: "read", shape: "[m, k]" }, c: { type: "f32", access: "read_write", shape: "[m, n]" } },
  scalars: { m: "u32", n: "u32", k: "u32", a_offset: "u32" },
  forms: { tiled: form, lanes: { ...form, needs: "subgroups" }, small: { ...form, fits: ({ m }) => m <= 8 } },
  twin: () => {},
});
const matmul = { ...product, name: "matmul_nn" };

/** A plan of products of these heights, and one kernel without a choice. */
function planOf(heights: readonly number[], kernel: typeof product = matmul): Plan {
  const program = new Program();
  const a = program.tensor("a", [64, 64]);
  const c = program.tensor("c", [64, 64]);
  const plan = program.plan("train");
  for (const [i, m] of heights.entries()) plan.call(kernel, { a, c }, { m, n: 64, k: 64, a_offset: i });
  return plan;
}

/** An executor on which a dispatch of a form takes so many milliseconds. */
function timed(msOf: (kernel: AnyKernel, form: string, m: number) => number, opened: string[] = []): () => Promise<Executor> {
  return async () => {
    const executor = {
      facts: { executor: "webgpu", name: "fake", isSoftware: false, features: [], half: "none" },
      lost: new Promise<string>(() => {}),
      async load(program: Program) {
        for (const { calls } of program.plans.values()) for (const call of calls) opened.push(`${call.form ?? OWN_FORM} ${call.scalars.m}`);
      },
      async submit(plan: Plan, count: number) {
        for (const call of plan.calls) now += count * msOf(call.kernel, call.form ?? OWN_FORM, call.scalars.m ?? 0);
      },
      async drain() {},
      destroy() {},
    };
    return executor as unknown as Executor;
  };
}

const plenty = { known: [], budgetMs: 1e6 };

it("times every form that fits, once for calls that differ in their place only", async () => {
  const opened: string[] = [];
  const open = timed((_, name, m) => (name === "tiled" ? 1 : 2) * m, opened);
  const timings = await measureForms(open, planOf([8, 64, 8, 64]), [], plenty);
  expect(timings.map(({ ms }) => ms)).toEqual([
    { own: 16, tiled: 8, small: 16 },
    { own: 128, tiled: 64 },
  ]);
  expect(opened).toEqual(["own 8", "tiled 8", "small 8", "own 64", "tiled 64"]);
  expect(new Set(timings.map(({ key }) => key)).size).toBe(2);
});

it("leaves out what is known, what has one form, and what hardly counts", async () => {
  const plan = planOf([1, 64, 128]);
  const known = [{ key: callKey(plan.calls[1]!), ms: { own: 1 } }];
  const open = timed(() => 1);
  expect((await measureForms(open, plan, [], { ...plenty, known })).map(({ key }) => key)).toEqual([callKey(plan.calls[2]!)]);
  const single = { ...matmul, forms: {} };
  expect(await measureForms(open, planOf([64], single), [], plenty)).toEqual([]);
});

it("begins no call for which the budget is short", async () => {
  const timings = await measureForms(
    timed((_, __, m) => m),
    planOf([16, 32, 1024]),
    [],
    { known: [], budgetMs: 2_000 },
  );
  expect(timings.map(({ ms }) => ms.own)).toEqual([16, 32]);
});

it("passes over a form that the device refuses", async () => {
  const open = timed((_, name) => {
    if (name === "tiled") throw new ExecutorError("internal", "does not compile");
    return 3;
  });
  expect((await measureForms(open, planOf([64]), [], plenty)).map(({ ms }) => ms)).toEqual([{ own: 3 }]);
});

it("stops when the device is lost, and when it is told to", async () => {
  const lost = timed(() => {
    throw new ExecutorError("device-lost", "gone");
  });
  await expect(measureForms(lost, planOf([64]), [], plenty)).rejects.toThrow("gone");
  const reason = new Error("no longer wanted");
  await expect(
    measureForms(
      timed(() => 1),
      planOf([64]),
      [],
      { ...plenty, signal: AbortSignal.abort(reason) },
    ),
  ).rejects.toBe(reason);
});
