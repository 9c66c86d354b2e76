import type { Clip } from "../config";
import { getField, parseDecimal, withField } from "../configPath";
import { type Preset, presetNamed } from "../presets";
import type { ExecutorChoice, Failure, KernelChoice } from "../worker/protocol";
import { baseOf, validConfig } from "./draft";
import { decodeText, describeText, fileProblem, type OwnText, textProblem } from "./ownText";
import { DEFAULT_PRESET, useApp } from "./store";
import { client, clipRun, halfWaits, needsOpen, openRun, openSoon, trainProblem, tuneRun } from "./storeRun";
import { writeUrl } from "./urlState";
import type { ViewId } from "./viewIds";

const ESTIMATE_DELAY_MS = 250;
const SETTLE_DELAY_MS = 250;

let estimateId = 0;
let estimateTimer: ReturnType<typeof setTimeout> | undefined;
let settleTimer: ReturnType<typeof setTimeout> | undefined;

export const currentEstimateId = (): number => estimateId;

/** Asks for parameters, memory and cost of the settings, once they have stopped changing. */
export function estimateSoon(): void {
  clearTimeout(estimateTimer);
  estimateTimer = setTimeout(() => {
    const config = validConfig(useApp.getState().draft);
    if (config === undefined) useApp.setState({ estimate: undefined });
    else client.send("estimate", { requestId: ++estimateId, config });
  }, ESTIMATE_DELAY_MS);
}

/** Puts the settings into the address, unless they cannot be run. */
export function keepAddress(): void {
  const { draft, ...asked } = useApp.getState();
  const config = validConfig(draft);
  if (config === undefined) return;
  const search = writeUrl({ ...asked, config }, DEFAULT_PRESET);
  if (search !== location.search) history.replaceState(history.state, "", `${location.pathname}${search}${location.hash}`);
}

/** Failures that other settings may mend. */
const aboutSettings: ReadonlySet<Failure["code"]> = new Set(["bad-config", "bad-file", "no-data", "no-webgpu", "no-half", "out-of-memory"]);

/** The settings have changed: estimate, tune, keep the address, and rebuild a run that has not begun. */
export function settingsChanged(): void {
  const { failure } = useApp.getState();
  if (failure !== undefined && aboutSettings.has(failure.code)) useApp.setState({ failure: undefined });
  estimateSoon();
  clearTimeout(settleTimer);
  settleTimer = setTimeout(() => {
    const state = useApp.getState();
    if (validConfig(state.draft) === undefined) return;
    keepAddress();
    tuneRun();
    if (state.run.step === 0 && state.run.status !== "training" && needsOpen(state)) openSoon();
  }, SETTLE_DELAY_MS);
}

export function choosePreset(preset: Preset): void {
  useApp.setState({ preset, draft: preset.config, typed: {}, notices: [] });
  settingsChanged();
  // A run that has trained is not thrown away by a click: the banner offers to start anew.
  if (useApp.getState().run.step === 0) openSoon();
}

/** Sets a field; changing a `kind` brings its own fields. */
export function setField(path: string, value: string | number | boolean): void {
  useApp.setState(({ draft, typed }) => {
    const changed = withField(draft, path, value);
    const kept = Object.entries(typed).filter(([each]) => each !== path && getField(changed, each) !== undefined);
    return { draft: changed, typed: Object.fromEntries(kept) };
  });
  settingsChanged();
}

/** Clips the open run so from its next step on; the settings follow. May be called many times a second. */
export function setClip(clip: Clip): void {
  useApp.setState(({ draft, typed }) => {
    const kind = withField(draft, "clip.kind", clip.kind);
    const kept = Object.entries(typed).filter(([path]) => !path.startsWith("clip."));
    return { draft: clip.kind === "none" ? kind : withField(kind, "clip.max", clip.max), typed: Object.fromEntries(kept) };
  });
  clipRun(clip);
  settingsChanged();
}

/** Sets a number field from what was typed, which stays as it is in the field. */
export function setNumberText(path: string, text: string): void {
  setField(path, parseDecimal(text));
  useApp.setState(({ typed }) => ({ typed: { ...typed, [path]: text } }));
}

/** Back to the preset's value. */
export function resetField(path: string): void {
  const { draft, preset } = useApp.getState();
  const value = getField(path.endsWith(".kind") ? preset.config : baseOf(draft, preset.config), path);
  if (value !== undefined) setField(path, value);
}

/** Back to the settings of the run that is open. */
export function undoChanges(): void {
  const { run } = useApp.getState();
  if (run.with === undefined) return;
  const { config, executor, kernels, ownText } = run.with;
  useApp.setState({ draft: config, executor, kernels, ownText, typed: {} });
  settingsChanged();
}

export function chooseExecutor(executor: ExecutorChoice): void {
  useApp.setState({ executor });
  settingsChanged();
}

export function chooseKernels(kernels: KernelChoice): void {
  useApp.setState({ kernels });
  settingsChanged();
}

export function chooseView(view: ViewId): void {
  useApp.setState({ view });
  keepAddress();
}

/** From the next step on; 0 probes none. */
export function chooseProbeEvery(probeEvery: number): void {
  useApp.setState({ probeEvery });
  keepAddress();
  client.send("probe", { runId: useApp.getState().run.id, every: probeEvery });
}

export function setOwnText(own: OwnText | undefined): void {
  useApp.setState({ ownText: own });
  settingsChanged();
}

/** Makes a file's text the own text, chooses the text task and trains on it. */
export async function trainOnFile(file: File): Promise<void> {
  const text = fileProblem(file) ?? (await readText(file));
  if (typeof text !== "string") {
    useApp.setState({ failure: text });
    return;
  }
  const own = describeText(file.name, text);
  const problem = textProblem(own, undefined);
  if (problem !== undefined) {
    useApp.setState({ failure: { code: "bad-file", message: `"${file.name}" cannot be trained on.`, advice: problem } });
    return;
  }
  const { draft } = useApp.getState();
  useApp.setState({ failure: undefined });
  if (getField(draft, "task.kind") !== "text") chooseSmallTextPreset();
  setField("task.source", "own");
  setOwnText(own);
  const state = useApp.getState();
  const waits = trainProblem(state);
  if (waits === undefined) openRun("train");
  // The text is not to blame, and the banner offers the way out.
  else if (waits === halfWaits(state))
    useApp.setState({ failure: { code: "no-half", message: waits, advice: "Set the precision to 32-bit float." } });
  else useApp.setState({ failure: { code: "bad-file", message: `"${file.name}" cannot be trained on.`, advice: waits } });
}

/** A file's text, or why there is none. */
async function readText(file: File): Promise<string | Failure> {
  try {
    return decodeText(file.name, new Uint8Array(await file.arrayBuffer()));
  } catch {
    const message = `"${file.name}" could not be read: it is a folder, or it was moved or changed.`;
    return { code: "bad-file", message, advice: "Choose it again." };
  }
}

/** From another task, a text run starts from the laptop-size text settings, not from those of the digits. */
function chooseSmallTextPreset(): void {
  const preset = presetNamed("chars-small");
  useApp.setState({ preset, draft: withField(preset.config, "sampling.prompt", ""), typed: {} });
}
