import { create } from "zustand";
import { type RunConfig, sequenceSteps } from "../../config";
import type { Events, Failure, TruncationComparison } from "../../worker/protocol";
import { type AppState, useApp } from "../store";
import { client, raceWaits } from "../storeRun";
import { type Part, settingOf } from "./figures";
import { defaultForm, readForm, type TruncationForm } from "./settings";

/** A comparison that was asked for, as far as it has come. */
export interface Measurement {
  readonly requestId: number;
  readonly runId: number;
  /** The run went back to its first weights or to a snapshot since: those compared are no longer its own. */
  readonly left: boolean;
  /** Of the run that it is about. */
  readonly config: RunConfig;
  readonly state: "running" | "done" | "cancelled" | "failed";
  /** What is being done before the first batch. */
  readonly label: string;
  readonly fraction: number | undefined;
  readonly comparison: TruncationComparison | undefined;
  readonly failure: Failure | undefined;
}

interface TruncationState {
  readonly form: TruncationForm;
  readonly part: Part;
  readonly measurement: Measurement | undefined;
}

export const useTruncation = create<TruncationState>(() => ({ form: defaultForm, part: "all", measurement: undefined }));

export const setForm = (change: Partial<TruncationForm>): void => useTruncation.setState(({ form }) => ({ form: { ...form, ...change } }));
export const setPart = (part: Part): void => useTruncation.setState({ part });

/** T of the run that is open or being opened. */
export const stepsOfRun = ({ run }: Pick<AppState, "run">): number | undefined => run.with && sequenceSteps(run.with.config.task);

/** k or the mean of the run's own truncation; undefined for the full gradient. */
export const lengthOfRun = ({ run }: Pick<AppState, "run">): number | undefined => run.with && settingOf(run.with.config.bptt)?.length;

/** Why nothing can be compared now, as a sentence; undefined if it can. */
export function waitReason(app: Pick<AppState, "run" | "connection" | "racing">): string | undefined {
  const { run, connection } = app;
  if (connection === "crashed") return "The training worker is not running: restart it first.";
  const race = raceWaits(app);
  if (race !== undefined) return race;
  if (run.resetting) return "The run is being reset.";
  if (run.status === "loading" || connection === "starting") return "The run is being opened.";
  if (run.facts === undefined) return "No run is open. Train or Step opens one from the settings.";
  return (stepsOfRun(app) ?? 1) < 2 ? "The sequences of this run have one time step: there is nothing to truncate." : undefined;
}

/** Whether a comparison still goes on: it ends with its run, also with one that is reset or rewound, and nothing more comes of it. */
export const isRunning = (measurement: Measurement | undefined, { run, connection }: Pick<AppState, "run" | "connection">): boolean =>
  measurement?.state === "running" && measurement.runId === run.id && !measurement.left && connection === "ready";

let requestId = 0;

/** Compares what the form asks for on the open run; nothing while there is none or the form is wrong. */
export function startComparison(): void {
  const app = useApp.getState();
  const steps = stepsOfRun(app);
  const config = app.run.with?.config;
  if (steps === undefined || config === undefined || waitReason(app) !== undefined) return;
  const { request } = readForm(useTruncation.getState().form, steps, lengthOfRun(app));
  if (request === undefined) return;
  const runId = app.run.id;
  const blank = { comparison: undefined, failure: undefined, fraction: undefined, label: "Starting" } as const;
  useTruncation.setState({ measurement: { requestId: ++requestId, runId, left: false, config, state: "running", ...blank } });
  client.send("compareTruncation", { runId, requestId, request });
}

/** Ends the comparison; what it has measured stays. */
export function cancelComparison(): void {
  const { measurement } = useTruncation.getState();
  if (measurement?.state !== "running") return;
  useTruncation.setState({ measurement: { ...measurement, state: "cancelled" } });
  client.send("cancelTruncation", { runId: measurement.runId, requestId: measurement.requestId });
}

export function receiveTruncation(event: Events["truncation"]): void {
  const { measurement } = useTruncation.getState();
  if (measurement?.requestId !== event.requestId || measurement.state !== "running" || measurement.left) return;
  if ("failure" in event) {
    useTruncation.setState({ measurement: { ...measurement, state: "failed", failure: event.failure } });
  } else if ("comparison" in event) {
    const { comparison, done } = event;
    const fraction = comparison.batchesDone / comparison.request.batches;
    useTruncation.setState({ measurement: { ...measurement, comparison, fraction, label: "", state: done ? "done" : "running" } });
  } else {
    useTruncation.setState({ measurement: { ...measurement, label: event.label, fraction: event.fraction } });
  }
}

// The view's code is loaded when it is opened first, and a comparison goes on while another view is open.
client.on("truncation", receiveTruncation);

/** A run goes back to a step: a comparison under way is given up by the worker, and one of a later step is of weights that are gone. */
export function leaveRun({ runId, step }: Events["rewound"]): void {
  const { measurement } = useTruncation.getState();
  if (measurement?.runId !== runId) return;
  const { state, comparison } = measurement;
  if (state === "done" && comparison !== undefined && comparison.step <= step) return;
  useTruncation.setState({ measurement: { ...measurement, left: true } });
}

useApp.subscribe(({ run }, before) => {
  if (run.resetting && !before.run.resetting) leaveRun({ runId: run.id, step: 0 });
});
client.on("rewound", leaveRun);

/** Keeps `comparing` of the page true. */
function follow(): void {
  const app = useApp.getState();
  const comparing = isRunning(useTruncation.getState().measurement, app);
  if (app.comparing !== comparing) useApp.setState({ comparing });
}
useTruncation.subscribe(follow);
useApp.subscribe(follow);
