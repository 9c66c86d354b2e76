import { ConfigError, type RunConfig } from "../config";
import { applyOverrides, configOverrides } from "../configPath";
import { type Preset, presetNamed } from "../presets";
import type { ExecutorChoice } from "../worker/protocol";

export const executorChoices = ["auto", "webgpu", "cpu"] as const;

/** What an address asks for; what it asks wrongly is told in `problems` and left out. */
export interface UrlState {
  readonly preset: Preset;
  readonly config: RunConfig;
  readonly executor: ExecutorChoice;
  readonly problems: readonly string[];
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
  let preset = presetNamed(defaultPreset);
  const name = parameters.get("preset");
  if (name !== null) {
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
  // Other names without a dot are not meant for this page, such as those that mail programs add to links.
  const isOurs = (path: string): boolean => path.includes(".") || Object.hasOwn(preset.config, path);
  const overrides = [...parameters].filter(([path]) => isOurs(path));
  const config = applyGood(preset, overrides, problems);
  return { preset, config, executor: executor ?? "auto", problems: problems.length > 0 ? [problems.join(" ")] : [] };
}

/** The search part that brings back these settings; empty for the default preset as it is. */
export function writeUrl(preset: Preset, config: RunConfig, executor: ExecutorChoice, defaultPreset: string): string {
  const parameters = new URLSearchParams();
  if (preset.name !== defaultPreset) parameters.set("preset", preset.name);
  for (const [path, text] of configOverrides(config, preset.config)) parameters.set(path, text);
  if (executor !== "auto") parameters.set("executor", executor);
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}
