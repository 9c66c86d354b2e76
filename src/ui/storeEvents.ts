import { presetNamed } from "../presets";
import type { Events } from "../worker/protocol";
import { watchExperiments } from "./experiment/storeExperiment";
import { rememberTimings } from "./kernelTimings";
import { takeDrawnMs } from "./ownTask";
import { followParameters } from "./parameterSeries";
import { ProbeHistory } from "./probeHistory";
import { RunHistory } from "./series";
import { addNotice, DEFAULT_PRESET, type RunView, setRun, useApp } from "./store";
import { recallDevice, receiveCheck } from "./storeCheck";
import { choosePreset, currentEstimateId, estimateSoon, keepAddress } from "./storeConfig";
import { receiveExplosion, receiveRewound } from "./storeExplosion";
import { receiveInspected, receiveSaved } from "./storeFiles";
import { client, openRun, tuneRun } from "./storeRun";
import { classifyAgain, receiveReading, receiveSample, writeLastSample, writeSampleIfWanted } from "./storeStage";
import { readUrl } from "./urlState";
import { version } from "./version";

/** Five pictures a second, fewer where drawing takes more than a third of the time; the figures and the charts move together. */
const REDRAW_MS = 200;
const REST = 2;
let redrawTimer: ReturnType<typeof setTimeout> | undefined;
let lastCostMs = 0;
/** What the plots of the picture before took, each in a task of its own. */
let lastPlotsMs = 0;
/** What has come of a run since its last picture. */
let pending: { readonly runId: number; readonly change: Partial<Pick<RunView, "speed" | "step" | "epoch">> } = { runId: 0, change: {} };

/** Hands over what came since the last picture, and forgets it. */
function takePending(runId: number): Partial<RunView> {
  const change = pending.runId === runId ? pending.change : {};
  pending = { runId, change: {} };
  return change;
}

function redraw(): void {
  redrawTimer = undefined;
  const { run } = useApp.getState();
  lastPlotsMs = takeDrawnMs();
  const start = performance.now();
  setRun({ historyVersion: run.historyVersion + 1, ...takePending(run.id) });
  // React draws before the next task; the plots follow, a task each.
  setTimeout(() => {
    lastCostMs = performance.now() - start;
  });
}

function redrawSoon(runId: number, change: (typeof pending)["change"] = {}): void {
  pending = { runId, change: { ...(pending.runId === runId && pending.change), ...change } };
  if (redrawTimer === undefined) redrawTimer = setTimeout(redraw, Math.max(REDRAW_MS, REST * (lastCostMs + lastPlotsMs)));
}

const isCurrent = (runId: number): boolean => useApp.getState().run.id === runId;

function onHello(hello: Events["hello"]): void {
  const firstHello = useApp.getState().hello === undefined;
  recallDevice(hello);
  useApp.setState({ hello, connection: "ready" });
  estimateSoon();
  const { draft, preset } = useApp.getState();
  const needsDigits = preset.config.task.kind === "digits" && !hello.data.digits;
  const needsText = preset.config.task.kind === "text" && !hello.data.shakespeare;
  if (firstHello && (needsDigits || needsText) && draft === preset.config) {
    choosePreset(presetNamed("copy-memory"));
    addNotice("The data sets were not found, so this is the copy task, which needs none; run `npm run data` to bring them.");
  } else {
    openRun();
  }
}

function onStatus({ runId, status, step, epoch }: Events["status"]): void {
  if (!isCurrent(runId)) return;
  const { run } = useApp.getState();
  if (run.resetting && status === "failed") {
    // It diverged before the worker heard of the reset, or cannot be reset: then Reset opens it anew.
    setRun({ status, progress: undefined });
  } else if (run.resetting && status === "ready") {
    takePending(runId);
    setRun({
      status,
      step,
      epoch,
      resetting: false,
      pausing: false,
      history: new RunHistory(),
      probes: run.probes && new ProbeHistory(run.probes.layout),
      historyVersion: run.historyVersion + 1,
      validation: undefined,
      speed: undefined,
      from: undefined,
      progress: undefined,
    });
    useApp.setState({ sample: undefined, earlierSamples: [] });
    classifyAgain();
  } else if (!run.resetting && status === run.status && run.progress === undefined) {
    redrawSoon(runId, { step, epoch });
  } else if (!run.resetting) {
    setRun({
      ...takePending(runId),
      status,
      step,
      epoch,
      ...(status !== "loading" && { progress: undefined }),
      ...(status !== "training" && { pausing: false }),
    });
    if (status === "finished") writeLastSample();
  }
}

function onOpened({ runId, summary, data, device, kernels, probes }: Events["opened"]): void {
  if (!isCurrent(runId)) return;
  const { afterOpen, status } = useApp.getState().run;
  setRun({
    facts: { summary, data, device, kernels, probes },
    probes: new ProbeHistory(probes),
    progress: undefined,
    afterOpen: undefined,
    status: status === "loading" ? "ready" : status,
  });
  // What was set while it was being opened.
  tuneRun();
  if (afterOpen === "train") client.send("train", { runId });
  else if (afterOpen !== undefined) client.send("step", { runId, count: afterOpen });
  classifyAgain();
}

function onMetrics({ runId, rows, stepsPerSecond, tokensPerSecond, msPerStep }: Events["metrics"]): void {
  const { run } = useApp.getState();
  if (!isCurrent(runId) || run.resetting) return;
  run.history.append(rows);
  // A speed of 0 means not measured yet, as after a validation: the one before says more.
  redrawSoon(runId, stepsPerSecond > 0 ? { speed: { stepsPerSecond, tokensPerSecond, msPerStep } } : {});
}

function onProbes({ runId, rows }: Events["probes"]): void {
  const { run } = useApp.getState();
  if (!isCurrent(runId) || run.resetting || run.probes === undefined) return;
  run.probes.append(rows);
  redrawSoon(runId);
}

function onValidation({ runId, result }: Events["validation"]): void {
  const { run } = useApp.getState();
  if (!isCurrent(runId) || run.resetting) return;
  run.history.validations.push(result);
  setRun({ validation: result, epoch: Math.max(run.epoch, result.epoch) });
  redrawSoon(runId);
  writeSampleIfWanted();
  classifyAgain();
}

function onError({ runId, failure }: Events["error"]): void {
  if (runId !== 0 && !isCurrent(runId)) return;
  // What has diverged begins anew.
  if (runId !== 0 && useApp.getState().run.resetting && failure.code === "diverged") return;
  useApp.setState({ failure });
  const { status } = useApp.getState().run;
  if (runId !== 0 && status === "loading") setRun({ status: "failed", progress: undefined, afterOpen: undefined });
}

function readAddress(): void {
  const { config, problems, ...asked } = readUrl(location.search, DEFAULT_PRESET);
  useApp.setState({ ...asked, draft: config, notices: problems });
  keepAddress();
}

/** Reads the address, starts the worker and follows its events. Once, at start-up. */
export function startApp(): void {
  readAddress();
  client.on("hello", onHello);
  client.on("status", onStatus);
  client.on("measured", ({ adapter, timings }) => rememberTimings(adapter, version, timings));
  client.on("opened", onOpened);
  client.on("metrics", onMetrics);
  client.on("probes", onProbes);
  client.on("validation", onValidation);
  client.on("explosion", receiveExplosion);
  client.on("rewound", receiveRewound);
  client.on("error", onError);
  client.on("progress", ({ runId, label, fraction }) => {
    if (isCurrent(runId)) setRun({ progress: { label, fraction } });
  });
  client.on("strip", ({ runId, step, digits }) => {
    if (isCurrent(runId)) setRun({ strip: { step, digits } });
  });
  client.on("sample", (event) => {
    if (isCurrent(event.runId)) receiveSample(event);
  });
  client.on("classified", (event) => {
    if (isCurrent(event.runId)) receiveReading(event);
  });
  client.on("estimate", (event) => {
    if (event.requestId === currentEstimateId()) useApp.setState({ estimate: "summary" in event ? event.summary : undefined });
  });
  client.on("saved", receiveSaved);
  client.on("inspected", receiveInspected);
  client.on("check", receiveCheck);
  watchExperiments();
  followParameters(client);
  client.start();
}
