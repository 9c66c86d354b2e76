import { afterEach, describe, expect, test, vi } from "vitest";
import type { RunConfig } from "../config";
import { createCpuExecutor } from "../cpu/cpuExecutor";
import { makeCopy } from "../data/copy";
import { type Executor, ExecutorError } from "../plan/executor";
import { presetNamed } from "../presets";
import { Mutex } from "../train/mutex";
import { openTrainer } from "../train/open";
import { type Events, METRIC_COLUMNS, type Requests } from "./protocol";
import { raceMemory } from "./raceMemory";
import { Races } from "./races";
import type { RaceState } from "./reports";
import { Session } from "./session";

const task = { kind: "copy", symbols: 3, length: 2, delay: 2 } as const;
const config: RunConfig = {
  ...presetNamed("copy-memory").config,
  task,
  model: { cell: "gru", hiddenSize: 8, numLayers: 1, embeddingSize: 4, forgetBias: 0 },
  batchSize: 16,
  epochs: 10_000,
  validation: { every: 20, batches: 1 },
};
const dataset = makeCopy(task, config.seed);
const request: Requests["race"] = {
  ...{ raceId: 1, config, cells: ["rnn_tanh", "lstm", "gru"] },
  ...{ limit: { kind: "steps", steps: 60 }, executor: "cpu", kernels: "auto" },
};

type Posted = { [K in keyof Events]: { readonly kind: K; readonly payload: Events[K] } }[keyof Events];

const sessions: Session[] = [];
const allRaces: Races[] = [];
afterEach(async () => {
  for (const races of allRaces.splice(0)) for (const raceId of [1, 2]) races.cancel({ raceId });
  for (const session of sessions.splice(0)) await session.dispose();
});

async function openSession(onMetrics: (rows: Float32Array) => void = () => {}): Promise<Session> {
  const post = <K extends keyof Events>(kind: K, payload: Events[K]): void => {
    const event = { kind, payload } as Posted;
    if (event.kind === "metrics") onMetrics(event.payload.rows);
  };
  const executor = await createCpuExecutor({ threads: 1 });
  const trainer = await openTrainer(config, dataset, executor);
  const session = new Session(1, trainer, dataset, { choice: "fixed", timings: [] }, post, () => executor.destroy());
  sessions.push(session);
  return session;
}

interface Wishes {
  readonly session?: Session | null;
  readonly mostBytes?: number;
  readonly alter?: (executor: Executor) => void;
  readonly endComparison?: () => Promise<void>;
}

function setUp({ session = null, mostBytes, alter, endComparison = async () => {} }: Wishes = {}) {
  const posted: Posted[] = [];
  const executors: { destroyed: boolean }[] = [];
  const turns = new Mutex();
  const races = new Races({
    post: <K extends keyof Events>(kind: K, payload: Events[K]): void => {
      posted.push({ kind, payload } as Posted);
    },
    turns,
    loadData: async () => dataset,
    async openExecutor() {
      const executor = await createCpuExecutor({ threads: 1 });
      alter?.(executor);
      const entry = { destroyed: false };
      const destroy = executor.destroy.bind(executor);
      executor.destroy = () => {
        entry.destroyed = true;
        destroy();
      };
      executors.push(entry);
      return executor;
    },
    openRun: () => session,
    endComparison,
    mostBytes: () => mostBytes,
  });
  allRaces.push(races);
  const states = (raceId = 1): RaceState[] =>
    posted.flatMap((each) => (each.kind === "race" && each.payload.raceId === raceId ? [each.payload.state] : []));
  const until = (phase: RaceState["phase"], raceId = 1): Promise<void> =>
    vi.waitFor(() => expect(states(raceId).at(-1)?.phase).toBe(phase), { timeout: 20_000, interval: 5 });
  const steps = (): number[] =>
    request.cells.map((_, i) =>
      posted.reduce((sum, each) => {
        if (each.kind !== "raceSlice" || each.payload.contestant !== i) return sum;
        return sum + each.payload.rows.length / METRIC_COLUMNS;
      }, 0),
    );
  return { races, posted, executors, turns, states, until, steps };
}

describe("races in the worker", () => {
  test("tell how they are prepared, each slice, each validation, and the end; then all memory is free", async () => {
    const { races, posted, executors, states, steps } = setUp();
    await races.start(request);
    const last = states().at(-1);
    expect(last).toMatchObject({ phase: "ended", end: "done", label: "", device: { executor: "cpu" }, data: { name: "Copy memory" } });
    expect(last?.contestants.map(({ status }) => status)).toEqual(["racing", "racing", "racing"]);
    const parameters = last?.contestants.map(({ facts }) => facts?.parameters ?? 0) ?? [];
    expect(parameters[0]).toBeLessThan(parameters[2] ?? 0);
    expect(parameters[2]).toBeLessThan(parameters[1] ?? 0);
    expect(states().some(({ label }) => label === "LSTM: compiling kernels")).toBe(true);
    expect(steps()).toEqual([60, 60, 60]);
    const validated = posted.flatMap((each) => (each.kind === "raceValidation" ? [each.payload] : []));
    expect(validated.filter(({ result }) => result.step === 60 && result.full).map(({ contestant }) => contestant)).toEqual([0, 1, 2]);
    expect(executors.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
  });

  test("pause after a slice, go on, and give nobody another step meanwhile", async () => {
    const { races, until, steps } = setUp();
    const ended = races.start({ ...request, limit: { kind: "steps", steps: 2000 } });
    await until("racing");
    await vi.waitFor(() => expect(steps()[0]).toBeGreaterThan(0));
    races.pause({ raceId: 1 });
    await until("paused");
    const before = steps();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(steps()).toEqual(before);
    expect(before[0]).toBeLessThan(2000);
    races.resume({ raceId: 1 });
    await ended;
    expect(steps()).toEqual([2000, 2000, 2000]);
  });

  test("are cancelled while they are prepared, raced or paused, and leave nothing behind", async () => {
    for (const phase of ["preparing", "racing", "paused"] as const) {
      const { races, until, states, executors } = setUp();
      const ended = races.start({ ...request, limit: { kind: "minutes", minutes: 60 } });
      if (phase !== "preparing") await until("racing");
      if (phase === "paused") {
        races.pause({ raceId: 1 });
        await until("paused");
      } else if (phase === "preparing") await vi.waitFor(() => expect(executors.length).toBeGreaterThan(0), { interval: 1 });
      races.cancel({ raceId: 1 });
      await ended;
      expect(states().at(-1)).toMatchObject({ phase: "ended", end: "cancelled" });
      expect(executors.every(({ destroyed }) => destroyed)).toBe(true);
    }
  });

  test("a new race ends the one before, whose memory is free before the new one takes any", async () => {
    const { races, until, states, executors } = setUp();
    const first = races.start({ ...request, limit: { kind: "minutes", minutes: 60 } });
    await until("racing");
    const second = races.start({ ...request, raceId: 2 });
    await first;
    expect(executors.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
    await second;
    expect(states(1).at(-1)?.end).toBe("cancelled");
    expect(states(2).at(-1)?.end).toBe("done");
  });

  test("the open run is paused, waits, and goes on from where it was", async () => {
    const steps: number[] = [];
    const session = await openSession((rows) => steps.push(rows[rows.length - METRIC_COLUMNS] ?? 0));
    session.train();
    await vi.waitFor(() => expect(steps.length).toBeGreaterThan(0));
    const { races, until } = setUp({ session });
    const ended = races.start({ ...request, limit: { kind: "minutes", minutes: 60 } });
    await until("racing");
    const pausedAt = steps.at(-1) ?? 0;
    session.step(3);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(steps.at(-1)).toBe(pausedAt);
    races.cancel({ raceId: 1 });
    await ended;
    await vi.waitFor(() => expect(steps.at(-1)).toBe(pausedAt + 3));
  });

  test("a race that is cancelled while the open run cannot be held yet ends at once, and the run goes on", async () => {
    const steps: number[] = [];
    const session = await openSession((rows) => steps.push(rows[rows.length - METRIC_COLUMNS] ?? 0));
    const goOn = await session.hold(new AbortController().signal);
    const { races, states } = setUp({ session });
    const ended = races.start(request);
    races.cancel({ raceId: 1 });
    await ended;
    expect(states(1).at(-1)?.end).toBe("cancelled");
    goOn();
    session.step(1);
    await vi.waitFor(() => expect(steps).toEqual([1]));
  });

  test("a comparison has freed its memory before a race takes any", async () => {
    let free = (): void => {};
    const freed = new Promise<void>((resolve) => {
      free = resolve;
    });
    const { races, executors } = setUp({ endComparison: () => freed });
    const ended = races.start({ ...request, limit: { kind: "steps", steps: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(executors).toHaveLength(0);
    free();
    await ended;
    expect(executors).toHaveLength(3);
  });

  test("a race that waits for a comparison's end can be cancelled", async () => {
    const { races, executors, turns } = setUp({ endComparison: () => new Promise(() => {}) });
    const ended = races.start(request);
    races.cancel({ raceId: 1 });
    await ended;
    await turns.run(async () => {});
    expect(executors).toHaveLength(0);
  });

  test("a run that is closed or opened during a race hangs neither", async () => {
    const session = await openSession();
    const { races, until, turns } = setUp({ session });
    const ended = races.start({ ...request, limit: { kind: "minutes", minutes: 60 } });
    await until("racing");
    await turns.run(() => session.dispose());
    const next = await openSession();
    await turns.run(() => races.hold(next));
    next.train();
    races.cancel({ raceId: 1 });
    await ended;
    next.pause();
  });

  test("one contestant's failure is told at its place, and the others race on", async () => {
    let opened = 0;
    const { races, states, steps } = setUp({
      alter(executor) {
        if (++opened === 2) executor.load = () => Promise.reject(new ExecutorError("out-of-memory", "The GPU is out of memory."));
      },
    });
    await races.start(request);
    const last = states().at(-1);
    expect(last?.end).toBe("done");
    expect(last?.contestants[1]).toMatchObject({ cell: "lstm", status: "out", failure: { code: "out-of-memory" } });
    expect(steps()).toEqual([60, 0, 60]);
  });

  test("a race that needs too much memory is refused before anything is allocated", async () => {
    const { races, states, executors, posted } = setUp({ mostBytes: 1_000_000 });
    await races.start(request);
    const last = states().at(-1);
    expect(last).toMatchObject({ end: "failed", failure: { code: "out-of-memory" } });
    expect(last?.failure?.message).toMatch(/^The contestants together would take \d\.\d\d GiB \(RNN .*, LSTM .*, GRU .*\): more than the/);
    expect(executors).toEqual([]);
    races.cost({ requestId: 7, config, cells: ["lstm", "gru"], executor: "cpu" });
    expect(posted.at(-1)).toMatchObject({ kind: "raceCost", payload: { requestId: 7, failure: { code: "out-of-memory" } } });
  });

  test("what a race costs is told without a race", () => {
    const { races, posted } = setUp({ mostBytes: 1e12 });
    races.cost({ requestId: 3, config, cells: ["lstm", "gru"], executor: "cpu" });
    const last = posted.at(-1);
    if (last?.kind !== "raceCost" || !("costs" in last.payload)) expect.fail("no costs");
    expect(last.payload.costs).toHaveLength(2);
    expect(last.payload.costs[0]?.parameters).toBeGreaterThan(last.payload.costs[1]?.parameters ?? 0);
  });
});

test("memory for a race: half of what the browser tells, a careful guess if it does not, the executor's own check on a GPU", () => {
  const device = { executor: "webgpu", name: "", isSoftware: false, features: [], half: "none" } as const;
  const gpu = { auto: "webgpu", adapter: device } as const;
  const software = { auto: "cpu", adapter: { ...device, isSoftware: true } } as const;
  expect(raceMemory("auto", gpu, { deviceMemory: 8 })).toBeUndefined();
  expect(raceMemory("cpu", gpu, { deviceMemory: 8 })).toBe(4 * 2 ** 30);
  expect(raceMemory("webgpu", software, { deviceMemory: 2 })).toBe(2 ** 30);
  expect(raceMemory("auto", null, {})).toBe(4 * 2 ** 30);
});
