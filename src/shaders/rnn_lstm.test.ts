import { describe, expect, it } from "vitest";
import { randomFloats } from "./cases/case";
import { finishCarry } from "./finish_carry";
import { lstmSequenceBackward, lstmSequenceForward } from "./lstm_sequence";
import { lstmStepBackward, lstmStepForward } from "./lstm_step";
import { matmulNn, matmulNt } from "./matmul";
import { packRecurrent } from "./recurrent_pack";
import { rnnSequenceBackward, rnnSequenceForward } from "./rnn_sequence";
import { rnnStepBackward, rnnStepForward } from "./rnn_step";

type Cell = "rnn" | "lstm";
const cells: readonly Cell[] = ["rnn", "lstm"];
const gateCount = { rnn: 1, lstm: 4 } as const;

interface Inputs {
  readonly cell: Cell;
  readonly steps: number;
  readonly batch: number;
  readonly hiddenSize: number;
  /** [T, B, G*H]: x W_ih^T + b_ih */
  readonly x: Float64Array;
  readonly weightHh: Float64Array;
  readonly biasHh: Float64Array;
  readonly h0: Float64Array;
  readonly c0: Float64Array;
  /** [T, B, H]: weights of the outputs in the loss */
  readonly dOutputs: Float64Array;
  readonly carryScale: Float64Array;
}

function randomInputs(cell: Cell, steps: number, batch: number, hiddenSize: number): Inputs {
  const random = (seed: number, count: number, scale: number) => Float64Array.from(randomFloats(seed, count), (value) => value * scale);
  const rows = gateCount[cell] * hiddenSize;
  return {
    ...{ cell, steps, batch, hiddenSize },
    x: random(1, steps * batch * rows, 1.5),
    weightHh: random(2, rows * hiddenSize, 0.8),
    biasHh: random(3, rows, 0.5),
    h0: random(4, batch * hiddenSize, 1),
    c0: random(5, batch * hiddenSize, 1),
    dOutputs: random(6, steps * batch * hiddenSize, 1),
    carryScale: new Float64Array(steps).fill(1),
  };
}

interface States {
  readonly gates: Float64Array;
  readonly hidden: Float64Array;
  readonly cell: Float64Array;
}

interface Gradients {
  readonly dGates: Float64Array;
  readonly dHidden: Float64Array;
  readonly dCell: Float64Array;
}

const slotSize = ({ batch, hiddenSize }: Inputs) => batch * hiddenSize;

function initialStates(inputs: Inputs): States {
  const size = (inputs.steps + 1) * slotSize(inputs);
  const states = { gates: inputs.x.slice(), hidden: new Float64Array(size), cell: new Float64Array(size) };
  states.hidden.set(inputs.h0);
  states.cell.set(inputs.c0);
  return states;
}

function initialGradients(inputs: Inputs): Gradients {
  const size = (inputs.steps + 1) * slotSize(inputs);
  const gradients = { dGates: new Float64Array(inputs.x.length), dHidden: new Float64Array(size), dCell: new Float64Array(size) };
  gradients.dHidden.set(inputs.dOutputs, slotSize(inputs));
  return gradients;
}

function packed({ cell, hiddenSize, weightHh }: Inputs) {
  const size = gateCount[cell] * hiddenSize * Math.ceil(hiddenSize / 4) * 4;
  const packs = { forward: new Float64Array(size), backward: new Float64Array(size) };
  packRecurrent.twin({ weight_hh: weightHh, ...packs }, { gates: gateCount[cell], hidden: hiddenSize });
  return packs;
}

function forward(inputs: Inputs): States {
  const states = initialStates(inputs);
  const { gates, hidden, cell } = states;
  const scalars = { steps: inputs.steps, batch: inputs.batch, hidden_size: inputs.hiddenSize };
  const weight = packed(inputs).forward;
  if (inputs.cell === "rnn") rnnSequenceForward.twin({ gates, weight, bias_hh: inputs.biasHh, hidden }, scalars);
  else lstmSequenceForward.twin({ gates, weight, bias_hh: inputs.biasHh, hidden, cell }, scalars);
  return states;
}

function backward(inputs: Inputs, { gates, hidden, cell }: States, fromAbove = 0, gradients = initialGradients(inputs)): Gradients {
  const { dGates: d_gates, dHidden: d_hidden, dCell: d_cell } = gradients;
  const scalars = { steps: inputs.steps, batch: inputs.batch, hidden_size: inputs.hiddenSize, from_above: fromAbove };
  const weight = packed(inputs).backward;
  const carry_scale = inputs.carryScale;
  if (inputs.cell === "rnn") rnnSequenceBackward.twin({ hidden, weight, carry_scale, d_hidden, d_gates }, scalars);
  else lstmSequenceBackward.twin({ gates, cell, weight, carry_scale, d_hidden, d_cell, d_gates }, scalars);
  return gradients;
}

/** The product of one step: a block of `rows` rows from an offset on, times weightHh or its transpose, into c. */
function product(kernel: typeof matmulNn, inputs: Inputs, a: Float64Array, aOffset: number, c: Float64Array, cOffset: number) {
  const rows = gateCount[inputs.cell] * inputs.hiddenSize;
  const isForward = kernel === matmulNt;
  const [n, k] = isForward ? [rows, inputs.hiddenSize] : [inputs.hiddenSize, rows];
  kernel.twin(
    { a, b: inputs.weightHh, bias: inputs.biasHh, c },
    {
      ...{ m: inputs.batch, n, k, lda: k, ldb: inputs.hiddenSize, ldc: n },
      ...{ a_offset: aOffset, b_offset: 0, c_offset: cOffset, has_bias: 0, accumulate: Number(isForward) },
    },
  );
}

function forwardBySteps(inputs: Inputs): States {
  const states = initialStates(inputs);
  const { gates, hidden, cell } = states;
  const slot = slotSize(inputs);
  for (let step = 0; step < inputs.steps; step++) {
    product(matmulNt, inputs, hidden, step * slot, gates, step * slot * gateCount[inputs.cell]);
    const scalars = { step, batch: inputs.batch, hidden_size: inputs.hiddenSize };
    if (inputs.cell === "rnn") rnnStepForward.twin({ gates, bias_hh: inputs.biasHh, hidden }, scalars);
    else lstmStepForward.twin({ gates, bias_hh: inputs.biasHh, hidden, cell }, scalars);
  }
  return states;
}

function backwardBySteps(inputs: Inputs, { gates, hidden, cell }: States): Gradients {
  const gradients = initialGradients(inputs);
  const { dGates: d_gates, dHidden: d_hidden, dCell: d_cell } = gradients;
  const slot = slotSize(inputs);
  const carry_scale = inputs.carryScale;
  // Left over from an earlier pass: neither the last step nor d_cell's last slot may read it.
  const d_carry = new Float64Array(slot).fill(7);
  d_cell.fill(7);
  for (let step = inputs.steps - 1; step >= 0; step--) {
    const scalars = { step, steps: inputs.steps, batch: inputs.batch, hidden_size: inputs.hiddenSize };
    if (inputs.cell === "rnn") rnnStepBackward.twin({ hidden, carry_scale, d_carry, d_hidden, d_gates }, scalars);
    else lstmStepBackward.twin({ gates, cell, carry_scale, d_carry, d_hidden, d_cell, d_gates }, scalars);
    product(matmulNn, inputs, d_gates, step * slot * gateCount[inputs.cell], d_carry, 0);
  }
  finishCarry.twin({ carry_scale, d_carry, d_hidden }, { batch: inputs.batch, hidden_size: inputs.hiddenSize });
  return gradients;
}

const loss = (inputs: Inputs): number => {
  const outputs = forward(inputs).hidden.subarray(slotSize(inputs));
  return inputs.dOutputs.reduce((sum, weight, i) => sum + weight * outputs[i]!, 0);
};

/** dL/dvalues by central differences. */
function differences(inputs: Inputs, values: Float64Array): Float64Array {
  const step = 1e-5;
  return values.map((value, i) => {
    values[i] = value + step;
    const above = loss(inputs);
    values[i] = value - step;
    const below = loss(inputs);
    values[i] = value;
    return (above - below) / (2 * step);
  });
}

function largestDifference(actual: Float64Array, expected: Float64Array): number {
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i]!)), 0) / scale;
}

function expectClose(actual: Float64Array, expected: Float64Array, tolerance: number, name: string) {
  expect(largestDifference(actual, expected), name).toBeLessThan(tolerance);
}

/** dW_hh = sum over t of d_gates_t^T h_{t-1}, db_hh = sum of d_gates_t. */
function parameterGradients(inputs: Inputs, { hidden }: States, { dGates }: Gradients) {
  const { cell, steps, batch, hiddenSize } = inputs;
  const rows = gateCount[cell] * hiddenSize;
  const dWeightHh = new Float64Array(rows * hiddenSize);
  const dBiasHh = new Float64Array(rows);
  for (let row = 0; row < steps * batch; row++) {
    for (let j = 0; j < rows; j++) {
      const d = dGates[row * rows + j]!;
      dBiasHh[j] = dBiasHh[j]! + d;
      for (let k = 0; k < hiddenSize; k++) {
        dWeightHh[j * hiddenSize + k] = dWeightHh[j * hiddenSize + k]! + d * hidden[row * hiddenSize + k]!;
      }
    }
  }
  return { dWeightHh, dBiasHh };
}

describe.each(cells)("%s", (cell) => {
  it.each([
    [1, 1, 1],
    [4, 2, 3],
    [3, 3, 5],
  ])("has the gradients of central differences at T=%i B=%i H=%i", (steps, batch, hiddenSize) => {
    const inputs = randomInputs(cell, steps, batch, hiddenSize);
    const states = forward(inputs);
    const gradients = backward(inputs, states);
    const { dWeightHh, dBiasHh } = parameterGradients(inputs, states, gradients);
    const slot = slotSize(inputs);
    expectClose(gradients.dGates, differences(inputs, inputs.x), 1e-6, "x");
    expectClose(dWeightHh, differences(inputs, inputs.weightHh), 1e-6, "weightHh");
    expectClose(dBiasHh, differences(inputs, inputs.biasHh), 1e-6, "biasHh");
    expectClose(gradients.dHidden.subarray(0, slot), differences(inputs, inputs.h0), 1e-6, "h0");
    if (cell === "lstm") expectClose(gradients.dCell.subarray(0, slot), differences(inputs, inputs.c0), 1e-6, "c0");
  });

  it("with carry_scale 0 gives what separate windows give, each started from the state before it", () => {
    const steps = 7;
    const starts = [0, 3, 5];
    const inputs = randomInputs(cell, steps, 2, 5);
    for (const start of starts) inputs.carryScale[start] = 0;
    const states = forward(inputs);
    const whole = backward(inputs, states);
    const slot = slotSize(inputs);
    const gateSlot = slot * gateCount[cell];
    for (const [i, start] of starts.entries()) {
      const end = starts[i + 1] ?? steps;
      const window: Inputs = {
        ...inputs,
        steps: end - start,
        x: inputs.x.slice(start * gateSlot, end * gateSlot),
        h0: states.hidden.slice(start * slot, (start + 1) * slot),
        c0: states.cell.slice(start * slot, (start + 1) * slot),
        dOutputs: inputs.dOutputs.slice(start * slot, end * slot),
        carryScale: inputs.carryScale.slice(start, end).fill(1, 1),
      };
      const alone = backward(window, forward(window));
      expectClose(whole.dGates.subarray(start * gateSlot, end * gateSlot), alone.dGates, 1e-14, "dGates");
      expectClose(whole.dHidden.subarray((start + 1) * slot, (end + 1) * slot), alone.dHidden.subarray(slot), 1e-14, "dHidden");
      if (cell === "lstm")
        expectClose(whole.dCell.subarray((start + 1) * slot, (end + 1) * slot), alone.dCell.subarray(slot), 1e-14, "dCell");
    }
    expect(whole.dHidden.subarray(0, slot).every((value) => value === 0)).toBe(true);
    expect(whole.dCell.subarray(0, slot).every((value) => value === 0)).toBe(true);
  });

  it("reads gradients from above only where from_above says that there are some", () => {
    const steps = 4;
    const inputs = randomInputs(cell, steps, 2, 3);
    const states = forward(inputs);
    const slot = slotSize(inputs);
    for (const fromAbove of [1, 3, 4, 9]) {
      const earlier = Math.max(0, steps - fromAbove) * slot;
      const zeros = initialGradients(inputs);
      zeros.dHidden.fill(0, slot, slot + earlier);
      const unread = initialGradients(inputs);
      unread.dHidden.fill(Number.NaN, 0, slot + earlier);
      expect(backward(inputs, states, fromAbove, unread)).toEqual(backward(inputs, states, 0, zeros));
    }
  });

  it("gives the same by steps and matmuls as by the whole sequence", () => {
    const inputs = { ...randomInputs(cell, 5, 3, 6), carryScale: Float64Array.from(randomFloats(8, 5, 0, 1.5)) };
    const [states, stepStates] = [forward(inputs), forwardBySteps(inputs)];
    expectClose(stepStates.hidden, states.hidden, 1e-12, "hidden");
    const [gradients, stepGradients] = [backward(inputs, states), backwardBySteps(inputs, stepStates)];
    expectClose(stepGradients.dGates, gradients.dGates, 1e-12, "dGates");
    expectClose(stepGradients.dHidden, gradients.dHidden, 1e-12, "dHidden");
    if (cell === "lstm") {
      expectClose(stepStates.gates, states.gates, 1e-12, "gates");
      expectClose(stepStates.cell, states.cell, 1e-12, "cell");
      expectClose(stepGradients.dCell, gradients.dCell, 1e-12, "dCell");
    }
  });
});
