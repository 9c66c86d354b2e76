import { formatPercent } from "../format";

/** How a parameter is doing, the worst first. */
export const verdicts = ["broken", "exploding", "fast", "vanishing", "slow", "fine", "untrained"] as const;
export type Verdict = (typeof verdicts)[number];

/** A step should change a weight by about a thousandth of itself. */
export const RATIO = { low: 1e-4, high: 1e-2 } as const;
/** Times the median of the run so far. */
const EXPLODING = 100;
/** Of the largest gradient of a parameter. */
const VANISHING = 1e-3;

export interface ParameterState {
  /** Means of the last few probed steps. */
  readonly gradient: number;
  readonly weight: number;
  readonly ratio: number;
  /** Median of the gradient's norm over the run so far. */
  readonly usualGradient: number;
}

/** @param largest of the gradients of all parameters. */
export function verdictOf({ gradient, weight, ratio, usualGradient }: ParameterState, largest: number): Verdict {
  if (![gradient, weight, ratio].every(Number.isFinite)) return "broken";
  if (weight === 0 && ratio === 0) return "untrained";
  if (gradient > EXPLODING * usualGradient) return "exploding";
  if (ratio > RATIO.high) return "fast";
  if (gradient < VANISHING * largest) return "vanishing";
  return ratio < RATIO.low ? "slow" : "fine";
}

export const verdictNames: Readonly<Record<Verdict, string>> = {
  broken: "not finite",
  exploding: "exploding",
  fast: "changes fast",
  vanishing: "vanishing",
  slow: "changes slowly",
  fine: "",
  untrained: "not trained",
};

/** The rules, as people read them. */
export const verdictRules =
  "The worst come first. Not finite: a norm is infinite or not a number. Exploding: the gradient is over 100 times its median of this run. " +
  "Changes fast: a step changes the parameter by over 1 % of its norm. Vanishing: the gradient is under a thousandth of the largest " +
  "parameter's. Changes slowly: by under 0.01 %. Judged by the mean of the last ten probed steps.";

/** One sentence on the parameters that stand out. */
export function summary(states: readonly { readonly name: string; readonly verdict: Verdict; readonly ratio: number }[]): string {
  const out = states.filter(({ verdict }) => verdict !== "fine" && verdict !== "untrained");
  if (states.length === 0) return "";
  if (out.length === 0)
    return `All ${states.length} parameters change by 0.01 to 1 % of their norm a step, and no gradient vanishes or explodes.`;
  const told = out.slice(0, 3).map(({ name, verdict, ratio }) => {
    const how = verdict === "fast" || verdict === "slow" ? ` (${formatPercent(ratio, 3)} a step)` : "";
    return `${name} ${verdictNames[verdict]}${how}`;
  });
  const more = out.length > told.length ? `, and ${out.length - told.length} more` : "";
  return `${out.length} of ${states.length} parameters ${out.length === 1 ? "stands" : "stand"} out: ${told.join(", ")}${more}.`;
}
