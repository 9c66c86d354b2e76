import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Executor, ExecutorError } from "../plan/executor";
import { Program } from "../plan/program";
import { defineKernel } from "../shaders/kernel";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { observeDevice } from "../testing/observedDevice";
import { add, increment, scale, slow } from "../testing/tinyKernels";
import { createWebGpuExecutor, type WebGpuExecutorOptions } from "./webgpuExecutor";

let dawn: DawnDevice;
const executors: Executor[] = [];

beforeAll(async () => {
  dawn = await openDawn();
});
afterAll(() => dawn.close());
afterEach(() => {
  for (const executor of executors.splice(0)) executor.destroy();
});

async function load(program: Program, options?: WebGpuExecutorOptions): Promise<Executor> {
  const executor = createWebGpuExecutor(dawn.device, dawn.facts, options);
  executors.push(executor);
  await executor.load(program);
  return executor;
}

/** One vector of `count` elements and a plan that doubles it, then adds one. */
function doubleAndAdd(count: number) {
  const program = new Program();
  const data = program.tensor("data", [count]);
  const plan = program.plan("double and add");
  plan.call(scale, { data }, { count, factor: 2 });
  plan.call(increment, { data }, { count, factor: 1 });
  return { program, data, plan };
}

describe("data", () => {
  it("starts as zeros", async () => {
    const { program, data } = doubleAndAdd(5);
    const executor = await load(program);
    expect([...(await executor.read(data))]).toEqual([0, 0, 0, 0, 0]);
  });

  it("is written, cleared and read by views of one arena, with offsets", async () => {
    const program = new Program();
    const flat = program.flat("flat", [
      { name: "first", shape: [3] },
      { name: "second", shape: [2, 3] },
    ]);
    const second = flat.get("second");
    const words = program.tensor("words", [2], "u32");
    const executor = await load(program);
    executor.write(flat.get("first"), Float32Array.of(1, 2, 3));
    executor.write(second, Float32Array.of(7, 8, 9), 2);
    executor.write(words, Uint32Array.of(0xffff_ffff, 5));
    expect([...(await executor.read(second))]).toEqual([0, 0, 7, 8, 9, 0]);
    executor.clear(flat.get("first"));
    const whole = await executor.read(flat.whole);
    expect([...whole.slice(0, 4), ...whole.slice(second.offset, second.offset + 6)]).toEqual([0, 0, 0, 0, 0, 0, 7, 8, 9, 0]);
    expect([...(await executor.read(words))]).toEqual([0xffff_ffff, 5]);
  });

  it("arrives whole when it is written in several chunks", async () => {
    const count = 5_000_000;
    const program = new Program();
    const data = program.tensor("data", [count]);
    const executor = await load(program);
    const written = Float32Array.from({ length: count }, (_, i) => i);
    executor.write(data, written);
    const read = await executor.read(data);
    expect(read).toHaveLength(count);
    // A plain loop: toEqual on millions of elements takes many seconds.
    expect(read.findIndex((value, i) => value !== i)).toBe(-1);
  });

  it("is refused when it does not fit", async () => {
    const { program, data } = doubleAndAdd(5);
    const executor = await load(program);
    expect(() => executor.write(data, new Float32Array(3), 3)).toThrow("data has 5 elements; 3 elements at 3 do not fit.");
    expect(() => executor.write(data, new Uint32Array(1))).toThrow("data is f32; the data is not.");
    expect(() => executor.write(doubleAndAdd(1).data, new Float32Array(1))).toThrow("is not part of the loaded program");
  });
});

describe("submit", () => {
  it("runs calls in order, many times", async () => {
    const { program, data, plan } = doubleAndAdd(130);
    const executor = await load(program);
    await executor.submit(plan, 20);
    expect(new Set(await executor.read(data))).toEqual(new Set([2 ** 20 - 1]));
  });

  it("keeps the order of everything that is called without waiting", async () => {
    const { program, data, plan } = doubleAndAdd(4);
    const executor = await load(program, { targetMs: 0.001 });
    const first = executor.submit(plan, 3);
    const seven = executor.read(data);
    const host = Float32Array.of(10, 10, 10, 10);
    executor.write(data, host);
    host.fill(99);
    const second = executor.submit(plan, 1);
    let polled: number[] = [];
    expect(executor.poll(data, (values) => (polled = [...values]))).toBe(true);
    executor.clear(data);
    const zeros = executor.read(data);
    expect([...(await seven)]).toEqual([7, 7, 7, 7]);
    expect([...(await zeros)]).toEqual([0, 0, 0, 0]);
    await Promise.all([first, second, executor.drain()]);
    expect(polled).toEqual([21, 21, 21, 21]);
  });

  it("gives the same result however a plan is split", async () => {
    const count = 1000;
    const results = [];
    for (const targetMs of [0.0001, 1000]) {
      const program = new Program();
      const x = program.tensor("x", [count]);
      const y = program.tensor("y", [count]);
      const plan = program.plan("several calls");
      for (let i = 1; i <= 10; i += 1) {
        plan.call(increment, { data: x }, { count, factor: i });
        plan.call(add, { a: x, b: x, sum: y }, { count });
        plan.call(slow, { data: y }, { count, turns: i });
        plan.call(add, { a: y, b: y, sum: x }, { count });
      }
      const executor = await load(program, { targetMs });
      await executor.submit(plan, 7);
      results.push(await executor.read(x));
    }
    expect(results[0]).toEqual(results[1]);
    expect(results[0]?.[0]).not.toBe(0);
  });

  it("measures what a replay takes", async () => {
    const { program, plan } = doubleAndAdd(64);
    const executor = await load(program);
    expect(executor.msPerReplay(plan)).toBeUndefined();
    await executor.submit(plan, 50);
    await executor.drain();
    expect(executor.msPerReplay(plan)).toBeGreaterThan(0);
  });

  it("stops when it is aborted, and the executor goes on", async () => {
    const { program, data } = doubleAndAdd(64);
    const plan = program.plan("slow");
    plan.call(slow, { data }, { count: 64, turns: 10_000 });
    const executor = await load(program, { targetMs: 1 });
    const abort = new AbortController();
    const endless = executor.submit(plan, 1_000_000_000, abort.signal);
    const reason = new Error("enough");
    setTimeout(() => abort.abort(reason), 50);
    await expect(endless).rejects.toBe(reason);
    executor.clear(data);
    expect((await executor.read(data))[0]).toBe(0);
  });

  it("does nothing for zero replays and refuses what is no count", async () => {
    const { program, data, plan } = doubleAndAdd(1);
    const executor = await load(program);
    await executor.submit(plan, 0);
    expect([...(await executor.read(data))]).toEqual([0]);
    await expect(executor.submit(plan, 1.5)).rejects.toThrow("A plan cannot run 1.5 times.");
    await expect(executor.submit(doubleAndAdd(1).plan, 1)).rejects.toThrow("is not part of the loaded program");
  });
});

describe("poll", () => {
  it("hands over what the tensor was, and refuses a fourth poll before the first is done", async () => {
    const { program, data, plan } = doubleAndAdd(3);
    const executor = await load(program);
    await executor.submit(plan, 1);
    const seen: number[][] = [];
    const receive = (values: Iterable<number>) => seen.push([...values]);
    const taken = [1, 2, 3, 4].map(() => executor.poll(data, receive));
    expect(taken).toEqual([true, true, true, false]);
    await executor.drain();
    expect(seen).toEqual([
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]);
    expect(executor.poll(data, receive)).toBe(true);
    await executor.drain();
    expect(seen).toHaveLength(4);
  });

  it("passes on what the receiver throws, and keeps working", async () => {
    const { program, data } = doubleAndAdd(3);
    const executor = await load(program);
    executor.poll(data, () => {
      throw new Error("receiver failed");
    });
    await expect(executor.drain()).rejects.toThrow("receiver failed");
    expect([1, 2, 3].map(() => executor.poll(data, () => {}))).toEqual([true, true, true]);
    await executor.drain();
  });
});

describe("load", () => {
  it("names the tensor that is too large, before allocating anything", async () => {
    const program = new Program();
    program.tensor("gates", [100_000, 100_000]);
    const executor = createWebGpuExecutor(dawn.device, dawn.facts);
    executors.push(executor);
    const error: unknown = await executor.load(program).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ExecutorError);
    expect(error).toMatchObject({ code: "out-of-memory" });
    expect(String(error)).toMatch(/The tensor gates needs 40 GB in one buffer; this GPU allows [\d.]+ GB\.$/);
  });

  it("says what the model needs when the memory runs out", async () => {
    const observed = observeDevice(dawn.device);
    observed.exhaustMemory();
    const executor = createWebGpuExecutor(observed.device, dawn.facts);
    executors.push(executor);
    const { program } = doubleAndAdd(1_000_000);
    const error: unknown = await executor.load(program).catch((reason: unknown) => reason);
    expect(error).toEqual(new ExecutorError("out-of-memory", "The GPU has no room for the 4.0 MB that this model needs."));
  });

  it("names the kernel, the line and the fault of WGSL that does not compile", async () => {
    const broken = defineKernel({ ...scale, wgsl: scale.wgsl.replace("* scalars.factor", "* scalars.facter") });
    const program = new Program();
    const data = program.tensor("data", [1]);
    program.plan("broken").call(broken, { data }, { count: 1, factor: 1 });
    await expect(load(program)).rejects.toThrow(/^The kernel scale does not compile: .*facter.* \(line 8, column \d+\)\.$/);
  });

  it("names the kernel whose pipeline fails", async () => {
    const misnamed = defineKernel({ ...scale, name: "scala" });
    const program = new Program();
    const data = program.tensor("data", [1]);
    program.plan("misnamed").call(misnamed, { data }, { count: 1, factor: 1 });
    await expect(load(program)).rejects.toThrow(/^The kernel scala could not be prepared for this GPU: /);
  });

  it("reports progress over the pipelines", async () => {
    const { program } = doubleAndAdd(1);
    const executor = createWebGpuExecutor(dawn.device, dawn.facts);
    executors.push(executor);
    const progress: string[] = [];
    await executor.load(program, (done, total) => progress.push(`${done}/${total}`));
    expect(progress).toEqual(["1/2", "2/2"]);
    await expect(executor.load(program)).rejects.toThrow("A program has been loaded already.");
  });
});

describe("a plan that is prepared at its first use", () => {
  it("is compiled once, when it is first submitted, and keeps its place among the others", async () => {
    const observed = observeDevice(dawn.device);
    const { program, data, plan } = doubleAndAdd(2);
    const [other, sum] = [program.tensor("other", [2]), program.tensor("sum", [2])];
    const later = program.plan("later", "first use");
    later.call(increment, { data: other }, { count: 2, factor: 5 });
    later.call(add, { a: other, b: data, sum }, { count: 2 });
    const executor = createWebGpuExecutor(observed.device, dawn.facts);
    executors.push(executor);
    await executor.load(program);
    const before = observed.count("createComputePipelineAsync");
    const first = executor.submit(later, 1);
    const sumBefore = executor.read(sum);
    await Promise.all([first, executor.submit(plan, 1), executor.submit(later, 1)]);
    expect([...(await sumBefore)]).toEqual([5, 5]);
    expect([...(await executor.read(sum))]).toEqual([11, 11]);
    expect(observed.count("createComputePipelineAsync") - before).toBe(1);
  });

  it("tells of a fault at that submit, and the other plans go on", async () => {
    const broken = defineKernel({ ...scale, wgsl: scale.wgsl.replace("* scalars.factor", "* scalars.facter") });
    const { program, data, plan } = doubleAndAdd(1);
    program.plan("broken", "first use").call(broken, { data }, { count: 1, factor: 1 });
    const [brokenPlan] = [...program.plans.values()].slice(1);
    if (brokenPlan === undefined) throw new Error("the plan was not recorded");
    const executor = await load(program);
    await expect(executor.submit(brokenPlan, 1)).rejects.toThrow(/^The kernel scale does not compile: /);
    await executor.submit(plan, 1);
    expect([...(await executor.read(data))]).toEqual([1]);
  });

  it("rejects if the executor is destroyed meanwhile", async () => {
    const { program, data } = doubleAndAdd(1);
    const later = program.plan("later", "first use");
    later.call(slow, { data }, { count: 1, turns: 2 });
    const executor = await load(program);
    const submitted = executor.submit(later, 1);
    executor.destroy();
    await expect(submitted).rejects.toThrow("The executor has been destroyed.");
  });
});
