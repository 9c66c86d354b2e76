import {
  type HorizonColumn,
  type ProbeFrame,
  type ProbeGate,
  type ProbeLayout,
  probeGates,
  SATURATION,
  type StateColumn,
} from "../../probes";
import type { KeptFrame } from "../probeHistory";

/** log: norms, from tiny to huge. signed: -1 to 1. unit: 0 to 1. */
export type ScaleKind = "log" | "signed" | "unit";

/** Something that can colour the cells of the unrolled network. */
export interface Quantity {
  readonly id: string;
  readonly group: "Gradient" | "Activity" | "Gates";
  /** In a list, and above the picture. */
  readonly label: string;
  /** Beside its number. */
  readonly short: string;
  readonly help: string;
  readonly scale: ScaleKind;
  /** Of which pass: what cuts and numbers that are not finite mean for it. The horizon is never cut. */
  readonly pass: "forward" | "backward" | "horizon";
  readonly of: (frame: ProbeFrame, layer: number, t: number) => number;
}

const gateNames: Readonly<Record<string, string>> = {
  h: "State h",
  i: "Input gate i",
  f: "Forget gate f",
  g: "Candidate g",
  o: "Output gate o",
  r: "Reset gate r",
  z: "Update gate z",
  n: "Candidate n",
};

/** What people call a gate of notation.md. */
export const gateName = (name: string): string => gateNames[name] ?? name;

const ofState =
  (column: StateColumn): Quantity["of"] =>
  (frame, layer, t) =>
    frame.state(layer, t, column);
const ofHorizon =
  (column: HorizonColumn): Quantity["of"] =>
  (frame, layer, t) =>
    frame.horizon(layer, t, column);

const gradient = { group: "Gradient", scale: "log" } as const;

const hidden: readonly Quantity[] = [
  {
    ...gradient,
    id: "dHidden",
    label: "Gradient of the hidden state",
    short: "|dL/dh|",
    help: "Norm of dL/dh over the batch: how much the loss of this training step would change with this state. Truncation cuts it.",
    pass: "backward",
    of: ofState("dHidden"),
  },
  {
    ...gradient,
    id: "dHiddenOne",
    label: "The same of the first example",
    short: "first example",
    help: "Norm of dL/dh of the batch's first example alone.",
    pass: "backward",
    of: ofState("dHiddenOne"),
  },
];
const cell: Quantity = {
  ...gradient,
  id: "dCell",
  label: "Gradient of the cell state",
  short: "|dL/dc|",
  help: "Norm of dL/dc over the batch: what the LSTM's own way through time carries back.",
  pass: "backward",
  of: ofState("dCell"),
};
const horizon: Quantity = {
  ...gradient,
  id: "horizon",
  label: "Horizon: of the last step's loss",
  short: "horizon |dL/dh|",
  help: "How far the loss of the last step alone reaches back, not truncated: the root mean square over the examples of the norm of dL/dh.",
  pass: "horizon",
  of: ofHorizon("dHidden"),
};
const horizonCell: Quantity = {
  ...gradient,
  id: "horizonCell",
  label: "Horizon of the cell state",
  short: "horizon |dL/dc|",
  help: "The same of the LSTM's cell state: the root mean square over the examples of the norm of dL/dc.",
  pass: "horizon",
  of: ofHorizon("dCell"),
};
const activity: readonly Quantity[] = [
  {
    id: "hiddenMean",
    group: "Activity",
    label: "Hidden state, mean",
    short: "mean of h",
    help: "Mean of the hidden state over batch and units.",
    scale: "signed",
    pass: "forward",
    of: ofState("hiddenMean"),
  },
  {
    id: "hiddenDeviation",
    group: "Activity",
    label: "Hidden state, spread",
    short: "spread of h",
    help: "Standard deviation of the hidden state over batch and units: near 0 it says nothing, near 1 all of it is saturated.",
    scale: "unit",
    pass: "forward",
    of: ofState("hiddenDeviation"),
  },
];

function ofGate({ name, kind }: ProbeGate, index: number): Quantity[] {
  const [low, high] =
    kind === "sigmoid" ? [`< ${SATURATION.low}`, `> ${SATURATION.high}`] : [`< −${SATURATION.tanh}`, `> ${SATURATION.tanh}`];
  const common = { group: "Gates", scale: "unit", pass: "forward" } as const;
  const called = gateName(name);
  return [
    {
      ...common,
      id: `${name}-low`,
      label: `${called} ${low}`,
      short: `${name} ${low}`,
      help: `Share of the values of ${called.toLowerCase()} that are ${low}${kind === "sigmoid" ? ": as good as shut" : ", where tanh is flat"}.`,
      of: (frame, layer, t) => frame.saturation(layer, t, index).low,
    },
    {
      ...common,
      id: `${name}-high`,
      label: `${called} ${high}`,
      short: `${name} ${high}`,
      help: `Share of the values of ${called.toLowerCase()} that are ${high}${kind === "sigmoid" ? ": as good as open" : ", where tanh is flat"}.`,
      of: (frame, layer, t) => frame.saturation(layer, t, index).high,
    },
    {
      ...common,
      id: `${name}-both`,
      label: `${called}, saturated`,
      short: `${name} saturated`,
      help: `Share of the values of ${called.toLowerCase()} that are ${low} or ${high}, where next to no gradient passes through them.`,
      of: (frame, layer, t) => {
        const share = frame.saturation(layer, t, index);
        return share.low + share.high;
      },
    },
  ];
}

/** What the probes of a cell can show, in the order of the page. */
export function quantitiesOf({ cell: kind }: Pick<ProbeLayout, "cell">): readonly Quantity[] {
  const hasCell = kind === "lstm";
  return [
    ...hidden,
    ...(hasCell ? [cell] : []),
    horizon,
    ...(hasCell ? [horizonCell] : []),
    ...activity,
    ...probeGates[kind].flatMap(ofGate),
  ];
}

/** A quantity by its id; the gradient of the hidden state where the cell lacks it. */
export const quantityNamed = (quantities: readonly Quantity[], id: string): Quantity =>
  quantities.find((quantity) => quantity.id === id) ?? hidden[0]!;

/**
 * What shows the way back best, while nothing else is chosen. Where every step has a loss of its own, the gradients of all losses add up to
 * much the same at each step: there it is the horizon, along what carries it.
 */
export const tellingQuantity = ({ cell: kind }: Pick<ProbeLayout, "cell">, lossAtEveryStep: boolean): string =>
  !lossAtEveryStep ? "dHidden" : kind === "lstm" ? "horizonCell" : "horizon";

/** The frame in which a quantity is measured; undefined if there is none yet, as of the horizon in the first steps of some runs. */
export const frameWith = (kept: KeptFrame | undefined, quantity: Quantity): ProbeFrame | undefined =>
  quantity.pass === "horizon" && kept?.horizon === undefined ? undefined : kept?.frame;
