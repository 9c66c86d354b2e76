import { describe, expect, test, vi } from "vitest";
import type { Cell, RunConfig } from "../../config";
import { createCpuExecutor } from "../../cpu/cpuExecutor";
import type { CopyData } from "../../data/copy";
import { makeCopy } from "../../data/copy";
import { type Executor, ExecutorError } from "../../plan/executor";
import { fixedForms } from "../../plan/forms";
import type { Plan } from "../../plan/plan";
import type { Program } from "../../plan/program";
import type { Tensor } from "../../plan/tensor";
import { presetNamed } from "../../presets";
import type { ContestantFacts, RaceLimit, RaceValidation } from "../../race/record";
import type { FailureText } from "../failure";
import { metricsRow, rowCount } from "../metrics";
import { openTrainer } from "../open";
import { contestantConfig } from "./contestant";
import { type RaceHooks, runRace } from "./race";

const task = { kind: "copy", symbols: 4, length: 2, delay: 3 } as const;
const config: RunConfig = {
  ...presetNamed("copy-memory").config,
  task,
  model: { cell: "lstm", hiddenSize: 8, numLayers: 2, embeddingSize: 4, forgetBias: 0 },
  batchSize: 8,
  validation: { every: 6, batches: 1 },
};
const cells: readonly Cell[] = ["rnn_tanh", "lstm", "gru", "gru_reset_before"];

/** Sixteen sequences to the epoch, so that a race of 24 steps begins an epoch eleven times. */
function tinyCopy(): CopyData {
  const whole = makeCopy(task, config.seed);
  const steps = 2 * task.length + task.delay;
  const { inputs, targets } = whole.train;
  return { ...whole, train: { ...whole.train, count: 16, inputs: inputs.slice(0, 16 * steps), targets: targets.slice(0, 16 * steps) } };
}
const dataset = tinyCopy();

interface Seen {
  readonly order: number[];
  readonly losses: number[][];
  readonly ms: number[][];
  readonly validations: RaceValidation[][];
  readonly facts: ContestantFacts[];
  readonly out: (FailureText | undefined)[];
  readonly executors: { readonly executor: Executor; program: Program | undefined; destroyed: boolean }[];
}

interface Wishes {
  readonly cells?: readonly Cell[];
  readonly limit?: RaceLimit;
  readonly hooks?: Partial<RaceHooks>;
  readonly signal?: AbortSignal;
  /** Changes what the executor of a contestant does. */
  readonly alter?: (executor: Executor, index: number) => Partial<Executor>;
  /** Called after each training step. */
  readonly onStep?: (index: number, executor: Executor, program: Program) => Promise<void>;
}

function race({ cells: racing = cells, limit = { kind: "steps", steps: 24 }, hooks, signal, alter, onStep }: Wishes) {
  const per = <T>(make: () => T): T[] => racing.map(make);
  const seen: Seen = {
    order: [],
    losses: per(() => []),
    ms: per(() => []),
    validations: per(() => []),
    facts: [],
    out: per(() => undefined),
    executors: [],
  };
  const openExecutor = async (): Promise<Executor> => {
    const executor = await createCpuExecutor({ threads: 1 });
    const index = seen.executors.length;
    const entry: Seen["executors"][number] = { executor, program: undefined, destroyed: false };
    seen.executors.push(entry);
    const changes: Partial<Executor> = {
      load(program, onProgress) {
        entry.program = program;
        return executor.load(program, onProgress);
      },
      async submit(plan: Plan, count: number, abort?: AbortSignal) {
        if (onStep === undefined || plan.name !== "train") return executor.submit(plan, count, abort);
        for (let i = 0; i < count; i++) {
          await executor.submit(plan, 1, abort);
          if (entry.program !== undefined) await onStep(index, executor, entry.program);
        }
      },
      destroy() {
        entry.destroyed = true;
        executor.destroy();
      },
      ...alter?.(executor, index),
    };
    return new Proxy(executor, {
      get(target, key) {
        const value: unknown = Reflect.get(key in changes ? changes : target, key, target);
        return typeof value === "function" && !(key in changes) ? value.bind(target) : value;
      },
    });
  };
  const all: RaceHooks = {
    openExecutor,
    chooseForms: async ({ facts }) => fixedForms(facts),
    onReady: (index, facts) => {
      seen.facts[index] = facts;
    },
    onSlice(index, rows, ms) {
      seen.order.push(index);
      seen.ms[index]?.push(ms);
      for (let i = 0; i < rowCount(rows); i++) seen.losses[index]?.push(metricsRow(rows, i).loss);
    },
    onValidation: (index, result) => void seen.validations[index]?.push(result),
    onOut(index, failure) {
      seen.out[index] = failure;
    },
    ...hooks,
  };
  const pace = { slice: 4, every: 6, warmUpMs: 0 };
  const ended = runRace({ config, cells: racing, limit, pace }, dataset, all, signal ?? new AbortController().signal);
  return { seen, ended };
}

function tensorNamed(program: Program, name: string): Tensor {
  for (const { calls } of program.plans.values())
    for (const { tensors } of calls) for (const tensor of tensors) if (tensor.name === name) return tensor;
  throw new RangeError(`no tensor ${name}`);
}

/** Losses of a run of its own, and its last validation. */
async function alone(cell: Cell, steps: number) {
  const executor = await createCpuExecutor({ threads: 1 });
  const trainer = await openTrainer(contestantConfig(config, cell), dataset, executor);
  for (let left = steps; left > 0; ) left -= await trainer.advance(left);
  const rows = await trainer.flush();
  const { loss, accuracy } = (await trainer.validate(true)) ?? expect.fail("no validation");
  executor.destroy();
  return { losses: Array.from({ length: rowCount(rows) }, (_, i) => metricsRow(rows, i).loss), loss, accuracy };
}

describe("a race", () => {
  test("gives each contestant the numbers, to the bit, that it has when trained alone", async () => {
    const { seen, ended } = race({});
    expect(await ended).toBe(4);
    for (const [index, cell] of cells.entries()) {
      const own = await alone(cell, 24);
      expect(seen.losses[index]).toEqual(own.losses);
      expect(seen.validations[index]?.at(-1)).toMatchObject({ step: 24, full: true, loss: own.loss, accuracy: own.accuracy });
    }
  });

  test("shows every contestant the same batches in the same order, epoch after epoch", async () => {
    const batches: string[][] = cells.map(() => []);
    const { ended, seen } = race({
      async onStep(index, executor, program) {
        const [input, targets] = await Promise.all([
          executor.read(tensorNamed(program, "train input")),
          executor.read(tensorNamed(program, "train targets of the batch")),
        ]);
        batches[index]?.push(`${input} ${targets}`);
      },
    });
    await ended;
    // What was seen while warming up comes before the 24 steps.
    const raced = batches.map((each) => each.slice(-24));
    for (const each of raced) expect(each).toEqual(raced[0]);
    // Two batches to the epoch, shuffled anew: were they always the same, the test would show nothing.
    expect(new Set(raced[0]).size).toBeGreaterThan(12);
    expect(seen.losses.map(({ length }) => length)).toEqual([24, 24, 24, 24]);
  });

  test("goes in turns of equal steps, each round beginning with another contestant; all are validated at the same steps", async () => {
    const { seen, ended } = race({ cells: ["rnn_tanh", "lstm", "gru"] });
    await ended;
    expect(seen.order.slice(0, 6)).toEqual([0, 1, 2, 1, 2, 0]);
    const steps = seen.validations.map((each) => each.map(({ step, full }) => `${step}${full ? " full" : ""}`));
    expect(steps[0]).toEqual(["0", "6", "12", "18", "24", "24 full"]);
    expect(steps[1]).toEqual(steps[0]);
    expect(steps[2]).toEqual(steps[0]);
    expect(seen.validations.flat().every(({ targets }) => targets > 0)).toBe(true);
    expect(seen.ms.every((each) => each.length > 0 && each.every((ms) => ms > 0))).toBe(true);
    expect(seen.facts.map(({ parameters }) => parameters)).toEqual([...new Set(seen.facts.map(({ parameters }) => parameters))]);
  });

  test("goes on without a contestant that cannot be built, and frees it at once", async () => {
    let freedBefore = false;
    const { seen, ended } = race({
      cells: ["rnn_tanh", "lstm", "gru"],
      alter: (_, index) =>
        index === 1
          ? {
              load: async () => {
                throw new ExecutorError("out-of-memory", "The GPU is out of memory.");
              },
            }
          : {},
      hooks: {
        onReady: (index) => {
          if (index === 2) freedBefore = seen.executors[1]?.destroyed ?? false;
        },
      },
    });
    expect(await ended).toBe(2);
    expect(freedBefore).toBe(true);
    expect(seen.out[1]).toMatchObject({ code: "out-of-memory", message: "The GPU is out of memory." });
    expect(seen.losses.map(({ length }) => length)).toEqual([24, 0, 24]);
    expect(seen.executors.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
  });

  test("goes on without a contestant that diverges, and names the step", async () => {
    let steps = 0;
    const { seen, ended } = race({
      cells: ["rnn_tanh", "gru"],
      async onStep(index, executor, program) {
        // Warming up and the first steps are as ever.
        if (index === 1 && seen.order.length > 0 && ++steps === 3)
          executor.write(tensorNamed(program, "fc.bias"), Float32Array.of(Number.NaN));
      },
    });
    expect(await ended).toBe(1);
    expect(seen.out[1]?.code).toBe("diverged");
    expect(seen.out[1]?.message).toContain("at step 4");
    expect(seen.losses[0]).toHaveLength(24);
    expect(seen.losses[1]).toHaveLength(6);
  });

  test("ends without anyone if all are out", async () => {
    const broken = new ExecutorError("internal", "broken");
    const { seen, ended } = race({ alter: () => ({ load: () => Promise.reject(broken) }) });
    expect(await ended).toBe(0);
    expect(seen.out.map((each) => each?.code)).toEqual(["internal", "internal", "internal", "internal"]);
  });

  test("waits while paused, and ends at once when cancelled then; all memory is freed", async () => {
    const controller = new AbortController();
    let pauses = 0;
    const { seen, ended } = race({
      signal: controller.signal,
      hooks: { resumed: () => (seen.order.length < 6 ? Promise.resolve() : new Promise(() => pauses++)) },
    });
    const failed = expect(ended).rejects.toThrow("enough");
    await vi.waitFor(() => expect(pauses).toBe(1), 10_000);
    expect(seen.order).toHaveLength(6);
    controller.abort(new Error("enough"));
    await failed;
    expect(seen.order).toHaveLength(6);
    expect(seen.executors.map(({ destroyed }) => destroyed)).toEqual([true, true, true, true]);
  });

  test("ends with the device's sentence if it is lost, also during a pause", async () => {
    let lose = (_: string): void => {};
    const lost = new Promise<string>((resolve) => {
      lose = resolve;
    });
    const { seen, ended } = race({
      cells: ["rnn_tanh", "gru"],
      alter: () => ({ lost }),
      hooks: { resumed: () => (seen.order.length < 2 ? Promise.resolve() : new Promise(() => lose("The GPU was lost."))) },
    });
    await expect(ended).rejects.toMatchObject({ code: "device-lost", message: "The GPU was lost." });
    expect(seen.executors.map(({ destroyed }) => destroyed)).toEqual([true, true]);
    expect(seen.out).toEqual([undefined, undefined]);
  });

  test("by the clock, ends with a whole round", async () => {
    const { seen, ended } = race({ cells: ["rnn_tanh", "lstm"], limit: { kind: "minutes", minutes: 0.005 } });
    expect(await ended).toBe(2);
    expect(seen.losses[0]?.length).toBeGreaterThan(0);
    expect(seen.losses[1]?.length).toBe(seen.losses[0]?.length);
    expect(seen.validations[1]?.at(-1)).toMatchObject({ step: seen.losses[0]?.length, full: true });
  });
});
