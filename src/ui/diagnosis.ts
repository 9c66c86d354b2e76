import type { Clip } from "../config";
import { type GradientHorizon, gradientHorizon, HORIZON_FLOOR, horizonNorms } from "../horizon";
import { type ProbeFrame, probeGates } from "../probes";
import { formatPower } from "./time/valueScale";

/**
 * What a probed step says of the gradient's way back, as one plain sentence. Every sentence follows from a rule, and every rule is stated
 * in docs/diagnosis.md under its id. The rules are tried in the order of `rules`; the first that holds speaks.
 */
export const rules = [
  "not-finite",
  "no-gradient",
  "too-short",
  "exploding",
  "cut-early",
  "saturated",
  "vanishing",
  "dead-gates",
  "fading",
  "beyond-sequence",
  "healthy",
  "cut-late",
] as const;
export type RuleId = (typeof rules)[number];

/** What each rule says, in a line; docs/diagnosis.md says why. */
export const ruleTexts: Readonly<Record<RuleId, string>> = {
  "not-finite": "A state, a gate or a gradient of this step is infinite or not a number.",
  "no-gradient": "The last step's loss has no gradient in any layer's last state.",
  "too-short": "The sequence has fewer than four steps, too few for a slope.",
  exploding: "Somewhere on its way back the gradient of the last step's loss is ten times what it was at the loss, or more.",
  "cut-early": "Truncation cuts the last step's gradient where a tenth of it or more is left.",
  saturated: "Less than 1 % of the gradient is left, and over half of the states or of the keeping gates sit where next to nothing passes.",
  vanishing: "Less than 1 % of the last step's gradient is left where its way back ends.",
  "dead-gates":
    "The gradient reaches back, but over 90 % of all gates are saturated, or of the input, output or update gates let nothing new through.",
  fading: "From 1 % to 10 % of the last step's gradient is left at the first step.",
  "beyond-sequence": "A tenth or more is left at the first step, and the half-life is longer than the sequence.",
  healthy: "A tenth or more of the last step's gradient is left at the first step.",
  "cut-late": "Truncation cuts the last step's gradient where less than 1 % of it is left.",
};

export const VANISHED = 0.01;
export const FADED = 0.1;
export const EXPLODED = 10;
export const SATURATED = 0.5;
export const DEAD = 0.9;

export interface DiagnosisInput {
  readonly frame: ProbeFrame;
  /** Distance from the last step at which truncation cuts its gradient; undefined if it does not. */
  readonly cutDistance: number | undefined;
  readonly clip: Clip["kind"];
}

export interface Diagnosis {
  readonly rule: RuleId;
  readonly sentence: string;
  /** Of all layers together. */
  readonly horizon: GradientHorizon;
  /** Beside the sentence: what truncation costs where it does not speak itself. */
  readonly note: { readonly rule: RuleId; readonly sentence: string } | undefined;
}

/** A share in per cent with two digits; below a millionth as a power of ten. */
export function formatShare(share: number): string {
  if (share === 0) return "nothing";
  if (share < 1e-6) return `${formatPower(share)} of it`;
  return `${Number((100 * share).toPrecision(2))} %`;
}

/** From here on what is left is no longer told as a share. */
const UNCHANGED = { from: 0.95, to: 1.05 } as const;

const formatGrown = (left: number): string => (left < UNCHANGED.to ? "as large as at the loss" : `${formatTimes(left)} times as large`);

/** A share with its verb: "0.013 % is left", "it is as large as at the loss", "it is 2.5 times as large". */
const formatLeft = (left: number): string => (left < UNCHANGED.from ? `${formatShare(left)} is left` : `it is ${formatGrown(left)}`);

/** A factor with two digits; from ten thousand on as a power of ten. */
export const formatTimes = (factor: number): string => (factor < 1e4 ? String(Number(factor.toPrecision(2))) : formatPower(factor));

/** 2.1, 14: one decimal below ten. */
export const formatSteps = (steps: number): string => (steps < 10 ? steps.toFixed(1) : steps.toFixed(0));

const counted = (steps: number): string => `${steps} ${steps === 1 ? "step" : "steps"}`;

/** Halves every 2.1 steps, doubles every 5.0 steps, or keeps its size; "" without a slope. */
export function formatPace({ halfLifeSteps, doublingSteps, reach }: GradientHorizon): string {
  if (Number.isNaN(halfLifeSteps)) return "";
  // Over the distances that were seen it changes by less than a tenth.
  if (Math.min(halfLifeSteps, doublingSteps) > 7 * reach) return "keeps its size";
  return Number.isFinite(halfLifeSteps)
    ? `halves every ${formatSteps(halfLifeSteps)} steps`
    : `doubles every ${formatSteps(doublingSteps)} steps`;
}

type Rule = (input: DiagnosisInput, horizon: GradientHorizon, norms: Float64Array) => string | undefined;

/** What is judged, see carriedColumn. */
const subject = ({ layout }: ProbeFrame): string => (layout.cell === "lstm" ? "The cell state's gradient" : "The gradient");

/** The first place, in the order of the pass, with numbers that are not finite. */
function notFinite(frame: ProbeFrame): string | undefined {
  const { layers, steps } = frame.layout;
  for (let t = 0; t < steps; t++) {
    for (let layer = 0; layer < layers; layer++) {
      if (frame.state(layer, t, "nonFiniteForward") > 0) return `The state of layer ${layer + 1} is not finite from step ${t + 1} on`;
    }
  }
  for (let t = steps - 1; t >= 0; t--) {
    for (let layer = layers - 1; layer >= 0; layer--) {
      if (frame.state(layer, t, "nonFiniteBackward") > 0) return `The gradient of layer ${layer + 1} is not finite from step ${t + 1} back`;
    }
  }
  return undefined;
}

type Side = "low" | "high" | "both";
/** By gate: which side of it does harm when it is saturated, and what that means. */
type Meanings = Readonly<Record<string, { readonly side: Side; readonly meaning: string }>>;

/** What stops the gradient on its way back. */
const blocks: Meanings = {
  h: { side: "both", meaning: "of the states sit where tanh is flat, so little passes through them" },
  f: { side: "low", meaning: "of the forget gates are shut, so the cell is emptied at each step" },
  z: { side: "low", meaning: "of the update gates overwrite the state at each step" },
};

/** What keeps new things out, however far the gradient reaches. */
const closes: Meanings = {
  i: { side: "low", meaning: "of the input gates are shut, so next to nothing new is written" },
  o: { side: "low", meaning: "of the output gates are shut, so next to nothing of the cell is shown" },
  z: { side: "high", meaning: "of the update gates keep the state as it is, so next to nothing new is written" },
};

/** Share of a gate's values that is saturated on a side, on average over layers and steps. */
function saturation(frame: ProbeFrame, gate: number, side: Side): number {
  const { layers, steps } = frame.layout;
  let sum = 0;
  for (let layer = 0; layer < layers; layer++) {
    for (let t = 0; t < steps; t++) {
      const { low, high } = frame.saturation(layer, t, gate);
      sum += (side === "high" ? 0 : low) + (side === "low" ? 0 : high);
    }
  }
  return sum / (layers * steps);
}

/** The first gate of which more than `bound` is saturated on its harmful side. */
function saturatedPart(frame: ProbeFrame, meanings: Meanings, bound: number): string | undefined {
  for (const [gate, { name }] of probeGates[frame.layout.cell].entries()) {
    const of = meanings[name];
    const share = of === undefined ? 0 : saturation(frame, gate, of.side);
    if (of !== undefined && share > bound) return `${formatShare(share)} ${of.meaning}`;
  }
  return undefined;
}

/** What keeps a network from learning although its gradient reaches back. */
function deadPart(frame: ProbeFrame): string | undefined {
  const gates = probeGates[frame.layout.cell];
  const all = gates.reduce((sum, _, gate) => sum + saturation(frame, gate, "both"), 0) / gates.length;
  if (all > DEAD)
    return `${formatShare(all)} of all gates and candidates sit at their ends, so next to no gradient gets into their weights`;
  return saturatedPart(frame, closes, DEAD);
}

/** Less than a hundredth is left, with a rate and how much, up to the place where the curve ends. */
function vanished({ frame }: DiagnosisInput, horizon: GradientHorizon): string | undefined {
  if (!(horizon.left < VANISHED)) return undefined;
  const steps = frame.layout.steps - 1;
  if (horizon.left === 0) {
    const pace = formatPace(horizon);
    return `${subject(frame)} ${pace === "" ? "ends" : pace}: from ${counted(horizon.reach + 1)} back on nothing is left of it`;
  }
  return `${subject(frame)} ${formatPace(horizon)}: after ${steps} steps ${formatLeft(horizon.left)}`;
}

/** What the page offers against vanishing, by cell. */
const remedies: Readonly<Record<ProbeFrame["layout"]["cell"], string>> = {
  rnn_tanh: "an LSTM with a forget bias keeps more of it",
  lstm: "a larger forget bias keeps more of it",
  gru: "an LSTM with a forget bias keeps more of it",
  gru_reset_before: "an LSTM with a forget bias keeps more of it",
};

function radii(frame: ProbeFrame): string {
  const { cell, layers } = frame.layout;
  if (cell !== "rnn_tanh") return "";
  const all = Array.from({ length: layers }, (_, layer) => frame.spectralRadius(layer, 0).toFixed(2));
  return ` (spectral radius ${all.join(" and ")})`;
}

/** What is left, relative to the loss, at the last distance before the cut. */
const leftAtCut = (cutDistance: number | undefined, norms: Float64Array): number =>
  cutDistance === undefined ? Number.NaN : norms[cutDistance]! / norms[0]!;

const byRule: Readonly<Record<RuleId, Rule>> = {
  "not-finite": ({ frame }, horizon) => {
    const place = notFinite(frame);
    if (place === undefined && horizon.end !== "not-finite") return undefined;
    return `${place ?? `The gradient of the last step's loss is not finite ${counted(horizon.reach + 1)} back`}: lower the learning rate, or clip the gradient.`;
  },
  "no-gradient": (_, horizon) =>
    horizon.reach < 0
      ? "The last step's loss has no gradient: every state that it depends on is saturated, or the loss is exactly 0."
      : undefined,
  "too-short": ({ frame }) =>
    frame.layout.steps < 4 ? `With ${frame.layout.steps} time steps there is too little to see a gradient vanish or explode.` : undefined,
  exploding: ({ frame, clip }, horizon, norms) => {
    const followed = norms.subarray(0, horizon.reach + 1);
    const largest = followed.reduce((best, norm, distance) => (norm > followed[best]! ? distance : best), 0);
    const growth = followed[largest]! / followed[0]!;
    if (!(growth >= EXPLODED)) return undefined;
    const pace = Number.isFinite(horizon.doublingSteps) ? formatPace(horizon) : "grows before it shrinks";
    const advice = clip === "none" ? "clip it by norm" : "clipping bounds the step, a lower learning rate keeps it from growing further";
    return `${subject(frame)} ${pace}: ${counted(largest)} back it is ${formatTimes(growth)} times what it was at the loss${radii(frame)}; ${advice}.`;
  },
  "cut-early": ({ cutDistance }, _, norms) => {
    const left = leftAtCut(cutDistance, norms);
    if (cutDistance === undefined || !(left >= FADED)) return undefined;
    return `Truncation cuts the last step's gradient ${counted(cutDistance)} back, where ${left < UNCHANGED.from ? `${formatShare(left)} of it would be left` : `it would be ${formatGrown(left)}`}: a longer window lets earlier steps count.`;
  },
  saturated: (input, horizon) => {
    const part = saturatedPart(input.frame, blocks, SATURATED);
    const what = vanished(input, horizon);
    return part === undefined || what === undefined ? undefined : `${what}; ${part}.`;
  },
  vanishing: (input, horizon) => {
    const what = vanished(input, horizon);
    return what && `${what}${radii(input.frame)}; ${remedies[input.frame.layout.cell]}.`;
  },
  "dead-gates": ({ frame }, horizon) => {
    const part = deadPart(frame);
    return part && `${part}; the gradient itself gets back: after ${frame.layout.steps - 1} steps ${formatLeft(horizon.left)}.`;
  },
  fading: ({ frame }, horizon) =>
    horizon.left < FADED
      ? `${subject(frame)} ${formatPace(horizon)}: after ${frame.layout.steps - 1} steps ${formatLeft(horizon.left)}, so the first steps count little.`
      : undefined,
  "beyond-sequence": ({ frame }, horizon) =>
    horizon.halfLifeSteps > frame.layout.steps
      ? `The gradient's horizon lies beyond the sequence: after ${frame.layout.steps - 1} steps ${formatLeft(horizon.left)}.`
      : undefined,
  healthy: ({ frame }, horizon) =>
    `The gradient reaches the first step: after ${frame.layout.steps - 1} steps ${formatLeft(horizon.left)}; it ${formatPace(horizon)}.`,
  "cut-late": ({ cutDistance }, _, norms) => {
    const left = leftAtCut(cutDistance, norms);
    if (cutDistance === undefined || !(left < VANISHED)) return undefined;
    return `Truncation costs little here: where it cuts, ${counted(cutDistance)} back, ${left < HORIZON_FLOOR ? "nothing" : formatShare(left)} would be left.`;
  },
};

/** Judges a frame that has a horizon. */
export function diagnose(input: DiagnosisInput): Diagnosis {
  const norms = horizonNorms(input.frame, undefined);
  const horizon = gradientHorizon(norms);
  const note = byRule["cut-late"](input, horizon, norms);
  for (const rule of rules) {
    const sentence = rule === "cut-late" ? undefined : byRule[rule](input, horizon, norms);
    if (sentence === undefined) continue;
    const beside =
      note === undefined || rule === "not-finite" || rule === "no-gradient" ? undefined : ({ rule: "cut-late", sentence: note } as const);
    return { rule, sentence, horizon, note: beside };
  }
  throw new Error("The last rule holds always");
}
