import { afterEach, describe, expect, test, vi } from "vitest";
import type { RunConfig } from "../config";
import { probeFrames } from "../probes";
import { closeSessions, holdLock, lossesOf, openSession, tinyText } from "../testing/openSession";
import { METRIC_COLUMNS } from "./protocol";

afterEach(closeSessions);

describe("a session", () => {
  test("trains, pauses and goes on", async () => {
    const { session, trainer, until, posted } = await openSession();
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
    const { session, trainer, posted, until } = await openSession();
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
    const { session, trainer, until, statuses } = await openSession({ ...tinyText, epochs: 1 });
    session.train();
    session.train();
    await until("finished");
    expect(trainer.step).toBe(trainer.totalSteps);
    expect(statuses().filter((status) => status === "finished")).toHaveLength(1);
  });

  test("Step and Train right after Reset begin from the initial weights, once", async () => {
    const { session, trainer, until, last } = await openSession();
    session.step(50);
    await until("paused");
    const release = holdLock(trainer);
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
    const { session, trainer, until } = await openSession();
    session.step(1);
    await until("paused");
    const release = holdLock(trainer);
    session.reset();
    const race = new AbortController();
    const waiting = session.hold(race.signal);
    race.abort();
    // While the reset before it still waits for the lock.
    (await waiting)();
    session.step(2);
    release();
    await vi.waitFor(() => expect(trainer.step).toBe(2));

    const last = holdLock(trainer);
    session.reset();
    const closing = session.hold(new AbortController().signal);
    const closed = session.dispose();
    (await closing)();
    last();
    await closed;
    (await session.hold(new AbortController().signal))();
  });

  test("Reset during training ends at step 0, ready", async () => {
    const { session, trainer, until } = await openSession();
    session.train();
    await vi.waitFor(() => expect(trainer.step).toBeGreaterThan(5));
    session.reset();
    await until("ready");
    expect(trainer.step).toBe(0);
  });

  test("a new sample takes the place of the one being written", async () => {
    const { session, posted } = await openSession();
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
    const { session, posted } = await openSession();
    await session.sample({ runId: 1, requestId: 1, prompt: "th#e", length: 5, temperature: 1, seed: 1 });
    const notices = posted.flatMap((each) => (each.kind === "sample" ? [each.payload.notice] : []));
    expect(notices.at(-1)).toContain('"#"');
  });

  test("what goes on inside is told while it trains, with the step, and leaves the losses as they are", async () => {
    const config: RunConfig = { ...tinyText, epochs: 10 };
    const straight = await openSession(config);
    straight.session.train();
    await straight.until("finished");
    const { session, posted, until } = await openSession(config);
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
    const { session, trainer, posted, until } = await openSession();
    const release = holdLock(trainer);
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
    const { session, posted, until } = await openSession(
      tinyText,
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

  test("closing in the middle of training frees the executor and says nothing more", async () => {
    const { session, trainer, posted } = await openSession();
    session.train();
    await vi.waitFor(() => expect(trainer.step).toBeGreaterThan(5));
    await session.dispose();
    const { length } = posted;
    expect(() => trainer.executor.clear(trainer.run.state.metrics)).toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(posted.slice(length).filter(({ kind }) => kind === "error")).toEqual([]);
  });
});
