import { describe, expect, test } from "vitest";
import { type Cell, cells } from "../config";
import { Program } from "../plan/program";
import { Interpreter } from "../testing/interpreter";
import { Graph } from "./network";
import { createParameters, recordInitialisation } from "./parameters";
import type { RecurrentForm } from "./recurrentLayer";
import type { ModelShape } from "./shape";
import { carryScales, recordLoss } from "./training";

// That gradients are right is for gradients.test.ts.

/** All gradients of a small network on fixed data, truncated to windows of two steps, in f64. */
function truncatedGradients(cell: Cell, form: RecurrentForm): number[] {
  const steps = 5;
  const batch = 3;
  const program = new Program();
  const shape: ModelShape = { cell, inputSize: 3, hiddenSize: 5, numLayers: 2, vocabulary: 6, outputs: 4 };
  const parameters = createParameters(program, shape, 0);
  const graph = new Graph(program, shape, parameters, { name: "g", steps, batch, headAt: "all", training: true, form });
  const targets = program.tensor("targets", [graph.rows], "u32");
  const dLogits = graph.createLogitGradients("d logits");
  const carryScale = program.tensor("carry scale", [steps]);
  const sums = program.tensor("sums", [3]);
  const initialise = program.plan("initialise");
  recordInitialisation(initialise, parameters, 7);
  const train = program.plan("train");
  graph.forward(train);
  recordLoss(train, program, graph, targets, { sums, dLogits, targetCount: graph.rows, accumulate: false });
  graph.backward(train, dLogits, carryScale);
  const machine = new Interpreter(program);
  machine.run(initialise);
  machine.view(carryScale).set(carryScales({ kind: "fixed", k: 2 }, steps, "all"));
  machine.view(graph.input).set(Array.from({ length: graph.input.size }, (_, i) => (i * 7 + 2) % 6));
  machine.view(targets).set(Array.from({ length: graph.rows }, (_, i) => (i * 5 + 1) % 4));
  for (const state of graph.states) machine.view(state).set(Array.from({ length: batch * 5 }, (_, i) => 0.5 * Math.cos(3 * i)));
  machine.run(train);
  return Array.from(machine.view(parameters.gradients.whole));
}

describe("the forms of the recurrence", () => {
  test.each(cells)("%s: give the same gradients to the last digits, truncated too", (cell) => {
    const sequence = truncatedGradients(cell, "sequence");
    expect(Math.max(...sequence.map(Math.abs))).toBeGreaterThan(1e-3);
    for (const form of ["fused", "step"] as const) {
      const other = truncatedGradients(cell, form);
      expect(Math.max(...sequence.map((value, i) => Math.abs(value - (other[i] ?? Number.NaN)))), form).toBeLessThan(1e-14);
    }
  });
});

describe("where truncated backpropagation through time is cut", () => {
  test("into windows from the start where every step has a target", () => {
    expect(Array.from(carryScales({ kind: "fixed", k: 2 }, 5, "all"))).toEqual([1, 1, 0, 1, 0]);
    expect(Array.from(carryScales({ kind: "fixed", k: 5 }, 5, "all"))).toEqual([1, 1, 1, 1, 1]);
    expect(Array.from(carryScales({ kind: "fixed", k: 1 }, 3, "all"))).toEqual([1, 0, 0]);
  });

  test("k steps back from the last where only that has a target", () => {
    expect(Array.from(carryScales({ kind: "fixed", k: 2 }, 5, "last"))).toEqual([1, 0, 1, 0, 1]);
    expect(Array.from(carryScales({ kind: "full" }, 3, "last"))).toEqual([1, 1, 1]);
  });
});
