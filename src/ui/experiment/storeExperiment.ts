import type { RunConfig } from "../../config";
import { type Evidence, Observer } from "../../experiments/evidence";
import { type Experiment, isComplete, type Stage } from "../../experiments/experiment";
import { presetNamed } from "../../presets";
import { PROBE_EVERY } from "../../probes";
import { type Events, METRIC_COLUMNS, metricColumns } from "../../worker/protocol";
import { changedPaths } from "../draft";
import { type ActiveExperiment, type AppState, useApp } from "../store";
import { chooseProbeEvery, keepAddress, settingsChanged } from "../storeConfig";
import { client, openRun, trainProblem } from "../storeRun";
import { defaultView, stagePreset } from "../urlState";

/** The experiment under way; it ends with any other choice of a preset, or a file. */
export const activeExperiment = ({ experiment, preset }: Pick<AppState, "experiment" | "preset">): ActiveExperiment | undefined =>
  experiment?.preset === preset ? experiment : undefined;

export const stageOf = ({ experiment, index }: ActiveExperiment): Stage | undefined => experiment.stages[index];

/** Settings in which the runs of an experiment may differ from it without another outcome. */
const isFree = (path: string): boolean => path.startsWith("sampling.") || path.startsWith("validation.");

/** True if the settings are those of the stage. */
export const followsStage = (stage: Stage, draft: object): boolean => changedPaths(draft, stage.config).every(isFree);

/** Watches the open run while it is one of the experiment's; read it when `historyVersion` changes. */
let observed: { readonly runId: number; readonly config: RunConfig; readonly observer: Observer } | undefined;

/** What the open run has shown, if it is a run of this stage. */
export function liveEvidence({ run }: Pick<AppState, "run">, stage: Stage): Evidence | undefined {
  const opened = run.with;
  if (opened === undefined || observed?.runId !== run.id || !followsStage(stage, opened.config)) return undefined;
  return observed.observer.evidence;
}

function observe(): void {
  const { run } = useApp.getState();
  observed =
    run.with === undefined || run.facts === undefined || run.from !== undefined
      ? undefined
      : { runId: run.id, config: run.with.config, observer: new Observer(run.with.config, run.facts.summary.parameters) };
}

function onMetrics({ runId, rows }: Events["metrics"]): void {
  const { run } = useApp.getState();
  if (observed?.runId !== runId || run.resetting) return;
  // Trained on with another rate or clipping, also if it was set back since: no longer what the stage's settings make of it.
  if (run.with !== undefined && !changedPaths(run.with.config, observed.config).every(isFree)) {
    observed = undefined;
    return;
  }
  for (let start = 0; start + METRIC_COLUMNS <= rows.length; start += METRIC_COLUMNS) {
    const of = (column: (typeof metricColumns)[number]): number => rows[start + metricColumns.indexOf(column)] ?? Number.NaN;
    observed.observer.step({
      step: of("step"),
      loss: of("loss"),
      accuracy: of("accuracy"),
      gradNorm: of("gradNorm"),
      clipped: of("clipped"),
      lossScale: of("lossScale"),
      skippedSteps: of("skippedSteps"),
      underflow: of("underflow"),
    });
  }
}

function onProbes({ runId, rows }: Events["probes"]): void {
  const { run } = useApp.getState();
  if (observed?.runId !== runId || run.resetting || run.facts === undefined) return;
  observed.observer.probes(run.facts.probes, rows);
}

/** Follows the worker's events; once, at start-up, after the store's own handlers. */
export function watchExperiments(): void {
  client.on("opened", observe);
  client.on("metrics", onMetrics);
  client.on("probes", onProbes);
  // From here on the run is no longer what its settings alone make of it.
  client.on("rewound", ({ runId }) => {
    if (observed?.runId === runId) observed = undefined;
  });
  client.on("status", ({ runId, step }) => {
    if (observed?.runId === runId && step === 0) observe();
  });
}

/** What was clicked goes with its view or stage: the card takes the focus, and comes into view. */
let focusWanted = false;

/** True once after each choice of an experiment or stage. */
export function takeFocus(): boolean {
  const wanted = focusWanted;
  focusWanted = false;
  return wanted;
}

function showStage(active: ActiveExperiment): void {
  const { preset } = active;
  focusWanted = true;
  useApp.setState({ experiment: active, preset, draft: preset.config, typed: {}, notices: [], view: defaultView(active) });
  settingsChanged();
  keepAddress();
}

/** Shows the first stage of an experiment, ready to train. A run that has trained stays until then. */
export function startExperiment(experiment: Experiment): void {
  // What it claims is measured by probes.
  if (useApp.getState().probeEvery !== PROBE_EVERY) chooseProbeEvery(PROBE_EVERY);
  showStage({ experiment, index: 0, preset: stagePreset(experiment, 0), earlier: [] });
}

/**
 * Another stage of the experiment under way, with a run of its own unless the open one has its settings.
 * @param evidence what the stage before has shown: it is kept once that has come to its end.
 */
export function goToStage(index: number, evidence: Evidence | undefined): void {
  const active = activeExperiment(useApp.getState());
  const stage = active && stageOf(active);
  if (active === undefined || stage === undefined) return;
  const earlier = active.earlier.slice();
  if (evidence !== undefined && isComplete(stage, evidence)) earlier[active.index] = evidence;
  const preset = stagePreset(active.experiment, index);
  showStage({ ...active, index, preset, earlier });
  const state = useApp.getState();
  // The card says what is missing, such as a device with 16-bit floats.
  if (trainProblem(state) !== undefined) return;
  const opened = state.run.with;
  if (opened === undefined || changedPaths(opened.config, preset.config).length > 0) openRun();
}

/** Brings the stage's settings back if others were chosen. */
export function showStageSettings(stage: Stage): void {
  if (!followsStage(stage, useApp.getState().draft)) useApp.setState({ draft: stage.config, typed: {} });
}

/** Trains the stage's run to its steps: from where it is, or anew. */
export function runStage(): void {
  const state = useApp.getState();
  const active = activeExperiment(state);
  const stage = active && stageOf(active);
  if (stage === undefined) return;
  showStageSettings(stage);
  const { run } = state;
  const isOwn = liveEvidence(state, stage) !== undefined;
  const canGoOn = isOwn && (run.status === "ready" || run.status === "paused") && run.step < stage.steps;
  if (canGoOn) client.send("step", { runId: run.id, count: stage.steps - run.step });
  else openRun(stage.steps);
}

/** Back to plain settings: those of the stage, as changes of the preset that is closest. */
export function leaveExperiment(): void {
  const active = activeExperiment(useApp.getState());
  if (active === undefined) return;
  useApp.setState({ experiment: undefined, preset: presetNamed(active.experiment.preset) });
  keepAddress();
  document.getElementById("experiments-entry")?.focus();
}
