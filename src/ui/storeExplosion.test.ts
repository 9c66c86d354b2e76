import { beforeEach, expect, it, vi } from "vitest";
import { presetNamed } from "../presets";
import { metricRows } from "../testing/metricRows";
import type { Validation } from "../worker/protocol";
import type { ExplosionReport } from "../worker/reports";
import { RunHistory } from "./series";
import { closedRun, explosionOf, useApp } from "./store";
import { dismissExplosion, receiveExplosion, receiveRewound, rewind } from "./storeExplosion";
import { canSave } from "./storeFiles";
import { client } from "./storeRun";

const sent = vi.spyOn(client, "send").mockImplementation(() => {});
const { config } = presetNamed("copy-memory");

const report: ExplosionReport = {
  step: 8,
  rows: metricRows(Array(8).fill({ loss: 2 })),
  lossRisesFrom: null,
  normRisesFrom: 5,
  healthyNorm: 1.5,
  snapshots: [{ step: 0, lr: 0.005, clip: { kind: "none" } }],
  suggested: 0,
  bytes: 0,
  search: { kind: "searching", done: 0, of: 8 },
};

const validation = (step: number): Validation => ({ step, epoch: step / 200, loss: 1, accuracy: 0.5, full: false });

function filled(): RunHistory {
  const history = new RunHistory();
  history.append(metricRows(Array.from({ length: 10 }, (_, i) => ({ loss: i + 1, gradNorm: 1 }))));
  history.validations.push(validation(4), validation(8));
  return history;
}

beforeEach(() => {
  vi.stubGlobal("location", { search: "", pathname: "/", hash: "" });
  vi.stubGlobal("history", { state: null, replaceState: () => undefined });
  const opened = { config, executor: "cpu", kernels: "auto", ownText: undefined } as const;
  useApp.setState({
    connection: "ready",
    explosion: undefined,
    draft: config,
    run: { ...closedRun(3), with: opened, status: "training", step: 10, history: filled() },
  });
  sent.mockClear();
});

it("the report is of the run that is open, and is dropped with it", () => {
  receiveExplosion({ runId: 2, report });
  expect(explosionOf(useApp.getState())).toBeUndefined();
  receiveExplosion({ runId: 3, report });
  expect(explosionOf(useApp.getState())).toBe(report);
  useApp.setState({ run: closedRun(4) });
  expect(explosionOf(useApp.getState())).toBeUndefined();
});

it("is not shown once Reset was asked for", () => {
  useApp.setState(({ run }) => ({ run: { ...run, resetting: true } }));
  receiveExplosion({ runId: 3, report });
  expect(explosionOf(useApp.getState())).toBeUndefined();
});

it("no file is made while the worker trains other steps to find the fault", () => {
  const state = useApp.getState();
  const facts = {} as NonNullable<typeof state.run.facts>;
  useApp.setState({ run: { ...state.run, facts, status: "failed" }, explosion: { runId: 3, report } });
  expect(canSave(useApp.getState())).toBe(false);
  useApp.setState({ explosion: { runId: 3, report: { ...report, search: { kind: "ended", sentence: "" } } } });
  expect(canSave(useApp.getState())).toBe(true);
});

it("a report that is dismissed stops the search and does not come back", () => {
  receiveExplosion({ runId: 3, report });
  useApp.setState(({ run }) => ({ run: { ...run, status: "failed" } }));
  dismissExplosion();
  expect(sent).toHaveBeenCalledWith("stopSearch", { runId: 3 });
  receiveExplosion({ runId: 3, report });
  expect(useApp.getState().explosion).toBeUndefined();
});

it("rewinding asks with the settings chosen, and takes them up when it is done, with the curves cut back", () => {
  receiveExplosion({ runId: 3, report });
  rewind({ step: 5, lr: 0.001, clip: { kind: "norm", max: 2 }, train: true });
  expect(sent.mock.calls).toEqual([
    ["rewind", { runId: 3, step: 5, lr: 0.001, clip: { kind: "norm", max: 2 } }],
    ["train", { runId: 3 }],
  ]);
  expect(explosionOf(useApp.getState())).toBe(report);
  receiveRewound({ runId: 3, step: 5 });
  const { run, draft, explosion, failure } = useApp.getState();
  expect(draft).toEqual({ ...config, optimizer: { ...config.optimizer, lr: 0.001 }, clip: { kind: "norm", max: 2 } });
  expect(run.with?.config).toBe(draft);
  expect(run.history.length).toBe(5);
  expect(run.history.last("loss")).toBe(5);
  expect(run.validation?.step).toBe(4);
  expect([explosion, failure]).toEqual([undefined, undefined]);
});
