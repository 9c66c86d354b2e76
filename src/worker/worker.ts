/// <reference lib="webworker" />
import { configProblems, parseRunConfig, type RunConfig } from "../config";
import { DataError, type DataSource, type Progress } from "../data/dataSource";
import { type Dataset, facts, loadDataset } from "../data/dataset";
import { digitsFiles } from "../data/digits";
import { fetchSource } from "../data/fetchSource";
import { SHAKESPEARE_PATH } from "../data/text";
import type { DeviceFacts, Executor } from "../plan/executor";
import { PROBE_EVERY } from "../probes";
import { compileRun, summarise } from "../train/compile";
import { failureText } from "../train/failure";
import { formsOfRun } from "../train/formsOfRun";
import { Mutex } from "../train/mutex";
import { nominalSize } from "../train/nominal";
import { openTrainer } from "../train/open";
import { checkDevice } from "./checkDevice";
import { type DeviceChoice, openExecutor, surveyDevices } from "./devices";
import type { ExecutorChoice, RequestMessage, Requests } from "./protocol";
import { raceMemory } from "./raceMemory";
import { Races } from "./races";
import { inspectFile, type SavedRun } from "./savedRun";
import { type Post, Session } from "./session";
import { TruncationComparisons } from "./truncation";

declare const self: DedicatedWorkerGlobalScope;

/** Absent where the browser has no WebGPU, whatever the type says. */
const gpu: GPU | undefined = self.navigator.gpu;
const post: Post = (kind, payload, transfer = []) => self.postMessage({ kind, ...payload }, transfer);

let source: DataSource | null = null;
let survey: DeviceChoice | null = null;
let session: Session | null = null;
/** Of the open run. */
let truncation: TruncationComparisons | null = null;
/** The opening under way, or the last one. */
let opening = { runId: 0, controller: new AbortController() };
/** The check under way, or the last one. */
let checking = { requestId: 0, controller: new AbortController() };
/** The file being looked at, or the last one, with the run in it as long as it may still be opened. */
let inspecting: { readonly requestId: number; readonly controller: AbortController; found: SavedRun | null } = {
  requestId: 0,
  controller: new AbortController(),
  found: null,
};
/** Opening and closing, one after another: two runs never hold their memory at once. */
const turns = new Mutex();
/** The data set loaded last, so that a run with other settings does not load it again. */
let loaded: { readonly key: string; readonly dataset: Dataset } | null = null;

const races = new Races({
  post,
  turns,
  loadData: dataFor,
  openExecutor: ({ executor, threads }) => openExecutor(gpu, executor, { ...(threads !== undefined && { threads }) }),
  openRun: () => session,
  endComparison: async () => truncation?.end(),
  mostBytes: (executor) => raceMemory(executor, survey, self.navigator),
});

function fail(runId: number, error: unknown): void {
  post("error", { runId, failure: failureText(error) });
}

async function start({ dataUrl }: Requests["start"]): Promise<void> {
  source = fetchSource(dataUrl);
  const [devices, digits, shakespeare] = await Promise.all([
    surveyDevices(gpu),
    Promise.all(digitsFiles.map((path) => source?.has(path) ?? false)),
    source.has(SHAKESPEARE_PATH),
  ]);
  survey = devices;
  const { auto, notice, adapter } = devices;
  post("hello", {
    auto,
    notice,
    ...(adapter === null ? {} : { adapter }),
    data: { digits: digits.every((there) => there), shakespeare },
  });
}

async function dataFor(
  { task, seed }: RunConfig,
  ownText: string | undefined,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<Dataset> {
  const isOwn = task.kind === "text" && task.source === "own";
  const key = task.kind === "copy" ? JSON.stringify([task, seed]) : isOwn ? "" : task.kind;
  if (loaded !== null && key !== "" && loaded.key === key) return loaded.dataset;
  if (source === null) throw new Error("the page sent no start message.");
  const dataset = await loadDataset(task, source, ownText, seed, onProgress, signal);
  loaded = { key, dataset };
  return dataset;
}

/** Gives up the opening under way and waits for the run before it to free its memory. */
async function endCurrent(): Promise<void> {
  const previous = { truncation, session };
  truncation = null;
  session = null;
  await previous.truncation?.end();
  await previous.session?.dispose();
}

function open(request: Requests["open"]): Promise<void> {
  opening.controller.abort(new DOMException("Another run was opened.", "AbortError"));
  opening = { runId: request.runId, controller: new AbortController() };
  const { signal } = opening.controller;
  const saved = request.saved === inspecting.requestId ? inspecting.found : null;
  // Nothing else opens it again, and it is large. A run that is opened without it leaves it: the page may be about to ask for it.
  if (saved !== null) inspecting.found = null;
  post("status", { runId: request.runId, status: "loading", step: saved?.state.step ?? 0, epoch: saved?.state.epoch ?? 0 });
  return turns.run(async () => {
    await endCurrent();
    try {
      await openNow(request, saved, signal);
    } catch (error) {
      if (signal.aborted) return;
      post("status", { runId: request.runId, status: "failed", step: 0, epoch: 0 });
      fail(request.runId, error);
    }
  });
}

async function openNow(request: Requests["open"], saved: SavedRun | null, signal: AbortSignal): Promise<void> {
  const { runId, ownText } = request;
  signal.throwIfAborted();
  if (request.saved !== undefined && saved === null) throw new Error("the saved run was opened or given up before.");
  const config = saved?.state.config ?? parseRunConfig(request.config);
  const onProgress = (fraction: number): void => post("progress", { runId, label: "Loading data", fraction });
  const dataset = saved?.dataset ?? (await dataFor(config, ownText, onProgress, signal));
  post("progress", { runId, label: "Preparing the device" });
  const open = (): Promise<Executor> =>
    openExecutor(gpu, request.executor, { ...(request.threads !== undefined && { threads: request.threads }) });
  const executor = await open();
  try {
    const forms = await formsOfRun(executor.facts, open, config, facts(dataset), {
      choice: request.kernels ?? "auto",
      known: request.timings ?? [],
      signal,
      onProgress: (fraction) => post("progress", { runId, label: "Measuring kernels", fraction }),
    });
    if (forms.isNew) post("measured", { runId, adapter: executor.facts.name, timings: forms.timings });
    const trainer = await openTrainer(config, dataset, executor, {
      chooseForm: forms.chooseForm,
      signal,
      onProgress: (fraction) => post("progress", { runId, label: "Compiling kernels", fraction }),
      ...(saved !== null && { start: { state: saved.state } }),
    });
    trainer.probes.every = request.probeEvery ?? PROBE_EVERY;
    session = new Session(runId, trainer, dataset, forms, post, () => executor.destroy());
    truncation = new TruncationComparisons({ runId, trainer, dataset, chooseForm: forms.chooseForm }, open, post);
  } catch (error) {
    executor.destroy();
    throw error;
  }
  await races.hold(session);
  await session.announce();
}

function close({ runId }: Requests["close"]): Promise<void> {
  if (runId === opening.runId) opening.controller.abort(new DOMException("The run was closed.", "AbortError"));
  return turns.run(async () => {
    if (session?.runId === runId) await endCurrent();
  });
}

function cancelInspect({ requestId }: Requests["cancelInspect"]): void {
  if (requestId !== inspecting.requestId) return;
  inspecting.controller.abort(new DOMException("No longer wanted.", "AbortError"));
  inspecting.found = null;
}

async function inspect({ requestId, file, executor, ownText }: Requests["inspect"]): Promise<void> {
  inspecting.controller.abort(new DOMException("Another file was chosen.", "AbortError"));
  const mine = { requestId, controller: new AbortController(), found: null };
  inspecting = mine;
  const { signal } = mine.controller;
  const surroundings = {
    ownText,
    loadData: (config: RunConfig, onProgress: Progress) => dataFor(config, ownText, onProgress, signal),
    device: () => deviceFor(executor),
    onProgress: (label: string, fraction?: number) => {
      if (!signal.aborted) post("inspected", { requestId, label, ...(fraction !== undefined && { fraction }) });
    },
  };
  try {
    const found = await inspectFile(file, surroundings, signal);
    signal.throwIfAborted();
    inspecting.found = found;
    post("inspected", { requestId, config: found.state.config, step: found.state.step });
  } catch (error) {
    if (!signal.aborted) post("inspected", { requestId, failure: failureText(error) });
  }
}

/** What a run would train on. It holds no memory before a run is loaded. */
async function deviceFor(choice: ExecutorChoice): Promise<DeviceFacts> {
  const executor = await openExecutor(gpu, choice);
  executor.destroy();
  return executor.facts;
}

function estimate({ requestId, config }: Requests["estimate"]): void {
  const problems = configProblems(config);
  if (problems.length > 0) {
    post("estimate", { requestId, problems });
    return;
  }
  try {
    post("estimate", { requestId, summary: summarise(compileRun(config, nominalSize(config.task))) });
  } catch (error) {
    post("estimate", { requestId, problems: [{ path: "model.hiddenSize", message: failureText(error).message }] });
  }
}

function check({ requestId, target }: Requests["check"]): Promise<void> {
  checking.controller.abort();
  checking = { requestId, controller: new AbortController() };
  return checkDevice(gpu, target, (state) => post("check", { requestId, check: state }), checking.controller.signal);
}

function cancelCheck({ requestId }: Requests["cancelCheck"]): void {
  if (requestId === checking.requestId) checking.controller.abort();
}

async function save({ runId }: Requests["save"]): Promise<void> {
  const open = current(runId);
  if (open !== null) await open.save();
  else
    post("saved", {
      runId,
      failure: failureText(new DataError("no-data", "The run was closed before it could be saved.", "Save the run that is open now.")),
    });
}

/** The open run that a message is about; messages about runs that were replaced are dropped. */
const current = (runId: number): Session | null => (session?.runId === runId ? session : null);

/** Back to the first weights: a comparison of those that the run has now ends. */
function reset(runId: number): void {
  const open = current(runId);
  if (open === null) return;
  void truncation?.end();
  open.reset();
}

/** Back to a snapshot, the same; where that fails the run stays where it is, and the comparison goes on. */
function rewind(message: Requests["rewind"]): void {
  const comparisons = truncation;
  current(message.runId)?.rewind(message, () => void comparisons?.end());
}

async function handle(message: RequestMessage): Promise<void> {
  switch (message.kind) {
    case "start":
      return start(message);
    case "open":
      return open(message);
    case "close":
      return close(message);
    case "train":
      return current(message.runId)?.train();
    case "pause":
      return current(message.runId)?.pause();
    case "step":
      return current(message.runId)?.step(message.count);
    case "reset":
      return reset(message.runId);
    case "save":
      return save(message);
    case "inspect":
      return inspect(message);
    case "cancelInspect":
      return cancelInspect(message);
    case "tune":
      return current(message.runId)?.tune(message);
    case "rewind":
      return rewind(message);
    case "stopSearch":
      return current(message.runId)?.pause();
    case "probe":
      return current(message.runId)?.probe(message.every);
    case "sample":
      return current(message.runId)?.sample(message);
    case "classify":
      return current(message.runId)?.classify(message);
    case "inside":
      return current(message.runId)?.inside(message);
    case "compareTruncation":
      return current(message.runId) === null ? undefined : truncation?.compare(message);
    case "cancelTruncation":
      return truncation?.cancel(message.requestId);
    case "estimate":
      return estimate(message);
    case "check":
      return check(message);
    case "cancelCheck":
      return cancelCheck(message);
    case "race":
      return races.start(message);
    case "pauseRace":
      return races.pause(message);
    case "continueRace":
      return races.resume(message);
    case "cancelRace":
      return races.cancel(message);
    case "raceCost":
      return races.cost(message);
    default:
      return message satisfies never;
  }
}

self.onmessage = ({ data }: MessageEvent<RequestMessage>): void => {
  handle(data).catch((error: unknown) => {
    // What was cut off by closing its run is no fault.
    if (error instanceof DOMException && error.name === "AbortError") return;
    fail("runId" in data ? data.runId : 0, error);
  });
};
