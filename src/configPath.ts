import { ConfigError, parseRunConfig, type RunConfig } from "./config";

/** What a union field starts from when its `kind` is changed. */
const kindDefaults: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  task: {
    digits: { kind: "digits" },
    text: { kind: "text", source: "shakespeare", sequenceLength: 64, carryState: true },
    copy: { kind: "copy", symbols: 8, length: 8, delay: 10 },
  },
  bptt: {
    full: { kind: "full" },
    fixed: { kind: "fixed", k: 10 },
    random: { kind: "random", mean: 10, compensate: true },
  },
  optimizer: {
    sgd: { kind: "sgd", lr: 0.1, momentum: 0.9, weightDecay: 0 },
    adam: { kind: "adam", lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
    adamw: { kind: "adamw", lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 },
  },
  clip: { none: { kind: "none" }, norm: { kind: "norm", max: 1 }, value: { kind: "value", max: 0.5 } },
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Every leaf of a configuration as [dotted path, value]. */
export function configLeaves(config: object): [path: string, value: string | number | boolean][] {
  const leaves: [string, string | number | boolean][] = [];
  const walk = (prefix: string, value: unknown): void => {
    if (isRecord(value)) {
      for (const [key, child] of Object.entries(value)) walk(prefix === "" ? key : `${prefix}.${key}`, child);
    } else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      leaves.push([prefix, value]);
    }
  };
  walk("", config);
  return leaves;
}

/** The value at a dotted path, or undefined. */
export function getField(config: object, path: string): string | number | boolean | undefined {
  return configLeaves(config).find(([candidate]) => candidate === path)?.[1];
}

/**
 * A copy with one field replaced, not yet validated. Changing a `kind` brings in that kind's default fields and keeps those that both have.
 * @throws ConfigError if the path does not exist.
 */
export function withField(config: object, path: string, value: string | number | boolean): object {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const copy = structuredClone(config);
  let parent: unknown = copy;
  for (const key of keys) parent = isRecord(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  if (!isRecord(parent) || !Object.hasOwn(parent, last) || isRecord(parent[last])) {
    throw new ConfigError([{ path, message: "is not a field of this configuration" }]);
  }
  parent[last] = value;
  const defaults = last === "kind" ? kindDefaults[keys.join(".")]?.[String(value)] : undefined;
  if (defaults !== undefined) {
    const kept = Object.fromEntries(
      Object.keys(defaults)
        .map((key) => [key, parent[key]])
        .filter(([, field]) => field !== undefined),
    );
    for (const key of Object.keys(parent)) delete parent[key];
    Object.assign(parent, defaults, kept);
  }
  return copy;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that a text writes in decimals; NaN for anything else, hexadecimal and the empty text included. */
export const parseDecimal = (text: string): number => (DECIMAL.test(text.trim()) ? Number(text) : Number.NaN);

/** Text from a command line or URL as the value it stands for, by the type of the field that it replaces. */
function parseText(text: string, current: string | number | boolean | undefined): string | number | boolean {
  if (typeof current === "number") return parseDecimal(text);
  if (typeof current === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/**
 * Applies "path=value" texts (from `--set` or a URL), kinds first so that their fields exist when these are set.
 * @throws ConfigError naming the first field that does not exist or does not fit.
 */
export function applyOverrides(config: RunConfig, overrides: readonly (readonly [path: string, text: string])[]): RunConfig {
  const kindsFirst = [...overrides].sort(([a], [b]) => Number(b.endsWith(".kind")) - Number(a.endsWith(".kind")));
  let raw: object = config;
  for (const [path, text] of kindsFirst) {
    // Intermediate states may be invalid on purpose (a window longer than the sequence until the sequence is set too).
    raw = withField(raw, path, parseText(text, getField(raw, path)));
  }
  return parseRunConfig(raw);
}

/** The fields in which a configuration differs from another, as overrides that rebuild it. */
export function configOverrides(config: RunConfig, base: RunConfig): [path: string, text: string][] {
  const rebuilt = configLeaves(config).filter(([path]) => path.endsWith(".kind"));
  let start: object = base;
  for (const [path, kind] of rebuilt) if (getField(base, path) !== kind) start = withField(start, path, kind);
  return configLeaves(config)
    .filter(([path, value]) => (path.endsWith(".kind") ? getField(base, path) : getField(start, path)) !== value)
    .map(([path, value]) => [path, String(value)]);
}
