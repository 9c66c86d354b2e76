import { describe, expect, test } from "vitest";
import { type Bptt, type Cell, cells } from "../config";
import { Program } from "../plan/program";
import { Interpreter } from "../testing/interpreter";
import { Graph, type HeadAt } from "./network";
import { createParameters, recordInitialisation } from "./parameters";
import type { RecurrentForm } from "./recurrentLayer";
import type { ModelShape } from "./shape";
import { carryScales, recordLoss } from "./training";

const STEPS = 5;
const BATCH = 3;

interface Case {
  readonly cell: Cell;
  readonly form: RecurrentForm;
  readonly headAt: HeadAt;
  readonly tokens: boolean;
}

/** A network of two layers on random data, ready to compute its loss and gradients in f64. */
function build({ cell, form, headAt, tokens }: Case, bptt: Bptt = { kind: "full" }) {
  const program = new Program();
  const shape: ModelShape = { cell, inputSize: 3, hiddenSize: 5, numLayers: 2, vocabulary: tokens ? 6 : null, outputs: 4 };
  const parameters = createParameters(program, shape, 0);
  const graph = new Graph(program, shape, parameters, { name: "g", steps: STEPS, batch: BATCH, headAt, training: true, form });
  const targets = program.tensor("targets", [graph.rows], "u32");
  const dLogits = program.tensor("d logits", [graph.rows, shape.outputs]);
  const carryScale = program.tensor("carry scale", [STEPS]);
  const sums = program.tensor("sums", [3]);
  const initialise = program.plan("initialise");
  recordInitialisation(initialise, parameters, 7);
  const forward = program.plan("forward");
  graph.forward(forward);
  recordLoss(forward, program, graph, targets, { sums, dLogits, targetCount: graph.rows, accumulate: false });
  const backward = program.plan("backward");
  graph.backward(backward, dLogits, carryScale);
  const machine = new Interpreter(program);
  machine.run(initialise);
  machine.view(carryScale).set(carryScales(bptt, STEPS, headAt));
  machine.view(graph.input).set(Array.from({ length: graph.input.size }, (_, i) => (tokens ? (i * 7 + 2) % 6 : Math.sin(i + 1))));
  machine.view(targets).set(Array.from({ length: graph.rows }, (_, i) => (i * 5 + 1) % 4));
  for (const state of graph.states) {
    const size = BATCH * shape.hiddenSize;
    machine.view(state).set(
      Array.from({ length: size }, (_, i) => 0.5 * Math.cos(3 * i)),
      0,
    );
  }
  const loss = (): number => {
    machine.run(forward);
    return machine.view(sums)[0]! / graph.rows;
  };
  return { machine, parameters, graph, loss, backward };
}

const forms: RecurrentForm[] = ["sequence", "step"];
const cases: Case[] = cells.flatMap((cell) =>
  forms.flatMap((form) => [
    { cell, form, headAt: "last" as const, tokens: false },
    { cell, form, headAt: "all" as const, tokens: true },
  ]),
);

describe("the whole network's gradient", () => {
  test.each(cases)("$cell, $form form, head at $headAt, tokens $tokens equals central differences", (each) => {
    const { machine, parameters, loss, backward } = build(each);
    loss();
    machine.run(backward);
    const analytic = new Map(parameters.gradients.tensors.map((tensor) => [tensor.name, machine.view(tensor).slice()]));
    const h = 1e-5;
    for (const tensor of parameters.values.tensors) {
      // Not trained, and zero by definition.
      if (each.cell === "gru_reset_before" && tensor.name.includes("bias_hh")) continue;
      const view = machine.view(tensor);
      for (let i = 0; i < view.length; i++) {
        const value = view[i]!;
        view[i] = value + h;
        const above = loss();
        view[i] = value - h;
        const below = loss();
        view[i] = value;
        const expected = (above - below) / (2 * h);
        const got = analytic.get(tensor.name)?.[i] ?? Number.NaN;
        expect(Math.abs(got - expected), `${tensor.name}[${i}]: ${got} against ${expected}`).toBeLessThan(1e-9 + 1e-6 * Math.abs(expected));
      }
    }
  });

  test.each(cells)("%s: both forms of the recurrence give the same gradients, truncated too", (cell) => {
    const gradients = forms.map((form) => {
      const { machine, parameters, loss, backward } = build({ cell, form, headAt: "all", tokens: true }, { kind: "fixed", k: 2 });
      loss();
      machine.run(backward);
      return Array.from(machine.view(parameters.gradients.whole));
    });
    const [sequence = [], step = []] = gradients;
    expect(Math.max(...sequence.map((value, i) => Math.abs(value - (step[i] ?? Number.NaN))))).toBeLessThan(1e-14);
  });
});

describe("truncated backpropagation through time", () => {
  test("cuts windows from the start where every step has a target", () => {
    expect(Array.from(carryScales({ kind: "fixed", k: 2 }, 5, "all"))).toEqual([1, 1, 0, 1, 0]);
    expect(Array.from(carryScales({ kind: "fixed", k: 5 }, 5, "all"))).toEqual([1, 1, 1, 1, 1]);
    expect(Array.from(carryScales({ kind: "fixed", k: 1 }, 3, "all"))).toEqual([1, 0, 0]);
  });

  test("goes back k steps from the last where only that has a target", () => {
    expect(Array.from(carryScales({ kind: "fixed", k: 2 }, 5, "last"))).toEqual([1, 0, 1, 0, 1]);
    expect(Array.from(carryScales({ kind: "full" }, 3, "last"))).toEqual([1, 1, 1]);
  });

  test("no gradient reaches steps before the window", () => {
    const { machine, graph, loss, backward, parameters } = build(
      { cell: "lstm", form: "sequence", headAt: "last", tokens: false },
      { kind: "fixed", k: 2 },
    );
    loss();
    machine.run(backward);
    const before = Array.from(machine.view(parameters.gradients.get("rnn.weight_ih_l0")));
    // The first layer's input weights see the inputs of the last two steps only, so earlier inputs may be anything.
    const input = machine.view(graph.input);
    input.fill(0, 0, (STEPS - 2) * BATCH * 3);
    machine.run(backward);
    expect(Array.from(machine.view(parameters.gradients.get("rnn.weight_ih_l0")))).toEqual(before);
  });
});
