import { ConfigError, type RunConfig } from "../config";
import { applyOverrides, configOverrides, parseDecimal } from "../configPath";
import type { Experiment } from "../experiments/experiment";
import { experimentNamed } from "../experiments/list";
import { type Preset, presetNamed } from "../presets";
import { PROBE_EVERY } from "../probes";
import type { ExecutorChoice, KernelChoice } from "../worker/protocol";
import type { ActiveExperiment } from "./store";
import { DEFAULT_VIEW, type ViewId, viewIds } from "./viewIds";

export const executorChoices = ["auto", "webgpu", "cpu"] as const;
export const kernelChoices = ["auto", "fixed", "measured"] as const;
/** What can be chosen for probeEvery; 0 is off. */
export const probeChoices = [0, 1, 10, 100] as const;
/** More than any machine's CPU executor takes. */
const MAX_THREADS = 64;

/** What an address asks for; what it asks wrongly is told in `problems` and left out. */
export interface UrlState {
  readonly preset: Preset;
  /** Its preset is the one above. */
  readonly experiment: ActiveExperiment | undefined;
  readonly config: RunConfig;
  readonly executor: ExecutorChoice;
  readonly kernels: KernelChoice;
  /** Of the CPU executor; undefined for as many as suit the machine. */
  readonly threads: number | undefined;
  /** Steps from one probed step to the next; 0: none is probed. */
  readonly probeEvery: number;
  readonly view: ViewId;
  readonly problems: readonly string[];
}

/** A stage's settings as a preset: what its fields go back to. */
export function stagePreset({ title, preset, stages }: Experiment, index: number): Preset {
  const base = presetNamed(preset);
  const stage = stages[index];
  if (stage === undefined) return base;
  return {
    ...base,
    title,
    about: `From the experiment "${title}": ${stage.title.charAt(0).toLowerCase()}${stage.title.slice(1)}`,
    config: stage.config,
  };
}

/** The experiment and stage that an address asks for, if it asks for one. */
function readExperiment(parameters: URLSearchParams, problems: string[]): ActiveExperiment | undefined {
  const name = parameters.get("experiment");
  if (name === null) return undefined;
  try {
    const experiment = experimentNamed(name);
    const asked = parseDecimal(parameters.get("stage") ?? "1");
    const index = experiment.stages[asked - 1] === undefined ? 0 : asked - 1;
    if (index !== asked - 1)
      problems.push(`The address asks for stage ${parameters.get("stage")}; "${experiment.title}" has ${experiment.stages.length}.`);
    return { experiment, index, preset: stagePreset(experiment, index), earlier: [] };
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

type Override = readonly [path: string, text: string];

function applyGood(preset: Preset, overrides: readonly Override[], problems: string[]): RunConfig {
  let left = overrides;
  while (left.length > 0) {
    try {
      return applyOverrides(preset.config, left);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const wrong = new Set(error.problems.map(({ path }) => path));
      const kept = left.filter(([path]) => !wrong.has(path));
      problems.push(...error.problems.map(({ path, message }) => `The address sets ${path}, which ${message}. It was left out.`));
      // A problem of fields that only fail together: none of them can be trusted.
      left = kept.length < left.length ? kept : [];
    }
  }
  return preset.config;
}

/** Reads `?preset=digits-rnn&optimizer.lr=0.01&executor=cpu`. Never throws. */
export function readUrl(search: string, defaultPreset: string): UrlState {
  const parameters = new URLSearchParams(search);
  const problems: string[] = [];
  const experiment = readExperiment(parameters, problems);
  let preset = experiment?.preset ?? presetNamed(defaultPreset);
  const name = parameters.get("preset");
  if (name !== null && experiment === undefined) {
    try {
      preset = presetNamed(name);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  const asked = parameters.get("executor");
  const executor = executorChoices.find((choice) => choice === asked);
  if (asked !== null && executor === undefined)
    problems.push(`The address asks for the executor "${asked}"; there are auto, webgpu and cpu.`);
  const askedKernels = parameters.get("kernels");
  const kernels = kernelChoices.find((choice) => choice === askedKernels);
  if (askedKernels !== null && kernels === undefined)
    problems.push(`The address asks for the kernels "${askedKernels}"; there are auto, fixed and measured.`);
  const askedThreads = parameters.get("threads");
  const threads = askedThreads === null ? undefined : parseDecimal(askedThreads);
  const isCount = threads === undefined || (Number.isSafeInteger(threads) && threads >= 1 && threads <= MAX_THREADS);
  if (!isCount) problems.push(`The address asks for "${askedThreads}" threads; it takes a whole number from 1 to ${MAX_THREADS}.`);
  const askedProbe = parameters.get("probe");
  const probeEvery = probeChoices.find((every) => String(every) === askedProbe);
  if (askedProbe !== null && probeEvery === undefined)
    problems.push(
      `The address asks to probe every "${askedProbe}" steps; it takes ${probeChoices.slice(0, -1).join(", ")} or 100, 0 for none.`,
    );
  const askedView = parameters.get("view");
  const view = viewIds.find((id) => id === askedView);
  if (askedView !== null && view === undefined)
    problems.push(`The address asks for the view "${askedView}"; there are ${viewIds.join(", ")}.`);
  // Other names without a dot are not meant for this page, such as those that mail programs add to links.
  const isOurs = (path: string): boolean => path.includes(".") || Object.hasOwn(preset.config, path);
  const overrides = [...parameters].filter(([path]) => isOurs(path));
  const config = applyGood(preset, overrides, problems);
  const device = { executor: executor ?? "auto", kernels: kernels ?? "auto", threads: isCount ? threads : undefined } as const;
  return {
    preset,
    experiment,
    config,
    ...device,
    probeEvery: probeEvery ?? PROBE_EVERY,
    view: view ?? defaultView(experiment),
    problems: problems.length > 0 ? [problems.join(" ")] : [],
  };
}

/** What the centre of the page shows where nothing else is asked for. */
export function defaultView(active: ActiveExperiment | undefined): ViewId {
  const view = active?.experiment.stages[active.index]?.view;
  return viewIds.find((id) => id === view) ?? DEFAULT_VIEW;
}

/** The search part that brings back these settings; empty for the default preset as it is. */
export function writeUrl(
  { preset, experiment, config, executor, kernels, threads, probeEvery, view }: Omit<UrlState, "problems">,
  defaultPreset: string,
): string {
  const parameters = new URLSearchParams();
  const active = experiment?.preset === preset ? experiment : undefined;
  if (active !== undefined) {
    parameters.set("experiment", active.experiment.name);
    if (active.index > 0) parameters.set("stage", String(active.index + 1));
  } else if (preset.name !== defaultPreset) {
    parameters.set("preset", preset.name);
  }
  for (const [path, text] of configOverrides(config, preset.config)) parameters.set(path, text);
  if (executor !== "auto") parameters.set("executor", executor);
  if (kernels !== "auto") parameters.set("kernels", kernels);
  if (threads !== undefined) parameters.set("threads", String(threads));
  if (probeEvery !== PROBE_EVERY) parameters.set("probe", String(probeEvery));
  if (view !== defaultView(active)) parameters.set("view", view);
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}
