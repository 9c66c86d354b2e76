import { beforeEach, expect, it, vi } from "vitest";
import type { RunConfig } from "../../config";
import { presetNamed } from "../../presets";
import type { Events, TruncationComparison } from "../../worker/protocol";
import { closedRun, type RunView, useApp } from "../store";
import { client } from "../storeRun";
import { defaultForm } from "./settings";
import {
  cancelComparison,
  isRunning,
  leaveRun,
  receiveTruncation,
  setForm,
  startComparison,
  useTruncation,
  waitReason,
} from "./storeTruncation";

const sent = vi.spyOn(client, "send");
const { config } = presetNamed("copy-memory");
const text: RunConfig = { ...config, task: { kind: "text", source: "own", sequenceLength: 1, carryState: true } };
// Nothing here reads what a run consists of, only that it is there.
const facts = {} as NonNullable<RunView["facts"]>;
const opened = (of: RunConfig): RunView => ({
  ...closedRun(3),
  with: { config: of, executor: "auto", kernels: "auto", ownText: undefined },
  status: "paused",
  facts,
});

beforeEach(() => {
  useApp.setState({ connection: "ready", run: opened(config) });
  useTruncation.setState({ form: defaultForm, measurement: undefined });
  sent.mockClear();
});

const measurement = () => useTruncation.getState().measurement;
const running = () => isRunning(measurement(), useApp.getState());
const comparison: TruncationComparison = {
  ...{ step: 1, steps: 26, batchesDone: 5, rows: [], bytes: 1024, biasBytes: null },
  request: { lengths: [2], batches: 20, draws: 4 },
};
type News =
  | Pick<Extract<Events["truncation"], { comparison: unknown }>, "comparison" | "done">
  | Pick<Extract<Events["truncation"], { failure: unknown }>, "failure">;
const receive = (news: News, requestId = measurement()?.requestId ?? 0): void => receiveTruncation({ runId: 3, requestId, ...news });

it("asks for what the form says of the open run, and follows it to its end", () => {
  startComparison();
  const request = { lengths: [1, 2, 4, 8, 16], batches: 20, draws: 4 };
  expect(sent.mock.calls).toEqual([["compareTruncation", { runId: 3, requestId: measurement()?.requestId, request }]]);
  expect(running()).toBe(true);
  receive({ comparison, done: false });
  expect(measurement()).toMatchObject({ state: "running", fraction: 0.25, comparison });
  receive({ comparison: { ...comparison, batchesDone: 20 }, done: true });
  expect(measurement()).toMatchObject({ state: "done", fraction: 1 });
  expect(running()).toBe(false);
});

it("asks for nothing while the form is wrong", () => {
  setForm({ draws: "1" });
  startComparison();
  expect(sent).not.toHaveBeenCalled();
});

it("keeps what was measured when it is cancelled, and hears no more of it", () => {
  startComparison();
  receive({ comparison, done: false });
  cancelComparison();
  expect(sent.mock.lastCall?.[0]).toBe("cancelTruncation");
  receive({ comparison: { ...comparison, batchesDone: 6 }, done: false });
  expect(measurement()).toMatchObject({ state: "cancelled", comparison: { batchesDone: 5 } });
});

it("drops news of an earlier comparison", () => {
  startComparison();
  const first = measurement()?.requestId ?? 0;
  startComparison();
  receive({ comparison, done: true }, first);
  expect(measurement()).toMatchObject({ state: "running", comparison: undefined });
});

it("ends with its run, and with the worker", () => {
  startComparison();
  useApp.setState({ run: closedRun(4) });
  expect(running()).toBe(false);
  useApp.setState({ run: opened(config), connection: "crashed" });
  expect(running()).toBe(false);
});

it("ends when its run is rewound; one that is done stays the run's own where the run still has its step", () => {
  const { id: runId } = useApp.getState().run;
  startComparison();
  receive({ comparison, done: false });
  leaveRun({ runId: runId + 1, step: 0 });
  expect(running()).toBe(true);
  leaveRun({ runId, step: comparison.step });
  expect(running()).toBe(false);
  startComparison();
  receive({ comparison, done: true });
  leaveRun({ runId, step: comparison.step });
  expect(measurement()).toMatchObject({ state: "done", left: false });
  leaveRun({ runId, step: comparison.step - 1 });
  expect(measurement()).toMatchObject({ state: "done", left: true });
});

it("ends when its run is reset, and what was measured stays", () => {
  startComparison();
  receive({ comparison, done: false });
  expect(useApp.getState().comparing).toBe(true);
  useApp.setState({ run: { ...opened(config), resetting: true } });
  expect(running()).toBe(false);
  expect(useApp.getState().comparing).toBe(false);
  expect(waitReason(useApp.getState())).toMatch(/being reset/);
  receive({ comparison: { ...comparison, batchesDone: 6 }, done: false });
  expect(measurement()).toMatchObject({ left: true, comparison: { batchesDone: 5 } });
  useApp.setState({ run: opened(config) });
  startComparison();
  expect(running()).toBe(true);
});

it("tells a failure", () => {
  startComparison();
  receive({ failure: { code: "out-of-memory", message: "There is no memory left.", advice: "" } });
  expect(measurement()).toMatchObject({ state: "failed", failure: { message: "There is no memory left." } });
});

it("says why it waits", () => {
  const reason = (): string | undefined => waitReason(useApp.getState());
  expect(reason()).toBeUndefined();
  useApp.setState({ racing: true });
  expect(reason()).toMatch(/race has the device/);
  useApp.setState({ racing: false, run: opened(text) });
  expect(reason()).toMatch(/one time step: there is nothing to truncate/);
  startComparison();
  expect(sent).not.toHaveBeenCalled();
  useApp.setState({ run: closedRun(5) });
  expect(reason()).toMatch(/No run is open/);
  useApp.setState({ run: { ...opened(config), status: "loading" } });
  expect(reason()).toMatch(/being opened/);
  useApp.setState({ connection: "crashed" });
  expect(reason()).toMatch(/restart it first/);
});
