import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import type { RunConfig } from "../config";
import { makeCopy } from "../data/copy";
import { makeText } from "../data/text";
import { type Executor, ExecutorError } from "../plan/executor";
import { Program } from "../plan/program";
import { presetNamed } from "../presets";
import { matmulNn } from "../shaders/matmul";
import { trainTo } from "../testing/trainTo";
import { openTrainer } from "../train/open";
import { type CpuExecutorOptions, createCpuExecutor } from "./cpuExecutor";
import { type Helper, startHelper } from "./helpers";
import type { TeamOptions } from "./team";

const open: Executor[] = [];
afterEach(() => {
  for (const executor of open.splice(0)) executor.destroy();
});

async function create(options: CpuExecutorOptions): Promise<Executor> {
  const executor = await createCpuExecutor(options);
  open.push(executor);
  return executor;
}

/** Starts helpers that can be looked at from outside. */
function watched(): { readonly helpers: Helper[]; readonly ends: Promise<unknown>[]; readonly team: TeamOptions } {
  const helpers: Helper[] = [];
  const ends: Promise<unknown>[] = [];
  const start = async (): Promise<Helper> => {
    const helper = await startHelper();
    helpers.push(helper);
    return {
      ...helper,
      end() {
        const ended = helper.end();
        ends.push(ended);
        return ended;
      },
    };
  };
  return { helpers, ends, team: { start, partWork: 0 } };
}

const SIZE = 96;

/** C += A B with A = B = 1, so that every element grows by SIZE with each replay. */
async function setUp(options: CpuExecutorOptions) {
  const program = new Program();
  const a = program.tensor("a", [SIZE, SIZE]);
  const b = program.tensor("b", [SIZE, SIZE]);
  const c = program.tensor("c", [SIZE, SIZE]);
  const plan = program.plan("plan");
  const sizes = { m: SIZE, n: SIZE, k: SIZE, lda: SIZE, ldb: SIZE, ldc: SIZE };
  plan.call(
    matmulNn,
    { a, b, bias: program.tensor("bias", [SIZE]), c },
    { ...sizes, a_offset: 0, b_offset: 0, c_offset: 0, has_bias: 0, accumulate: 1 },
  );
  const executor = await create(options);
  await executor.load(program);
  for (const tensor of [a, b]) executor.write(tensor, new Float32Array(SIZE * SIZE).fill(1));
  return { executor, plan, c };
}

const digest = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");

const copyTask = { kind: "copy", symbols: 8, length: 3, delay: 4 } as const;
const copyRun: RunConfig = { ...presetNamed("copy-memory").config, task: copyTask, batchSize: 23, validation: { every: 7, batches: 1 } };
const textRun: RunConfig = {
  ...presetNamed("chars-small").config,
  task: { kind: "text", source: "own", sequenceLength: 12, carryState: true },
  batchSize: 9,
  validation: { every: 7, batches: 1 },
};

describe("the same bits whatever the number of threads", () => {
  it.each([
    ["GRU, copy memory", copyRun, makeCopy(copyTask, 1)],
    [
      "LSTM, text",
      { ...textRun, model: { ...textRun.model, hiddenSize: 50 } },
      makeText("Your text", "where the bee sucks, there suck I. ".repeat(200)),
    ],
    [
      "large LSTM, text",
      { ...textRun, model: { ...textRun.model, hiddenSize: 260 } },
      makeText("Your text", "in a cowslip's bell I lie; ".repeat(200)),
    ],
  ] as const)("%s", async (_, config, dataset) => {
    const train = async (threads: number) => {
      const trainer = await openTrainer(config, dataset, await create({ threads, team: { partWork: 0 } }));
      const { losses, validations } = await trainTo(trainer, 15);
      const { arrays } = await trainer.save();
      return { losses, validations, state: arrays.map(({ name, data }) => `${name} ${digest(data)}`) };
    };
    const one = await train(1);
    expect(one.losses).toHaveLength(15);
    expect(await train(2)).toEqual(one);
    expect(await train(3)).toEqual(one);
  });
});

it("goes on with one thread where helpers cannot start, and says so", async () => {
  const start = (): Promise<Helper> => Promise.reject(new Error("no more threads"));
  const { executor, plan, c } = await setUp({ threads: 2, team: { start } });
  expect(executor.facts.name).toBe("WebAssembly SIMD, one thread");
  await executor.submit(plan, 2);
  expect((await executor.read(c))[0]).toBe(2 * SIZE);
});

it("takes the helpers that did start", async () => {
  let calls = 0;
  const start = (): Promise<Helper> => (++calls === 1 ? Promise.reject(new Error("no more threads")) : startHelper());
  const { executor } = await setUp({ threads: 3, team: { start } });
  expect(executor.facts.name).toBe("WebAssembly SIMD, two threads");
});

it("computes on when a helper dies between calls", async () => {
  const { helpers, team } = watched();
  const { executor, plan, c } = await setUp({ threads: 3, team });
  await executor.submit(plan, 100);
  await helpers[0]?.end();
  await executor.submit(plan, 100);
  await helpers[1]?.end();
  await executor.submit(plan, 100);
  expect(new Set(await executor.read(c))).toEqual(new Set([300 * SIZE]));
});

/** A helper that takes one part and never ends it. */
async function startStuck(): Promise<Helper> {
  const worker = new Worker(
    `require("node:worker_threads").parentPort.once("message", ({ block }) => {
      const words = new Int32Array(block);
      for (;;) {
        const left = Atomics.load(words, 0);
        if (left > 0 && Atomics.compareExchange(words, 0, left, left - 1) === left) break;
      }
      Atomics.wait(words, 7, Atomics.load(words, 7));
    })`,
    { eval: true },
  );
  return { send: (message) => worker.postMessage(message), end: () => worker.terminate() };
}

it("fails a call of which a helper never ends its part, and runs what comes after on one thread", async () => {
  const { executor, plan, c } = await setUp({ threads: 2, team: { start: startStuck, partWork: 0, patienceMs: 50 } });
  let error: unknown;
  const giveUp = performance.now() + 10_000;
  while (error === undefined && performance.now() < giveUp) error = await executor.submit(plan, 1).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ExecutorError);
  expect(error).toMatchObject({ message: "A thread that computes for this run stopped answering; the run has to start anew." });
  executor.clear(c);
  await executor.submit(plan, 2);
  expect((await executor.read(c))[0]).toBe(2 * SIZE);
});

it("ends its helpers when it is destroyed: none is left after fifty executors", async () => {
  const { helpers, ends, team } = watched();
  for (let i = 0; i < 50; i++) {
    const { executor, plan } = await setUp({ threads: 2, team });
    await executor.submit(plan, 3);
    executor.destroy();
  }
  expect(helpers).toHaveLength(50);
  expect(ends).toHaveLength(50);
  await Promise.all(ends);
});

it("hands over arrays on memory of their own", async () => {
  const { executor, plan, c } = await setUp({ threads: 2 });
  await executor.submit(plan, 1);
  const arrays = [await executor.read(c)];
  executor.poll(c, (data) => arrays.push(data));
  expect(arrays.map(({ buffer }) => buffer)).toEqual([expect.any(ArrayBuffer), expect.any(ArrayBuffer)]);
});
