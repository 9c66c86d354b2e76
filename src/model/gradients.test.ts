import fc from "fast-check";
import { describe, test } from "vitest";
import { type Cell, cells } from "../config";
import { RandomStream } from "../data/random";
import { ownForms } from "../plan/forms";
import { type KernelCall, Plan } from "../plan/plan";
import { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { IGNORE } from "../shaders/cross_entropy";
import { Interpreter } from "../testing/interpreter";
import { Graph, type HeadAt } from "./network";
import { createParameters, recordInitialisation } from "./parameters";
import type { RecurrentForm } from "./recurrentLayer";
import type { ModelShape } from "./shape";
import { carryScales, recordLoss } from "./training";

/** A network and its data, drawn at random. */
interface Case {
  readonly steps: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly outputs: number;
  /** null: the inputs are numbers. */
  readonly vocabulary: number | null;
  readonly headAt: HeadAt;
  /** full, windows of k steps, or a factor drawn for each step, as random truncation and any other weighting of the past would have it. */
  readonly truncation: "full" | "factors" | { readonly k: number };
  /** Some targets do not count. */
  readonly ignoring: boolean;
  readonly seed: number;
}

const size = (max: number, min = 1) => fc.integer({ min, max });
const cases: fc.Arbitrary<Case> = fc.record({
  steps: size(7),
  batch: size(4),
  inputSize: size(6),
  hiddenSize: size(9),
  numLayers: size(3),
  outputs: size(7, 2),
  vocabulary: fc.option(size(7, 2)),
  headAt: fc.constantFrom<HeadAt>("last", "all"),
  truncation: fc.oneof(fc.constant<Case["truncation"]>("full"), fc.constant<Case["truncation"]>("factors"), fc.record({ k: size(4) })),
  ignoring: fc.boolean(),
  seed: fc.nat(),
});
const CASES_PER_FORM = 60;

/** Central differences of fourth order: their own error, about 1e-13 of the loss, is far below the tolerance. */
const STEP = 1e-3;
const RELATIVE = 1e-6;
const ABSOLUTE = 1e-11;
/** Elements of a tensor that are checked, drawn at random where it has more. */
const ELEMENTS = 8;

function derivative(values: Float64Array | Uint32Array, index: number, loss: () => number): number {
  const value = values[index]!;
  const at = (steps: number): number => {
    values[index] = value + steps * STEP;
    return loss();
  };
  const result = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * STEP);
  values[index] = value;
  return result;
}

interface Window {
  readonly start: number;
  readonly plan: Plan;
  readonly graph: Graph;
  readonly targets: Tensor;
  readonly sums: Tensor;
}

/** carryScale [T] of a case. Factors are 0, 1 or anything up to 2; what flows to the state before the first step is kept. */
function scalesOf({ truncation, steps, headAt }: Case, random: RandomStream): Float32Array {
  if (truncation === "full") return carryScales({ kind: "full" }, steps, headAt);
  if (truncation !== "factors") return carryScales({ kind: "fixed", k: Math.min(truncation.k, steps) }, steps, headAt);
  const factor = (): number => [0, 1, (2 * random.next()) / 2 ** 32][random.below(3)]!;
  return Float32Array.from({ length: steps }, (_, t) => (t === 0 ? 1 : factor()));
}

/**
 * The network over all steps, with its gradients, and the same network over windows that begin wherever carryScale is not 1, which give
 * the loss that these gradients belong to: the state s at the start of a later window is held at where it was, f, but for the share that
 * carryScale lets through, f + scale (s - f). Without truncation there is one window.
 */
function build(cell: Cell, form: RecurrentForm, sizes: Case) {
  const { steps, batch, inputSize, vocabulary, headAt } = sizes;
  const program = new Program();
  const shape: ModelShape = { ...sizes, cell };
  const parameters = createParameters(program, shape, 0);
  const random = new RandomStream(sizes.seed, 0, 0);
  const uniform = (): number => (random.next() / 2 ** 32) * 2 - 1;

  const scales = scalesOf(sizes, random);

  function record(name: string, start: number, length: number): Window {
    const graph = new Graph(program, shape, parameters, { name, steps: length, batch, headAt, training: true, form });
    const targets = program.tensor(`${name} targets`, [graph.rows], "u32");
    const sums = program.tensor(`${name} sums`, [3]);
    const plan = program.plan(`${name} forward`);
    graph.forward(plan);
    return { start, plan, graph, targets, sums };
  }
  const whole = record("whole", 0, steps);
  const expected = Array.from({ length: whole.graph.rows }, () =>
    sizes.ignoring && random.below(3) === 0 ? IGNORE : random.below(sizes.outputs),
  );
  const targetCount = Math.max(1, expected.filter((target) => target !== IGNORE).length);
  const loss = ({ plan, graph, targets, sums }: Window, dLogits: Tensor | null): void =>
    recordLoss(plan, program, graph, targets, { sums, dLogits, targetCount, accumulate: false });

  const dLogits = program.tensor("d logits", whole.graph.logits.shape);
  loss(whole, dLogits);
  const starts = Array.from(scales.keys()).filter((t) => t === 0 || scales[t] !== 1);
  const windows = starts.map((start, i) => record(`window ${start}`, start, (starts[i + 1] ?? steps) - start));
  const counted = headAt === "last" ? windows.slice(-1) : windows;
  for (const window of counted) loss(window, null);

  const carryScale = program.tensor("carry scale", [steps]);
  const backward = program.plan("backward");
  const dInput = program.tensor("d input", [steps, batch, inputSize]);
  whole.graph.backward(backward, dLogits, carryScale, { dInput });
  const initialise = program.plan("initialise");
  recordInitialisation(initialise, parameters, sizes.seed);

  const machine = new Interpreter(program);
  machine.run(initialise);
  const input = machine.view(whole.graph.input);
  for (let i = 0; i < input.length; i++) input[i] = vocabulary === null ? uniform() : random.below(vocabulary);
  const stateSize = batch * sizes.hiddenSize;
  const states = whole.graph.states.map((tensor) => machine.view(tensor));
  for (const state of states) for (let i = 0; i < stateSize; i++) state[i] = uniform();
  machine.view(whole.targets).set(expected);
  machine.view(carryScale).set(scales);

  machine.run(whole.plan);
  const stateGradients = runBackward(machine, backward, whole.graph, stateSize);
  const frozen = states.map((state) => state.slice());
  for (const { start, graph, targets } of counted) {
    const rows = headAt === "all" ? expected.slice(start * batch, start * batch + graph.rows) : expected;
    machine.view(targets).set(rows);
  }

  /** The loss as the parameters, the input and the initial states are now. */
  function windowLoss(): number {
    let before = states.map((state) => state.subarray(0, stateSize));
    for (const { start, plan, graph } of windows) {
      const perStep = input.length / steps;
      machine.view(graph.input).set(input.subarray(start * perStep, start * perStep + graph.input.size));
      for (const [i, tensor] of graph.states.entries()) {
        const held = frozen[i]!.subarray(start * stateSize);
        const begin = before[i]!.map((s, j) => (start === 0 ? s : held[j]! + scales[start]! * (s - held[j]!)));
        machine.view(tensor).set(begin);
      }
      machine.run(plan);
      before = graph.states.map((tensor) => machine.view(tensor).slice(-stateSize));
    }
    return counted.reduce((sum, { sums }) => sum + machine.view(sums)[0]!, 0) / targetCount;
  }

  const variables = parameters.values.tensors.map(({ name }) => ({
    name,
    values: machine.view(parameters.values.get(name)),
    gradient: machine.view(parameters.gradients.get(name)),
  }));
  if (vocabulary === null) variables.push({ name: "input", values: input, gradient: machine.view(dInput) });
  for (const [i, tensor] of whole.graph.states.entries()) {
    variables.push({ name: `${tensor.name} at the start`, values: states[i]!.subarray(0, stateSize), gradient: stateGradients[i]! });
  }
  return { variables, loss: windowLoss, random };
}

/** One call of a plan, to look at scratch memory after it. */
class OneCall extends Plan {
  readonly #call: KernelCall;
  constructor(call: KernelCall) {
    super(
      call.kernel.name,
      () => {
        throw new Error("nothing more is recorded");
      },
      ownForms,
    );
    this.#call = call;
  }
  override get calls(): readonly KernelCall[] {
    return [this.#call];
  }
}

/** Runs the backward pass and keeps what lies in scratch memory when a layer is done: the gradients of its initial h and c. */
function runBackward(machine: Interpreter, backward: Plan, graph: Graph, stateSize: number): Float64Array[] {
  const found = new Map<Tensor, Float64Array>();
  let layer = graph.layers.length;
  const slot = new Map<string, Tensor>();
  for (const call of backward.calls) {
    const { kernel, tensors, scalars } = call;
    machine.run(new OneCall(call));
    for (const [i, name] of Object.keys(kernel.bindings).entries()) slot.set(name, tensors[i]!);
    const isDone = kernel.name === "finish_carry" || kernel.name.endsWith("_sequence_backward");
    if (!isDone && !(/_fused_backward/.test(kernel.name) && scalars.step === 0 && kernel.name !== "gru_before_fused_backward_reset"))
      continue;
    layer -= 1;
    const [hidden, cell] = graph.layers[layer]!.states;
    const first = (name: string): Float64Array => Float64Array.from(machine.view(slot.get(name)!).subarray(0, stateSize));
    found.set(hidden!, first("d_hidden"));
    if (cell !== undefined) found.set(cell, first("d_cell"));
  }
  return graph.states.map((tensor) => found.get(tensor)!);
}

describe("gradients equal central differences of f64 arithmetic: every parameter, the input, the initial state", () => {
  const forms = ["sequence", "fused", "step"] as const;
  test.each(cells.flatMap((cell) => forms.map((form) => [cell, form] as const)))("%s, %s form", (cell, form) => {
    fc.assert(
      fc.property(cases, (sizes) => {
        const { variables, loss, random } = build(cell, form, sizes);
        for (const { name, values, gradient } of variables) {
          const all = Array.from(values.keys());
          const chosen = all.length <= ELEMENTS ? all : Array.from({ length: ELEMENTS }, () => random.below(all.length));
          for (const i of chosen) {
            // The reset-before GRU has no bias_hh: the tensor is there, zero and not trained.
            const expected = derivative(values, i, loss);
            const got = gradient[i]!;
            const tolerance = ABSOLUTE + RELATIVE * Math.max(Math.abs(expected), Math.abs(got));
            if (!(Math.abs(got - expected) <= tolerance)) throw new Error(`${name}[${i}]: ${got}, by central differences ${expected}`);
          }
        }
      }),
      { numRuns: CASES_PER_FORM },
    );
  });
});
