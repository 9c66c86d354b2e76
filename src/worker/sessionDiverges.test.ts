import { afterEach, describe, expect, test, vi } from "vitest";
import type { RunConfig } from "../config";
import { readCheckpoint } from "../files/checkpoint";
import { closeSessions, holdLock, openSession, type Posted, tinyText } from "../testing/openSession";
import { METRIC_COLUMNS } from "./protocol";

afterEach(closeSessions);

describe("a run that diverges", () => {
  /** Weights grow a thousandfold in each step. */
  const runaway: RunConfig = {
    ...tinyText,
    model: { ...tinyText.model, cell: "rnn_tanh" },
    optimizer: { kind: "sgd", lr: 100, momentum: 0, weightDecay: 10 },
    clip: { kind: "none" },
  };
  const reportsOf = (posted: readonly Posted[]) => posted.flatMap((each) => (each.kind === "explosion" ? [each.payload.report] : []));
  const outcome = async (posted: readonly Posted[]) => {
    await vi.waitFor(() => expect(reportsOf(posted).at(-1)?.search.kind).toMatch(/found|ended/), { timeout: 20_000 });
    return reportsOf(posted).at(-1);
  };

  test("is reported before its failure, searched, and stands at the step that diverged", async () => {
    const { session, trainer, posted, last } = await openSession(runaway);
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
    const { session, trainer, posted, until } = await openSession(runaway);
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
    const { session, trainer, posted, until } = await openSession(runaway);
    const release = holdLock(trainer);
    session.train();
    release();
    await vi.waitFor(() => expect(reportsOf(posted).length).toBeGreaterThan(0));
    const onThere = vi.fn();
    session.rewind({ runId: 1, step: 7 }, onThere);
    await vi.waitFor(() => expect(posted.at(-1)).toMatchObject({ kind: "error", payload: { failure: { code: "internal" } } }));
    expect(onThere).not.toHaveBeenCalled();
    session.rewind({ runId: 1, step: 0 }, onThere);
    await until("ready");
    expect(trainer.step).toBe(0);
  });

  test("takes up settings that come while it is searched once that is over, and a rewind keeps them", async () => {
    const { session, trainer, posted, until } = await openSession(runaway);
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
    const { session, posted } = await openSession(runaway);
    session.train();
    await vi.waitFor(() => expect(reportsOf(posted).length).toBeGreaterThan(0));
    await session.dispose();
    expect(posted.filter(({ kind }) => kind === "error")).toHaveLength(1);
  });
});
