import { expect, test } from "vitest";
import type { Cell } from "../config";
import { Program } from "../plan/program";
import { Interpreter } from "../testing/interpreter";
import { createParameters, recordInitialisation } from "./parameters";

function drawn(cell: Cell, forgetBias?: number): Readonly<Record<string, readonly number[]>> {
  const program = new Program();
  const shape = {
    cell,
    inputSize: 3,
    hiddenSize: 4,
    numLayers: 2,
    vocabulary: null,
    outputs: 2,
    ...(forgetBias !== undefined && { forgetBias }),
  };
  const parameters = createParameters(program, shape, 0);
  const plan = program.plan("initialise");
  recordInitialisation(plan, parameters, 7);
  const machine = new Interpreter(program);
  machine.run(plan);
  return Object.fromEntries(parameters.specs.map(({ name }) => [name, Array.from(machine.view(parameters.values.get(name)))]));
}

test("a forget bias is added to the forget gate's rows of each LSTM layer's bias_hh, and to nothing else", () => {
  const plain = drawn("lstm");
  const biased = drawn("lstm", 1.5);
  for (const [name, values] of Object.entries(plain)) {
    const expected = values.map((value, row) => (name.startsWith("rnn.bias_hh") && row >= 4 && row < 8 ? value + 1.5 : value));
    expect(biased[name], name).toEqual(expected);
  }
});

test.each(["rnn_tanh", "gru", "gru_reset_before"] as const)("%s has no forget gate", (cell) => {
  expect(drawn(cell, 1.5)).toEqual(drawn(cell));
});
