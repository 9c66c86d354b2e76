import type { Cell } from "../config";
import type { Graph } from "../model/network";
import type { Parameters } from "../model/parameters";
import type { KernelCall, Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import type { Arena, Tensor } from "../plan/tensor";
import { carryState } from "../shaders/copy";
import { softmaxCrossEntropy } from "../shaders/cross_entropy";
import { embeddingBackward, embeddingForward } from "../shaders/embedding";
import { FOUND_LENGTH, findNonFinite } from "../shaders/find_non_finite";
import { gradientPartials } from "../shaders/gradient_norm";
import { countUnderflow, narrow } from "../shaders/loss_scaling";
import { matmulNn, matmulNt } from "../shaders/matmul";
import { keepsCell, type Look, LookList } from "./looks";

/** A place between two calls of the training plan at which tensors are looked at. */
export interface Stop {
  readonly looks: readonly Look[];
  /** Its tensors were made from the last time step to the first, as in a backward pass. */
  readonly descends: boolean;
}

/** How to follow one training step from tensor to tensor, in the order in which they are computed. */
export interface StepTrace {
  /** The training plan, with a call for each look between its calls. */
  readonly plan: Plan;
  readonly stops: readonly Stop[];
  /** u32 [F, 4]: what the looks find; see find_non_finite. */
  readonly found: Tensor;
}

export interface TracedStep {
  readonly plan: Plan;
  readonly graph: Graph;
  readonly parameters: Parameters;
  readonly cell: Cell;
}

/** What a call of the training plan makes; undefined for what nobody need look at. Calls of one name in a row are one stop. */
interface Made {
  readonly name: MadeName;
  readonly layer?: number;
}

type MadeName =
  | "token table"
  | "embedded"
  | "projection"
  | "forward"
  | "logits"
  | "loss"
  | "scaled d logits"
  | "from above"
  | "backward"
  | "d embedded"
  | "d token table";

/**
 * Finds in a recorded training step where each of its tensors is complete, and records a look at it: a tensor that is shared by
 * layers is looked at before the next layer's replaces it, and what the step form leaves of an earlier step is not looked at.
 */
export function recordTrace(program: Program, step: TracedStep): StepTrace {
  const drafts = draftStops(step);
  const plan = program.plan("traced training step", "first use");
  const rows = drafts.reduce((sum, { list }) => sum + list.slices, 0);
  const found = program.tensor("found", [rows, FOUND_LENGTH], "u32");
  let firstFound = 0;
  let repeated = 0;
  const repeatUntil = (end: number): void => {
    for (; repeated < end; repeated++) {
      const call = step.plan.calls[repeated];
      if (call !== undefined) plan.repeat(call);
    }
  };
  const stops = drafts.map(({ callsBefore, list, descends }): Stop => {
    repeatUntil(callsBefore);
    const looks = list.looks.map(({ region: { tensor, scalars }, ...look }): Look => {
      plan.call(findNonFinite, { data: tensor, found }, { ...scalars, first_found: firstFound });
      const placed = { ...look, firstFound };
      firstFound += look.slices;
      return placed;
    });
    return { looks, descends };
  });
  repeatUntil(step.plan.calls.length);
  return { plan, stops, found };
}

/** A stop before it is recorded, after so many calls of the training plan. */
interface Draft {
  readonly callsBefore: number;
  readonly list: LookList;
  readonly descends: boolean;
}

function draftStops(step: TracedStep): Draft[] {
  const { calls } = step.plan;
  const named = namedTensors(step);
  const made = calls.map((call) => classify(call, step, named));
  const drafts: Draft[] = [];
  const draft = (callsBefore: number, descends = false): LookList => {
    const list = new LookList(step.cell);
    drafts.push({ callsBefore, list, descends });
    return list;
  };
  lookAtParameters(draft(0), step);
  lookAtCarried(draft(0), step);
  /** The layer whose backward pass comes next, or is under way. */
  let layer = step.graph.layers.length - 1;
  for (const [i, call] of calls.entries()) {
    const now = made[i];
    if (call.kernel.name === gradientPartials.name) {
      const list = draft(i);
      for (const tensor of step.parameters.gradients.tensors) list.parameter("gradient", tensor);
    }
    if (now === undefined) continue;
    layer = now.layer ?? layer;
    if (made[i + 1]?.name === now.name) continue;
    lookAtMade(draft(i + 1, now.name === "backward" || now.name === "from above"), call, now.name, layer, step, named);
    // What comes after is of the layer below.
    if (now.name === "backward") layer = Math.max(0, layer - 1);
    else if (now.name === "logits") layer = step.graph.layers.length - 1;
  }
  return drafts.filter(({ list }) => list.looks.length > 0);
}

/** Tensors that no graph owns, by the names under which kernels take them. */
type Named = ReadonlyMap<string, Tensor>;

const scratchNames = ["d_hidden", "d_cell", "d_gates", "d_hidden_term", "d_carry"] as const;

function bound(call: KernelCall, name: string): Tensor | undefined {
  const index = Object.keys(call.kernel.bindings).indexOf(name);
  return call.tensors[index];
}

function namedTensors({ plan: { calls }, parameters }: TracedStep): Named {
  const named = new Map<string, Tensor>();
  const others = new Set([parameters.values, parameters.weights, parameters.gradients].map(({ whole }) => whole.arena));
  const keep = (name: string, tensor: Tensor | undefined): void => {
    if (tensor !== undefined && !others.has(tensor.arena) && !named.has(name)) named.set(name, tensor);
  };
  for (const call of calls) {
    if (call.kernel.name !== countUnderflow.name) for (const name of scratchNames) keep(name, bound(call, name));
    if (call.kernel.name === embeddingForward.name) keep("token table", bound(call, "weight"));
    if (call.kernel.name === embeddingBackward.name) {
      keep("d embedded", bound(call, "d_out"));
      keep("d token table", bound(call, "d_weight"));
    }
  }
  return named;
}

const isWritten = ({ kernel, tensors }: KernelCall, arena: Arena | undefined): boolean =>
  arena !== undefined && Object.values(kernel.bindings).some(({ access }, i) => access === "read_write" && tensors[i]?.arena === arena);

function classify(call: KernelCall, { graph, parameters }: TracedStep, named: Named): Made | undefined {
  const { kernel, scalars, tensors } = call;
  const isProduct = kernel.name === matmulNn.name || kernel.name === matmulNt.name;
  if (kernel.name === carryState.name) return undefined;
  if (kernel.name === softmaxCrossEntropy.name) return { name: "loss" };
  if (kernel.name === narrow.name) return scalars.scaled === 1 ? { name: "scaled d logits" } : undefined;
  if (isWritten(call, graph.logits.arena)) return { name: "logits" };
  const written = graph.layers.findIndex(({ tensors: { gates, hidden, cell, hiddenTerm } }) =>
    [gates, hidden, cell, hiddenTerm].some(({ arena }) => isWritten(call, arena)),
  );
  if (written >= 0) {
    const isInput =
      (isProduct && scalars.accumulate === 0 && isWritten(call, graph.layers[written]?.tensors.gates.arena)) ||
      kernel.name === embeddingForward.name;
    return { name: isInput ? "projection" : "forward", layer: written };
  }
  if (kernel.name === embeddingForward.name) return { name: "embedded" };
  if (isProduct && isWritten(call, named.get("d_hidden")?.arena)) return { name: "from above" };
  if (scratchNames.some((name) => isWritten(call, named.get(name)?.arena))) {
    const layer = graph.layers.findIndex(({ tensors: own }) =>
      tensors.some(({ arena }) => arena === own.gates.arena || arena === own.hidden.arena),
    );
    return layer < 0 ? { name: "backward" } : { name: "backward", layer };
  }
  if (isWritten(call, parameters.gradients.whole.arena)) return undefined;
  for (const name of ["token table", "d embedded", "d token table"] as const) if (isWritten(call, named.get(name)?.arena)) return { name };
  return undefined;
}

/** What the step before has left: parameters. */
function lookAtParameters(list: LookList, { parameters: { values, weights } }: TracedStep): void {
  for (const tensor of values.tensors) list.parameter("parameter", tensor);
  if (weights !== values) for (const tensor of weights.tensors) list.parameter("half parameter", tensor);
}

/** And states, where these are carried from window to window. */
function lookAtCarried(list: LookList, { plan, graph }: TracedStep): void {
  if (!plan.calls.some(({ kernel }) => kernel.name === carryState.name)) return;
  for (const [layer, { states }] of graph.layers.entries()) {
    for (const [i, state] of states.entries())
      list.slots(i === 0 ? "carried hidden" : "carried cell", layer, state, { first: 0, count: 1 });
  }
}

function lookAtMade(list: LookList, call: KernelCall, name: MadeName, layer: number, { graph, cell }: TracedStep, named: Named): void {
  const own = graph.layers[layer]?.tensors;
  if (own === undefined) throw new RangeError(`there is no layer ${layer}`);
  const [slots = 1, batch = 1, hiddenSize = 1] = own.hidden.shape;
  const states = own.hidden.shape;
  const all = { steps: slots - 1, firstStep: 0, batch };
  /** Of the head: all steps, or the last alone where only that has a target. */
  const headSteps = graph.rows / batch;
  const head = { steps: headSteps, firstStep: slots - 1 - headSteps, batch };
  switch (name) {
    case "token table":
    case "d token table": {
      const table = named.get(name);
      list.rows(name, table, { steps: 1, batch: table?.shape[0] ?? 1 }, { layer: 0, hiddenSize });
      break;
    }
    case "embedded":
      list.rows(name, bound(call, "out"), all);
      break;
    case "projection":
      list.rows(name, own.gates, all, { layer, hiddenSize });
      break;
    case "forward":
      list.state(layer, own);
      break;
    case "logits":
      list.rows(name, graph.logits, head);
      break;
    case "loss":
      list.rows(name, bound(call, "row_stats"), head, { columns: 1 });
      list.rows("d logits", bound(call, "d_logits"), head);
      break;
    case "scaled d logits":
      list.rows(name, bound(call, "target"), head);
      break;
    case "from above": {
      const { c_offset: offset = 0, m = 0 } = call.scalars;
      list.slots(name, layer, bound(call, "c"), { first: offset / (batch * hiddenSize), count: m / batch }, states);
      break;
    }
    case "backward": {
      // Nothing is made of dL/dh of the state before the first step.
      const made = { first: 1, count: slots - 1 };
      list.slots("d hidden", layer, named.get("d_hidden"), made, states);
      if (keepsCell(cell)) list.slots("d cell", layer, named.get("d_cell"), made, states);
      list.gateGradients(layer, named.get("d_gates"), named.get("d_hidden_term"), all, hiddenSize);
      break;
    }
    case "d embedded":
      list.rows(name, named.get(name), all);
      break;
    default:
      name satisfies never;
  }
}
