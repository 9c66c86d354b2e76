import { afterEach, describe, expect, it } from "vitest";
import { type Executor, ExecutorError } from "../plan/executor";
import { Program } from "../plan/program";
import { add, increment, scale, slow } from "../testing/tinyKernels";
import { type CpuExecutorOptions, createCpuExecutor } from "./cpuExecutor";

const COUNT = 100;
/** Turns of the slow kernel that take a few milliseconds. */
const TURNS = 20;

const open: Executor[] = [];
afterEach(() => {
  for (const executor of open.splice(0)) executor.destroy();
});

/** data, u32 words, and plans: x2, +1, and `long`, of some tenths of a second in calls of a few milliseconds. */
async function setUp(options: CpuExecutorOptions = {}) {
  const program = new Program();
  const data = program.tensor("data", [COUNT]);
  const words = program.tensor("words", [5], "u32");
  const busy = program.tensor("busy", [2000]);
  const double = program.plan("double");
  double.call(scale, { data }, { count: COUNT, factor: 2 });
  const plusOne = program.plan("plus one");
  plusOne.call(increment, { data }, { count: COUNT, factor: 1 });
  const long = program.plan("long");
  for (let call = 0; call < 200; call++) long.call(slow, { data: busy }, { count: 2000, turns: TURNS });
  long.call(increment, { data }, { count: COUNT, factor: 1000 });
  const executor = await createCpuExecutor(options);
  open.push(executor);
  await executor.load(program);
  return { executor, program, data, words, double, plusOne, long };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const failure = async (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined).catch((error: unknown) => error);

const variants: readonly [string, CpuExecutorOptions][] = [
  ["WebAssembly, one thread", { threads: 1 }],
  ["WebAssembly, two threads", { threads: 2 }],
  ["twins in f32", { native: false }],
  ["twins in f64", { precision: "f64", native: false }],
];

describe.each(variants)("%s", (_, options) => {
  it("starts with zeros, and acts in the order of the calls without waiting for any", async () => {
    const { executor, data, double, plusOne } = await setUp(options);
    expect(await executor.read(data)).toEqual(new Float32Array(COUNT));
    const seen: number[] = [];
    const settled = [executor.submit(plusOne, 3), executor.submit(double, 2)];
    executor.poll(data, (now) => seen.push(now[0] ?? Number.NaN));
    executor.write(data, Float32Array.of(7), 1);
    settled.push(executor.submit(plusOne, 1));
    const before = executor.read(data);
    executor.clear(data);
    const after = executor.read(data);
    expect((await before).slice(0, 3)).toEqual(Float32Array.of(13, 8, 13));
    expect(await after).toEqual(new Float32Array(COUNT));
    await Promise.all(settled);
    expect(seen).toEqual([12]);
  });

  it("writes and reads u32 tensors bit for bit", async () => {
    const { executor, words } = await setUp(options);
    executor.write(words, Uint32Array.of(0xffffffff, 3), 2);
    expect(await executor.read(words)).toEqual(Uint32Array.of(0, 0, 0xffffffff, 3, 0));
  });
});

it("hands a poll over at once while nothing is under way", async () => {
  const { executor, data, plusOne } = await setUp();
  await executor.submit(plusOne, 5);
  const seen: number[] = [];
  expect(executor.poll(data, (now) => seen.push(now[COUNT - 1] ?? Number.NaN))).toBe(true);
  expect(seen).toEqual([5]);
});

it("reports what a late poll's receiver throws from the next call", async () => {
  const { executor, data, plusOne } = await setUp();
  const submitted = executor.submit(plusOne, 1);
  executor.poll(data, () => {
    throw new RangeError("no room for it");
  });
  await submitted;
  await expect(executor.drain()).rejects.toThrow("no room for it");
  await executor.drain();
});

it("copies what it is given to write, if it cannot write at once", async () => {
  const { executor, data, plusOne } = await setUp();
  const submitted = executor.submit(plusOne, 1);
  const source = Float32Array.of(4);
  executor.write(data, source);
  source[0] = 5;
  await submitted;
  expect((await executor.read(data))[0]).toBe(4);
});

it("refuses writes that do not fit", async () => {
  const { executor, data, words } = await setUp();
  expect(() => executor.write(data, Float32Array.of(1, 2), COUNT - 1)).toThrow("data has 100 elements; 2 elements at 99 do not fit.");
  expect(() => executor.write(words, Float32Array.of(1))).toThrow("words is u32; the data is not.");
});

it("computes in double precision as the oracle of tests", async () => {
  const program = new Program();
  const data = program.tensor("data", [1]);
  const plan = program.plan("plan");
  for (let i = 0; i < 100; i++) plan.call(increment, { data }, { count: 1, factor: 1e-9 });
  plan.call(increment, { data }, { count: 1, factor: -1 });
  const last = async (options: CpuExecutorOptions) => {
    const executor = await createCpuExecutor(options);
    open.push(executor);
    await executor.load(program);
    executor.write(data, Float32Array.of(1));
    await executor.submit(plan, 1);
    return (await executor.read(data))[0];
  };
  expect(await last({ precision: "f64", native: false })).toBeCloseTo(1e-7, 12);
  expect(await last({})).toBe(0);
});

it("gives a call its own tensors when several share an arena", async () => {
  const program = new Program();
  const { tensors } = program.flat("both", [
    { name: "a", shape: [3] },
    { name: "b", shape: [3] },
  ]);
  const [a, b] = tensors;
  const sum = program.tensor("sum", [3]);
  if (a === undefined || b === undefined) throw new RangeError("no tensors");
  const plan = program.plan("plan");
  plan.call(add, { a, b, sum }, { count: 3 });
  const executor = await createCpuExecutor();
  open.push(executor);
  await executor.load(program);
  executor.write(a, Float32Array.of(1, 2, 3));
  executor.write(b, Float32Array.of(10, 20, 30));
  await executor.submit(plan, 1);
  expect(await executor.read(sum)).toEqual(Float32Array.of(11, 22, 33));
});

it("lets timers through during one long replay", async () => {
  const { executor, long } = await setUp();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  await executor.submit(long, 1);
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(3);
});

it("lets timers through between many short submits", async () => {
  const { executor, plusOne } = await setUp();
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  const giveUp = performance.now() + 10_000;
  while (!fired && performance.now() < giveUp) await executor.submit(plusOne, 1);
  expect(fired).toBe(true);
});

it("stops within a replay when aborted, with the signal's reason, and goes on with what comes after", async () => {
  const { executor, data, long, plusOne } = await setUp();
  const reason = new Error("paused");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 1);
  const stopped = failure(executor.submit(long, 1000, controller.signal));
  const after = executor.submit(plusOne, 1);
  expect(await stopped).toBe(reason);
  await after;
  expect((await executor.read(data))[0]).toBe(1);
});

it("measures how long a replay takes", async () => {
  const { executor, long, plusOne } = await setUp();
  expect(executor.msPerReplay(plusOne)).toBeUndefined();
  await executor.submit(plusOne, 20);
  await executor.submit(long, 1);
  expect(executor.msPerReplay(plusOne)).toBeLessThan(executor.msPerReplay(long) ?? 0);
});

it("says what it runs on", async () => {
  const factsOf = async (options: CpuExecutorOptions) => {
    const executor = await createCpuExecutor(options);
    open.push(executor);
    return executor.facts;
  };
  expect(await factsOf({ threads: 1 })).toMatchObject({ executor: "cpu", name: "WebAssembly SIMD, one thread", isSoftware: true });
  expect(await factsOf({ threads: 3 })).toMatchObject({ executor: "cpu", name: "WebAssembly SIMD, three threads", isSoftware: true });
  expect((await factsOf({ native: false })).name).toBe("JavaScript without SIMD, one thread");
});

it("loads one program, whose plans are the only ones that it runs", async () => {
  const { executor, program } = await setUp();
  await expect(executor.load(program)).rejects.toThrow("A program has been loaded already.");
  await expect(executor.submit(new Program().plan("other"), 1)).rejects.toThrow("The plan other is not part of the loaded program.");
});

describe("too large a program", () => {
  it.each([
    ["WebAssembly, beyond 4 GiB", {}, 1.1e9, "This run needs 4,401 MB of memory; at most 4,295 MB can be used on the CPU."],
    ["arrays", { native: false }, 2 ** 40, "This computer did not give the 4,398,047 MB of memory that this run needs."],
  ] as const)("%s", async (_, options, length, message) => {
    const program = new Program();
    program.tensor("huge", [length]);
    const executor = await createCpuExecutor(options);
    const error = await failure(executor.load(program));
    expect(error).toBeInstanceOf(ExecutorError);
    expect(error).toMatchObject({ code: "out-of-memory", message });
  });
});

describe("after destroy", () => {
  it("every method fails with an ExecutorError", async () => {
    const { executor, program, data, plusOne } = await setUp();
    executor.destroy();
    executor.destroy();
    const rejected = [executor.load(program), executor.submit(plusOne, 1), executor.read(data), executor.drain()];
    for (const promise of rejected) expect(await failure(promise)).toBeInstanceOf(ExecutorError);
    expect(() => executor.write(data, new Float32Array(1))).toThrow(ExecutorError);
    expect(() => executor.clear(data)).toThrow(ExecutorError);
    expect(() => executor.poll(data, () => {})).toThrow(ExecutorError);
    expect(() => executor.msPerReplay(plusOne)).toThrow(ExecutorError);
  });

  it("what was under way or waiting fails too", async () => {
    const { executor, data, long } = await setUp();
    const pending = [executor.submit(long, 1000), executor.submit(long, 1), executor.read(data), executor.drain()].map(failure);
    let polled = false;
    executor.poll(data, () => {
      polled = true;
    });
    await sleep(1);
    executor.destroy();
    for (const error of await Promise.all(pending)) expect(error).toBeInstanceOf(ExecutorError);
    expect(polled).toBe(false);
  });
});
