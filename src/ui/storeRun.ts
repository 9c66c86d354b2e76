import type { Clip, RunConfig } from "../config";
import { getField } from "../configPath";
import { WorkerClient } from "../worker/client";
import { fieldLabel } from "./controls/fields";
import { halfProblem } from "./controls/halfProblem";
import { executorFor } from "./deviceVerdict";
import { changedPaths, draftProblems, onlyLiveChanges, validConfig } from "./draft";
import { formatCount } from "./format";
import { recallTimings } from "./kernelTimings";
import { textProblem } from "./ownText";
import { type AfterOpen, type AppState, addNotice, closedRun, type RunView, setRun, useApp } from "./store";
import { version } from "./version";

const OPEN_DELAY_MS = 300;

export const client = new WorkerClient((failure) => {
  useApp.setState(({ run, check }) => ({
    connection: "crashed",
    failure,
    saving: false,
    inspection: undefined,
    check: check && check.state.end === undefined ? { ...check, state: { ...check.state, end: "failed", failure } } : check,
    run: { ...closedRun(run.id + 1), history: run.history, historyVersion: run.historyVersion + 1, status: "failed" },
  }));
});

let openTimer: ReturnType<typeof setTimeout> | undefined;

const usesOwnText = (state: AppState): boolean => getField(state.draft, "task.source") === "own";

/** Why no run can be opened with the present settings on any device, as a sentence; undefined if one can. */
export function settingsProblem(state: AppState): string | undefined {
  const [problem] = draftProblems(state.draft, state.typed);
  if (problem !== undefined) return `${fieldLabel(problem.path)} ${problem.message}.`;
  return usesOwnText(state) ? textProblem(state.ownText, validConfig(state.draft)) : undefined;
}

/** Why Train would open no run in half precision on the device that the settings choose; a run that is open has shown that it can. */
export const halfWaits = (state: AppState): string | undefined =>
  getField(state.draft, "precision") === "f16" && needsOpen(state) ? halfProblem(state) : undefined;

/** What must be changed before anything can be trained, as a sentence; undefined if nothing must. */
export const trainFault = (state: AppState): string | undefined => settingsProblem(state) ?? halfWaits(state);

/** What else uses the device, so that the times of both would mean nothing, as a sentence. */
export const raceWaits = ({ racing }: Pick<AppState, "racing">): string | undefined =>
  racing ? "A race has the device until it is over." : undefined;
export const comparisonWaits = ({ comparing }: Pick<AppState, "comparing">): string | undefined =>
  comparing ? "A comparison of truncations has the device until it is over or cancelled." : undefined;

/** Why nothing can be trained now, as a sentence; undefined if it can. */
export const trainProblem = (state: AppState): string | undefined => trainFault(state) ?? raceWaits(state);

/** True if Train would start a new run: none is open, or the settings have changed in more than what a run takes up. */
export function needsOpen({ run, draft, executor, kernels, ownText }: AppState): boolean {
  const opened = run.with;
  if (opened === undefined || run.status === "failed") return true;
  return executor !== opened.executor || kernels !== opened.kernels || ownText !== opened.ownText || !onlyLiveChanges(draft, opened.config);
}

/**
 * Builds a run from the settings, replacing the one before. Does nothing while the settings cannot be run; whether the device can is left
 * to the worker, whose failure offers the way back.
 * @param afterOpen what the person wants done with it: it takes the place of a file that is being looked at.
 */
export function openRun(afterOpen?: AfterOpen): void {
  clearTimeout(openTimer);
  const state = useApp.getState();
  const config = validConfig(state.draft);
  if (config === undefined || settingsProblem(state) !== undefined || state.connection !== "ready") return;
  if (afterOpen !== undefined) cancelOpenFile();
  const ownText = usesOwnText(state) ? state.ownText : undefined;
  client.send("open", { ...replaceRun(config, { afterOpen }), config, ...(ownText && { ownText: ownText.text }) });
}

/** Gives up a file that is being looked at, if one is; the open run stays. */
export function cancelOpenFile(): void {
  const { inspection } = useApp.getState();
  if (inspection === undefined) return;
  useApp.setState({ inspection: undefined });
  client.send("cancelInspect", { requestId: inspection.requestId });
}

/** Goes on with a saved run that the worker has found good, replacing the one before. The settings must be the run's already. */
export function openSaved(saved: number, config: RunConfig, from: NonNullable<RunView["from"]>): void {
  clearTimeout(openTimer);
  client.send("open", { ...replaceRun(config, { from }), config, saved });
}

/** Shows a new run in place of the old one, and says what to open it with. */
function replaceRun(config: RunConfig, view: Partial<Pick<RunView, "afterOpen" | "from">>) {
  const { run, executor, kernels, threads, probeEvery, ownText, verdict, hello } = useApp.getState();
  const id = run.id + 1;
  useApp.setState({
    // The text on its own does not change what another task trains on.
    run: { ...closedRun(id), with: { config, executor, kernels, ownText }, status: "loading", step: view.from?.step ?? 0, ...view },
    failure: undefined,
    sample: undefined,
    earlierSamples: [],
    reading: undefined,
  });
  return {
    runId: id,
    executor: executorFor(executor, verdict),
    kernels,
    probeEvery,
    timings: recallTimings(hello?.adapter?.name ?? "", version),
    ...(threads !== undefined && { threads }),
  };
}

/** Opens the run a moment later, so that going through presets does not load each. */
export function openSoon(): void {
  clearTimeout(openTimer);
  openTimer = setTimeout(() => {
    if (needsOpen(useApp.getState())) openRun();
  }, OPEN_DELAY_MS);
}

export function train(): void {
  const { run } = useApp.getState();
  if (needsOpen(useApp.getState())) openRun("train");
  else if (run.status === "loading") setRun({ afterOpen: "train" });
  else client.send("train", { runId: run.id });
}

export function pause(): void {
  const { run } = useApp.getState();
  setRun({ pausing: true });
  client.send("pause", { runId: run.id });
}

export function stepOnce(): void {
  const { run } = useApp.getState();
  if (needsOpen(useApp.getState())) openRun(1);
  else if (run.status === "loading") setRun({ afterOpen: 1 });
  else client.send("step", { runId: run.id, count: 1 });
}

/** Back to the initial weights; a run that failed is opened again. */
export function reset(): void {
  const { run } = useApp.getState();
  if (run.with === undefined || run.status === "failed") {
    openRun();
    return;
  }
  setRun({ resetting: true, afterOpen: undefined });
  useApp.setState({ failure: undefined });
  client.send("reset", { runId: run.id });
}

/** Gives up opening; says what became of a saved run that was being opened. */
export function cancelOpening(): void {
  clearTimeout(openTimer);
  const { id, from } = useApp.getState().run;
  client.send("close", { runId: id });
  useApp.setState({ run: closedRun(id + 1) });
  if (from === undefined) return;
  addNotice(
    `${from.name} was not opened, and the run before it is closed. Train starts a new run with its settings; ` +
      `open the file again to go on from step ${formatCount(from.step)}.`,
  );
}

/** Hands live changes (learning rate, clipping) to the run. */
export function tuneRun(): void {
  const state = useApp.getState();
  const config = validConfig(state.draft);
  const opened = state.run.with;
  if (config === undefined || opened === undefined || state.run.status === "loading" || needsOpen(state)) return;
  const { optimizer, clip } = config;
  const tune = {
    ...(optimizer.lr !== opened.config.optimizer.lr && { lr: optimizer.lr }),
    ...(changedPaths(clip, opened.config.clip).length > 0 && { clip }),
  };
  setRun({ with: { ...opened, config } });
  if (Object.keys(tune).length > 0) client.send("tune", { runId: state.run.id, ...tune });
}

/** A threshold that is being dragged is handed over this often. */
const CLIP_INTERVAL_MS = 100;
let clipTimer: ReturnType<typeof setTimeout> | undefined;
let clipped: { readonly runId: number; readonly clip: Clip } | undefined;

function handOverClip(): void {
  clipTimer = undefined;
  if (clipped === undefined) return;
  if (clipped.runId === useApp.getState().run.id) client.send("tune", clipped);
  clipped = undefined;
  clipTimer = setTimeout(handOverClip, CLIP_INTERVAL_MS);
}

/** Clips the open run so from its next step on, whatever else of the settings has changed. The worker hears of it a few times a second. */
export function clipRun(clip: Clip): void {
  const { run } = useApp.getState();
  // A run that is still being opened is tuned when it is.
  if (run.with === undefined || run.status === "loading" || run.status === "failed") return;
  setRun({ with: { ...run.with, config: { ...run.with.config, clip } } });
  clipped = { runId: run.id, clip };
  if (clipTimer === undefined) handOverClip();
}

/** Starts the worker again after a crash; it opens the run anew once it has said hello. */
export function restartWorker(): void {
  useApp.setState({ connection: "starting", failure: undefined });
  client.start();
}
