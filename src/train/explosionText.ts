import type { Explosion, Finding } from "./explosion";
import type { Growth, Rise } from "./growth";
import type { TraceName } from "./looks";
import type { Sighting, TracedTensor } from "./stepFindings";

/** Of the network, to tell places in it: layers and time steps are counted from 1, for people. */
export interface Extent {
  readonly layers: number;
  readonly steps: number;
}

type Labelled = Pick<TracedTensor, "name" | "layer" | "gates" | "parameter">;

const tensorNames: Readonly<Record<Exclude<TraceName, "gate" | "parameter" | "half parameter" | "gradient">, string>> = {
  "carried hidden": "the carried h",
  "carried cell": "the carried c",
  "token table": "the tokens' input projections",
  embedded: "the embedded input",
  projection: "the input projection x_t",
  "hidden term": "the hidden part of gate n",
  cell: "c_t",
  hidden: "h_t",
  logits: "the logits",
  loss: "the loss",
  "d logits": "dL/dlogits",
  "scaled d logits": "dL/dlogits times the loss scale",
  "from above": "dL/dh_t from above",
  "d hidden": "dL/dh_t",
  "d cell": "dL/dc_t",
  "d gates": "the gradient before the activation",
  "d hidden term": "the gradient of the hidden part of gate n",
  "d embedded": "the gradient of the embedded input",
  "d token table": "the gradient of the tokens' input projections",
};

/** A tensor of a step as people call it, without its place: "h_t of layer 1 of 2", "the weights fc.weight". */
export function tensorText({ name, layer, gates = [], parameter }: Labelled, { layers }: Pick<Extent, "layers">): string {
  const of = layer === undefined ? "" : ` of layer ${layer + 1} of ${layers}`;
  if (name === "parameter") return `the parameter ${parameter}`;
  if (name === "half parameter") return `the 16-bit copy of ${parameter}`;
  if (name === "gradient") return `the gradient of ${parameter}`;
  if (name === "gate") return `gate ${gates.join()}${of}`;
  if (name === "d gates" && gates.length > 0) return `the gradient of gate${gates.length > 1 ? "s" : ""} ${gates.join(", ")}${of}`;
  return `${tensorNames[name]}${of}`;
}

const kinds: Readonly<Record<Sighting["kind"], string>> = { nan: "not a number", infinity: "infinite", "minus infinity": "minus infinity" };

/** With its time step, from which alone a person can find it again: "h_t of layer 1 of 2 at time step 17 of 28". */
function whereText(sighting: Sighting, extent: Extent): string {
  const { timeStep } = sighting;
  const at = timeStep === undefined || timeStep < 0 ? "" : ` at time step ${timeStep + 1} of ${extent.steps}`;
  const { gate } = sighting;
  return `${tensorText({ ...sighting, ...(gate !== undefined && { gates: [gate] }) }, extent)}${at}`;
}

/** Inside the tensor: "unit 3, gate f, example 5 of the batch". */
function placeText({ unit, gate, example, token, row, column, name }: Sighting): string {
  const parts = [
    ...(unit === undefined ? [] : [`${name === "logits" || name.endsWith("d logits") ? "class" : "unit"} ${unit + 1}`]),
    ...(gate === undefined || name === "gate" || name === "d gates" ? [] : [`gate ${gate}`]),
    ...(example === undefined ? [] : [`example ${example + 1} of the batch`]),
    ...(token === undefined ? [] : [`token ${token + 1}`]),
    ...(row === undefined ? [] : [`row ${row + 1}, column ${(column ?? 0) + 1}`]),
  ];
  return parts.join(", ");
}

const count = (value: number): string => value.toLocaleString("en-US");
const number = (value: number): string =>
  value !== 0 && (value < 1e-3 || value >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3)));

/** What was found, in sentences. The first says where it first went wrong. */
export function explosionSentences({ step, precision, finding, tensors, growth, repeats }: Explosion, extent: Extent): readonly string[] {
  const largest = largestParameter(tensors);
  return [
    ...findingSentences(step, finding, extent),
    ...(precision === "f16" && finding.kind === "found" && isFiniteLoss(tensors)
      ? ["The loss scale had been halved down to 1, and the gradient was still beyond 16-bit floats, which end at 65,504."]
      : []),
    ...growthSentences(growth),
    ...(largest === undefined ? [] : [`The largest finite weight was ${number(largest.largest)}, in ${largest.parameter}.`]),
    ...(repeats || finding.kind === "not repeated"
      ? []
      : ["The steps before did not give the same numbers when they were trained again: this device does not repeat itself."]),
  ];
}

function findingSentences(step: number, finding: Finding, extent: Extent): readonly string[] {
  const at = count(step);
  if (finding.kind === "not repeated") {
    return [
      `Step ${at} was not finite, but when it was trained again it was: this device does not give the same numbers twice. Check it before you trust it.`,
    ];
  }
  if (finding.kind === "norm") {
    const limit = "1.8e19, the root of the largest 32-bit float";
    return [`At step ${at} every number was finite, but the sum of the gradient's squares was not: its norm was larger than ${limit}.`];
  }
  const [first, ...later] = finding.sightings;
  if (first === undefined) return [];
  const where = `${whereText(first, extent)}: ${kinds[first.kind]}`;
  const place = placeText(first);
  const others = first.count > 1 ? `, and ${count(first.count - 1)} ${first.count === 2 ? "other" : "others"} there` : "";
  const detail = place === "" ? "" : ` (${place}${others})`;
  if (isBefore(first)) {
    const cause =
      first.name === "half parameter"
        ? "16-bit floats end at 65,504."
        : `The update of step ${count(step - 1)} went beyond 32-bit floats, which end at 3.4e38.`;
    return [`Step ${at} began with ${where}${detail}. ${cause}`];
  }
  const absorbed = isAbsorbed(first, finding.sightings) ? later.find(({ layer }) => layer !== first.layer) : undefined;
  return [
    `At step ${at} the first number that was not finite was in ${where}${detail}.`,
    ...(absorbed === undefined ? [] : [`The states of that layer stayed finite; what did harm next was ${whereText(absorbed, extent)}.`]),
  ];
}

const isBefore = ({ name }: Sighting): boolean => name === "parameter" || name === "half parameter" || name.startsWith("carried");

const inputs: ReadonlySet<TraceName> = new Set(["token table", "projection", "gate", "hidden term", "cell"]);

/** An infinity that an activation made finite again, as tanh makes 1 of it. */
const isAbsorbed = (first: Sighting, all: readonly Sighting[]): boolean =>
  inputs.has(first.name) && !all.some(({ name, layer }) => name === "hidden" && layer === first.layer);

const isFiniteLoss = (tensors: readonly TracedTensor[]): boolean =>
  tensors.every(({ name, count: nonFinite }) => name !== "loss" || nonFinite === 0);

function growthSentences({ norm, loss }: Growth): readonly string[] {
  const rise = (what: string, rose: Rise | null): string[] =>
    rose === null
      ? []
      : [
          `${what} rose from step ${count(rose.since)}${rose.orBefore ? " or before" : ""} to step ${count(rose.until)}, by a factor of about ${number(rose.perStep)} a step.`,
        ];
  return [...rise("The loss", loss), ...rise("The gradient's norm", norm)];
}

/** The parameter with the largest finite number. */
export function largestParameter(tensors: readonly TracedTensor[]): TracedTensor | undefined {
  return tensors
    .filter(({ name }) => name === "parameter")
    .reduce<TracedTensor | undefined>((best, each) => (best === undefined || each.largest > best.largest ? each : best), undefined);
}
