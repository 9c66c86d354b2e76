import { afterEach, describe, expect, test, vi } from "vitest";
import type { RunConfig } from "../config";
import { readCheckpoint } from "../files/checkpoint";
import { ExecutorError } from "../plan/executor";
import { closeSessions, lossesOf, openSession, type Posted, tinyText } from "../testing/openSession";

afterEach(closeSessions);

describe("a session that is saved", () => {
  const savedBy = (posted: readonly Posted[]) => posted.flatMap((each) => (each.kind === "saved" ? [each.payload] : []));

  test("saves while it trains, without a trace in the losses, and the file goes on from there", async () => {
    const config: RunConfig = { ...tinyText, epochs: 30 };
    const straight = await openSession(config);
    straight.session.train();
    await straight.until("finished");
    const { session, trainer, posted, until, last } = await openSession(config);
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
    const resumed = await openSession(state.config, undefined, { state });
    expect(resumed.last()).toBe("paused");
    resumed.session.train();
    await resumed.until("finished");
    expect(lossesOf(resumed.posted)).toEqual(lossesOf(posted).slice(state.step));
  });

  test("a file asked for before Reset or closing is whole; one asked for after Reset is of step 0", async () => {
    const { session, trainer, posted, until } = await openSession();
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
      await openSession(state.config, undefined, { state });
    }
  });

  test("Reset lets the step under way end if a file was asked for before", async () => {
    const { session, trainer, posted, until } = await openSession();
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
    const { session, trainer, posted } = await openSession();
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
});
