import { afterEach, describe, expect, test, vi } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { loadDataset } from "../data/dataset";
import { readCheckpoint } from "../files/checkpoint";
import { type Executor, ExecutorError } from "../plan/executor";
import { presetNamed } from "../presets";
import { probeFrames } from "../probes";
import { memorySource } from "../testing/dataSource";
import { metricsRow, rowCount } from "../train/metrics";
import { type OpenOptions, openTrainer } from "../train/open";
import type { Trainer } from "../train/trainer";
import { type Events, METRIC_COLUMNS } from "./protocol";
import { Session } from "./session";

const text: RunConfig = {
  ...presetNamed("copy-memory").config,
  task: { kind: "text", source: "own", sequenceLength: 8, carryState: true },
  model: { cell: "gru", hiddenSize: 8, numLayers: 1, embeddingSize: 4, forgetBias: 0 },
  batchSize: 4,
  epochs: 50,
  validation: { every: 20, batches: 1 },
};

type Posted = { [K in keyof Events]: { readonly kind: K; readonly payload: Events[K] } }[keyof Events];

const sessions: Session[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.dispose();
});

async function open(
  config: RunConfig = text,
  wrap: (executor: Executor) => Executor = (executor) => executor,
  start?: NonNullable<OpenOptions["start"]>,
) {
  const dataset = await loadDataset(config.task, memorySource({}), "the quick brown fox jumps over the lazy dog. ".repeat(40), config.seed);
  const executor = wrap(await createCpuExecutor());
  const trainer = await openTrainer(config, dataset, executor, start === undefined ? {} : { start });
  const posted: Posted[] = [];
  const post = <K extends keyof Events>(kind: K, payload: Events[K]): void => {
    posted.push({ kind, payload } as Posted);
  };
  const session = new Session(1, trainer, dataset, { choice: "fixed", timings: [] }, post, () => executor.destroy());
  sessions.push(session);
  await session.announce();
  const statuses = (): string[] => posted.flatMap((each) => (each.kind === "status" ? [each.payload.status] : []));
  const last = (): string | undefined => statuses().at(-1);
  const until = (status: string): Promise<void> => vi.waitFor(() => expect(last()).toBe(status), { timeout: 20_000 });
  return { session, trainer, posted, statuses, last, until };
}

const lossesOf = (posted: readonly Posted[]): number[] =>
  posted.flatMap((each) => {
    if (each.kind !== "metrics") return [];
    const { rows } = each.payload;
    return Array.from({ length: rowCount(rows) }, (_, i) => metricsRow(rows, i).loss);
  });

/** Holds the trainer's lock, as a long sample does, until it is released. */
function hold(trainer: Trainer): () => void {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  void trainer.lock.run(() => released);
  return release;
}

describe("a session", () => {
  test("trains, pauses and goes on", async () => {
    const { session, trainer, until, posted } = await open();
    session.train();
    await vi.waitFor(() => expect(trainer.step).toBeGreaterThan(5));
    session.pause();
    await until("paused");
    const { step } = trainer;
    session.step(3);
    await vi.waitFor(() => expect(trainer.step).toBe(step + 3));
    await until("paused");
    const rows = posted.reduce((sum, each) => sum + (each.kind === "metrics" ? each.payload.rows.length / METRIC_COLUMNS : 0), 0);
    expect(rows).toBe(trainer.step);
  });

  test("posts the rows of the steps that it is told to probe, and after a Reset those of the run that begins anew", async () => {
    const { session, trainer, posted, until } = await open();
    const steps = (): number[] =>
      posted.flatMap((each) => (each.kind === "probes" ? probeFrames(trainer.run.probes, each.payload.rows).map(({ step }) => step) : []));
    session.step(5);
    await until("paused");
    expect(steps()).toEqual([]);
    session.probe(4);
    session.step(8);
    await vi.waitFor(() => expect(steps()).toEqual([8, 12]));
    await until("paused");
    session.reset();
    session.step(4);
    await vi.waitFor(() => expect(steps()).toEqual([8, 12, 1, 4]));
    await until("paused");
  });

  test("a second Train while it trains is ignored; the last epoch finishes the run", async () => {
    const { session, trainer, until, statuses } = await open({ ...text, epochs: 1 });
    session.train();
    session.train();
    await until("finished");
    expect(trainer.step).toBe(trainer.totalSteps);
    expect(statuses().filter((status) => status === "finished")).toHaveLength(1);
  });

  test("Step and Train right after Reset begin from the initial weights, once", async () => {
    const { session, trainer, until, last } = await open();
    session.step(50);
    await until("paused");
    const release = hold(trainer);
    session.reset();
    session.step(1);
    session.train();
    release();
    await vi.waitFor(() => expect(trainer.step).toBe(1));
    await until("paused");
    expect(last()).toBe("paused");
    expect(trainer.step).toBe(1);
  });

  test("a hold that is given up while it waits holds nothing, nor does one of a run that is closed", async () => {
    const { session, trainer, until } = await open();
    session.step(1);
    await until("paused");
    const release = hold(trainer);
    session.reset();
    const race = new AbortController();
    const waiting = session.hold(race.signal);
    race.abort();
    // While the reset before it still waits for the lock.
    (await waiting)();
    session.step(2);
    release();
    await vi.waitFor(() => expect(trainer.step).toBe(2));

    const last = hold(trainer);
    session.reset();
    const closing = session.hold(new AbortController().signal);
    const closed = session.dispose();
    (await closing)();
    last();
    await closed;
    (await session.hold(new AbortController().signal))();
  });

  test("Reset during training ends at step 0, ready", async () => {
    const { session, trainer, until } = await open();
    session.train();
    await vi.waitFor(() => expect(trainer.step).toBeGreaterThan(5));
    session.reset();
    await until("ready");
    expect(trainer.step).toBe(0);
  });

  test("a new sample takes the place of the one being written", async () => {
    const { session, posted } = await open();
    const request = { runId: 1, prompt: "the", length: 400, temperature: 1, seed: 1 };
    const first = session.sample({ ...request, requestId: 1 }).catch((error: unknown) => error);
    const second = session.sample({ ...request, requestId: 2 });
    expect(await first).toBeInstanceOf(DOMException);
    await second;
    const samples = posted.flatMap((each) => (each.kind === "sample" ? [each.payload] : []));
    expect(samples.filter(({ done }) => done).map(({ requestId }) => requestId)).toEqual([2]);
    expect(samples.filter(({ requestId }) => requestId === 2).reduce((sum, each) => sum + each.text.length, 0)).toBe(400);
  });

  test("unknown characters of a prompt are named", async () => {
    const { session, posted } = await open();
    await session.sample({ runId: 1, requestId: 1, prompt: "th#e", length: 5, temperature: 1, seed: 1 });
    const notices = posted.flatMap((each) => (each.kind === "sample" ? [each.payload.notice] : []));
    expect(notices.at(-1)).toContain('"#"');
  });

  test("what goes on inside is told while it trains, with the step, and leaves the losses as they are", async () => {
    const config: RunConfig = { ...text, epochs: 10 };
    const straight = await open(config);
    straight.session.train();
    await straight.until("finished");
    const { session, posted, until } = await open(config);
    session.train();
    const source = { kind: "validation", start: 0, length: 100 } as const;
    for (let requestId = 1; requestId <= 5; requestId++) {
      await session.inside({ runId: 1, requestId, ask: requestId === 5 ? { kind: "rank" } : { kind: "read", source } });
    }
    await until("finished");
    expect(lossesOf(posted)).toEqual(lossesOf(straight.posted));
    const answers = posted.flatMap((each) => (each.kind === "inside" ? [each.payload] : []));
    const steps = answers.flatMap(({ requestId, answer }) =>
      answer.kind === "read" || answer.kind === "rank" ? [[requestId, answer.step]] : [],
    );
    expect(steps.map(([requestId]) => requestId)).toEqual([1, 2, 3, 4, 5]);
    expect(steps.every(([, step], i) => (step ?? -1) >= (steps[i - 1]?.[1] ?? 0))).toBe(true);
  });

  test("Reset ends a reading that waits", async () => {
    const { session, trainer, posted, until } = await open();
    const release = hold(trainer);
    const source = { kind: "validation", start: 0, length: 100 } as const;
    const reading = session.inside({ runId: 1, requestId: 3, ask: { kind: "read", source } });
    session.reset();
    release();
    await reading;
    await until("ready");
    const answers = posted.flatMap((each) => (each.kind === "inside" ? [each.payload] : []));
    expect(answers).toEqual([{ runId: 1, requestId: 3, answer: { kind: "end", of: "read", failure: null } }]);
  });

  test("a lost device is told once, with what to do", async () => {
    let lose = (_: string): void => undefined;
    const lost = new Promise<string>((resolve) => {
      lose = resolve;
    });
    const { session, posted, until } = await open(
      text,
      (executor) =>
        new Proxy(executor, {
          get: (target, key) => (key === "lost" ? lost : (Reflect.get(target, key).bind?.(target) ?? Reflect.get(target, key))),
        }),
    );
    lose("The GPU was lost: it was taken away.");
    await until("failed");
    session.train();
    const errors = posted.flatMap((each) => (each.kind === "error" ? [each.payload.failure] : []));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: "device-lost", message: "The GPU was lost: it was taken away." });
    expect(errors[0]?.advice).toContain("Reset");
  });

  const savedBy = (posted: readonly Posted[]) => posted.flatMap((each) => (each.kind === "saved" ? [each.payload] : []));

  test("saves while it trains, without a trace in the losses, and the file goes on from there", async () => {
    const config: RunConfig = { ...text, epochs: 30 };
    const straight = await open(config);
    straight.session.train();
    await straight.until("finished");
    const { session, trainer, posted, until, last } = await open(config);
    session.train();
    while (trainer.step <= 20) await session.save();
    await session.save();
    expect(last()).toBe("training");
    await until("finished");
    expect(lossesOf(posted)).toEqual(lossesOf(straight.posted));
    const saved = savedBy(posted).at(-1);
    if (saved === undefined || "failure" in saved) expect.fail("no file came");
    const state = readCheckpoint(saved.bytes);
    expect(saved.name).toBe(`unroll-text-gru-step${state.step}.safetensors`);
    expect(state.step).toBeGreaterThan(20);
    expect(state.step).toBeLessThan(trainer.totalSteps);
    const resumed = await open(state.config, undefined, { state });
    expect(resumed.last()).toBe("paused");
    resumed.session.train();
    await resumed.until("finished");
    expect(lossesOf(resumed.posted)).toEqual(lossesOf(posted).slice(state.step));
  });

  test("a file asked for before Reset or closing is whole; one asked for after Reset is of step 0", async () => {
    const { session, trainer, posted, until } = await open();
    session.train();
    while (trainer.step <= 5) await session.save();
    const before = session.save();
    session.reset();
    const after = session.save();
    await Promise.all([before, after]);
    await until("ready");
    session.train();
    await vi.waitFor(() => expect(trainer.step).toBeGreaterThan(5));
    void session.save();
    await session.dispose();
    const steps = savedBy(posted).map((each) => ("failure" in each ? each.failure.message : readCheckpoint(each.bytes).step));
    expect(steps.at(-3)).toBeGreaterThan(5);
    expect(steps.at(-2)).toBe(0);
    expect(steps.at(-1)).toBeGreaterThan(5);
    // Each file's counters fit its step.
    for (const each of savedBy(posted)) {
      if ("failure" in each) expect.fail(each.failure.message);
      const state = readCheckpoint(each.bytes);
      await open(state.config, undefined, { state });
    }
  });

  test("Reset lets the step under way end if a file was asked for before", async () => {
    const { session, trainer, posted, until } = await open();
    const submit = trainer.executor.submit.bind(trainer.executor);
    // Steps that take a while, and end at once when they are cut off.
    trainer.executor.submit = async (plan, count, signal) => {
      await submit(plan, count);
      await new Promise((resolve, reject) => {
        setTimeout(resolve, 100);
        signal?.addEventListener("abort", () => reject(signal.reason));
      });
    };
    session.train();
    await vi.waitFor(() => expect(trainer.step).toBe(1));
    const saving = session.save();
    session.reset();
    await saving;
    expect(savedBy(posted)).toMatchObject([{ runId: 1, step: 1 }]);
    await until("ready");
  });

  test("a file that cannot be made is told with the run's failure, and training goes on", async () => {
    const { session, trainer, posted } = await open();
    const { read } = trainer.executor;
    trainer.executor.read = async () => {
      throw new ExecutorError("out-of-memory", "The GPU is out of memory.");
    };
    await session.save();
    trainer.executor.read = read;
    expect(savedBy(posted)).toMatchObject([{ runId: 1, failure: { code: "out-of-memory", message: "The GPU is out of memory." } }]);
    session.step(1);
    await vi.waitFor(() => expect(trainer.step).toBe(1));
  });

  test("closing in the middle of training frees the executor and says nothing more", async () => {
    const { session, trainer, posted } = await open();
    session.train();
    await vi.waitFor(() => expect(trainer.step).toBeGreaterThan(5));
    await session.dispose();
    const { length } = posted;
    expect(() => trainer.executor.clear(trainer.run.state.metrics)).toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(posted.slice(length).filter(({ kind }) => kind === "error")).toEqual([]);
  });
});

describe("a run that diverges", () => {
  /** Weights grow a thousandfold in each step. */
  const runaway: RunConfig = {
    ...text,
    model: { ...text.model, cell: "rnn_tanh" },
    optimizer: { kind: "sgd", lr: 100, momentum: 0, weightDecay: 10 },
    clip: { kind: "none" },
  };
  const reportsOf = (posted: readonly Posted[]) => posted.flatMap((each) => (each.kind === "explosion" ? [each.payload.report] : []));
  const outcome = async (posted: readonly Posted[]) => {
    await vi.waitFor(() => expect(reportsOf(posted).at(-1)?.search.kind).toMatch(/found|ended/), { timeout: 20_000 });
    return reportsOf(posted).at(-1);
  };

  test("is reported before its failure, searched, and stands at the step that diverged", async () => {
    const { session, trainer, posted, last } = await open(runaway);
    session.train();
    const report = await outcome(posted);
    if (report?.search.kind !== "found") throw new Error(`the search ${report?.search.kind}`);
    expect(report.search.sentences[0]).toMatch(new RegExp(`^(At step|Step) ${report.step} `));
    expect(report.rows).toHaveLength(report.step * METRIC_COLUMNS);
    expect(report.snapshots[0]).toEqual({ step: 0, lr: 100, clip: { kind: "none" } });
    expect(report.suggested).toBe(0);
    const kinds = posted.map(({ kind }) => kind);
    expect(kinds.indexOf("explosion")).toBeLessThan(kinds.indexOf("error"));
    await vi.waitFor(() => expect(trainer.step).toBe(report.step));
    expect(last()).toBe("failed");
  });

  test("goes on from a snapshot with other settings, and can be saved there", async () => {
    const { session, trainer, posted, until } = await open(runaway);
    session.train();
    await outcome(posted);
    session.rewind({ runId: 1, step: 0, lr: 0.01, clip: { kind: "norm", max: 1 } });
    session.step(3);
    await until("paused");
    expect(posted.flatMap((each) => (each.kind === "rewound" ? [each.payload.step] : []))).toEqual([0]);
    expect(trainer.step).toBe(3);
    await session.save();
    const saved = posted.find((each) => each.kind === "saved");
    if (saved === undefined || saved.kind !== "saved" || !("bytes" in saved.payload)) throw new Error("nothing was saved");
    const { step, config } = readCheckpoint(saved.payload.bytes);
    expect(step).toBe(3);
    expect(config).toMatchObject({ optimizer: { lr: 0.01 }, clip: { kind: "norm", max: 1 } });
  });

  test("can be rewound while it is searched, and says so if there is no such snapshot", async () => {
    const { session, trainer, posted, until } = await open(runaway);
    const release = hold(trainer);
    session.train();
    release();
    await vi.waitFor(() => expect(reportsOf(posted).length).toBeGreaterThan(0));
    session.rewind({ runId: 1, step: 7 });
    await vi.waitFor(() => expect(posted.at(-1)).toMatchObject({ kind: "error", payload: { failure: { code: "internal" } } }));
    session.rewind({ runId: 1, step: 0 });
    await until("ready");
    expect(trainer.step).toBe(0);
  });

  test("takes up settings that come while it is searched once that is over, and a rewind keeps them", async () => {
    const { session, trainer, posted, until } = await open(runaway);
    // In the middle of the search: it has gone back to step 0.
    const push = posted.push.bind(posted);
    posted.push = (each) => {
      if (each.kind === "explosion" && reportsOf(posted).length === 1) session.tune({ lr: 0.25 });
      return push(each);
    };
    session.train();
    const report = await outcome(posted);
    if (report?.search.kind !== "found") throw new Error(`the search ${report?.search.kind}`);
    expect(report.search.tensors.some(({ nonFinite }) => nonFinite > 0)).toBe(true);
    await vi.waitFor(() => expect(trainer.config.optimizer.lr).toBe(0.25));
    session.rewind({ runId: 1, step: 0 });
    await until("ready");
    expect(trainer.config.optimizer.lr).toBe(0.25);
  });

  test("is opened anew and closed without waiting for the search", async () => {
    const { session, posted } = await open(runaway);
    session.train();
    await vi.waitFor(() => expect(reportsOf(posted).length).toBeGreaterThan(0));
    await session.dispose();
    expect(posted.filter(({ kind }) => kind === "error")).toHaveLength(1);
  });
});
