import { describe, expect, it } from "vitest";
import { randomFloats } from "./cases/case";
import { gruBeforeSequenceBackward, gruBeforeSequenceForward } from "./gru_before_sequence";
import {
  gruBeforeStepBackwardOutput,
  gruBeforeStepBackwardReset,
  gruBeforeStepForwardGates,
  gruBeforeStepForwardOutput,
} from "./gru_before_step";
import { gruSequenceBackward, gruSequenceForward } from "./gru_sequence";
import { gruStepBackward, gruStepForward } from "./gru_step";
import { packRecurrent } from "./recurrent_pack";

type Form = "after" | "before";
const forms: readonly Form[] = ["after", "before"];

interface Inputs {
  readonly steps: number;
  readonly batch: number;
  readonly hiddenSize: number;
  /** [T, B, 3H]: x W_ih^T + b_ih */
  readonly x: Float64Array;
  readonly weightHh: Float64Array;
  readonly biasHh: Float64Array;
  readonly h0: Float64Array;
  /** [T, B, H]: weights of the outputs in the loss */
  readonly dOutputs: Float64Array;
  readonly carryScale: Float64Array;
}

function randomInputs(steps: number, batch: number, hiddenSize: number): Inputs {
  const random = (seed: number, count: number, scale: number) => Float64Array.from(randomFloats(seed, count), (x) => x * scale);
  return {
    steps,
    batch,
    hiddenSize,
    x: random(1, steps * batch * 3 * hiddenSize, 1.5),
    weightHh: random(2, 3 * hiddenSize * hiddenSize, 0.8),
    biasHh: random(3, 3 * hiddenSize, 0.5),
    h0: random(4, batch * hiddenSize, 1),
    dOutputs: random(5, steps * batch * hiddenSize, 1),
    carryScale: new Float64Array(steps).fill(1),
  };
}

function packed({ hiddenSize: H, weightHh }: Inputs) {
  const width = Math.ceil(H / 4) * 4;
  const forward = new Float64Array(H * 3 * width);
  const backward = new Float64Array(3 * H * width);
  packRecurrent.twin({ weight_hh: weightHh, forward, backward }, { gates: 3, hidden: H });
  return { forward, backward };
}

const emptyGradients = ({ steps, batch, hiddenSize: H, dOutputs }: Inputs) => {
  const dHidden = new Float64Array((steps + 1) * batch * H);
  dHidden.set(dOutputs, batch * H);
  return { dHidden, dGates: new Float64Array(steps * batch * 3 * H), dHiddenTerm: new Float64Array(steps * batch * H) };
};

const initialState = ({ steps, batch, hiddenSize: H, x, h0 }: Inputs) => {
  const hidden = new Float64Array((steps + 1) * batch * H);
  hidden.set(h0);
  return { gates: x.slice(), hidden, hiddenTerm: new Float64Array(steps * batch * H) };
};

function forward(form: Form, inputs: Inputs) {
  const { steps, batch, hiddenSize, biasHh } = inputs;
  const state = initialState(inputs);
  const scalars = { steps, batch, hidden_size: hiddenSize };
  const { gates, hidden, hiddenTerm: hidden_term } = state;
  const weight = packed(inputs).forward;
  if (form === "after") gruSequenceForward.twin({ gates, weight, bias_hh: biasHh, hidden, hidden_term }, scalars);
  else gruBeforeSequenceForward.twin({ gates, weight, hidden, hidden_term }, scalars);
  return state;
}

function backward(
  form: Form,
  inputs: Inputs,
  { gates, hidden, hiddenTerm }: ReturnType<typeof forward>,
  fromAbove = 0,
  gradients = emptyGradients(inputs),
) {
  const { steps, batch, hiddenSize, carryScale } = inputs;
  const scalars = { steps, batch, hidden_size: hiddenSize, from_above: fromAbove };
  const { dHidden: d_hidden, dGates: d_gates, dHiddenTerm: d_hidden_term } = gradients;
  const shared = { gates, hidden, weight: packed(inputs).backward, carry_scale: carryScale, d_hidden, d_gates, d_hidden_term };
  if (form === "after") gruSequenceBackward.twin({ ...shared, hidden_term: hiddenTerm }, scalars);
  else gruBeforeSequenceBackward.twin(shared, scalars);
  return gradients;
}

function loss(form: Form, inputs: Inputs): number {
  const { batch, hiddenSize, dOutputs } = inputs;
  const { hidden } = forward(form, inputs);
  return dOutputs.reduce((sum, weight, i) => sum + weight * hidden[batch * hiddenSize + i]!, 0);
}

/** d loss / d values, each entry moved both ways; the twins must not keep anything of it. */
function centralDifferences(form: Form, inputs: Inputs, values: Float64Array): Float64Array {
  const delta = 1e-5;
  return values.map((value, i) => {
    values[i] = value + delta;
    const above = loss(form, inputs);
    values[i] = value - delta;
    const below = loss(form, inputs);
    values[i] = value;
    return (above - below) / (2 * delta);
  });
}

/** The parameters' gradients as a layer makes them: products of d_gates and d_hidden_term with what they were multiplied by. */
function parameterGradients(form: Form, inputs: Inputs) {
  const { steps, batch, hiddenSize: H } = inputs;
  const state = forward(form, inputs);
  const { dHidden, dGates, dHiddenTerm } = backward(form, inputs, state);
  const dWeightHh = new Float64Array(3 * H * H);
  const dBiasHh = new Float64Array(3 * H);
  for (let row = 0; row < steps * batch; row++) {
    for (let j = 0; j < 3 * H; j++) {
      const isNew = j >= 2 * H;
      const d = isNew && form === "after" ? dHiddenTerm[row * H + j - 2 * H]! : dGates[row * 3 * H + j]!;
      const source = isNew && form === "before" ? state.hiddenTerm : state.hidden;
      if (form === "after") dBiasHh[j]! += d;
      for (let k = 0; k < H; k++) dWeightHh[j * H + k]! += d * source[row * H + k]!;
    }
  }
  return { x: dGates, weightHh: dWeightHh, biasHh: dBiasHh, h0: dHidden.slice(0, batch * H) };
}

function expectClose(actual: Float64Array, expected: Float64Array, abs: number, rel: number): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= abs + rel * Math.abs(expected[i]!)));
  expect(worst, `entry ${worst} is ${actual[worst]}, expected ${expected[worst]}`).toBe(-1);
}

/** out[b, j] (+)= sum_k a[b, k] weight[j, k], or sum_k a[b, k] weight[k, j] if transposed. */
function product(inputs: Inputs, a: Float64Array, gate: number, transposed: boolean): Float64Array {
  const { batch, hiddenSize: H, weightHh } = inputs;
  return Float64Array.from({ length: batch * H }, (_, i) => {
    const [b, j] = [Math.floor(i / H), i % H];
    let sum = 0;
    for (let k = 0; k < H; k++) sum += a[b * H + k]! * weightHh[gate * H * H + (transposed ? k * H + j : j * H + k)]!;
    return sum;
  });
}

/** Block `gate` of one step of a [T, B, 3H] tensor, as [B, H]. */
function block({ batch, hiddenSize: H }: Inputs, gates: Float64Array, step: number, gate: number): Float64Array {
  return Float64Array.from({ length: batch * H }, (_, i) => gates[((step * batch + Math.floor(i / H)) * 3 + gate) * H + (i % H)]!);
}

function addBlock({ batch, hiddenSize: H }: Inputs, gates: Float64Array, step: number, gate: number, values: Float64Array): void {
  for (const [i, value] of values.entries()) gates[((step * batch + Math.floor(i / H)) * 3 + gate) * H + (i % H)]! += value;
}

function add(target: Float64Array, values: Float64Array): void {
  for (const [i, value] of values.entries()) target[i]! += value;
}

function chainedForward(form: Form, inputs: Inputs) {
  const { steps, batch, hiddenSize, biasHh } = inputs;
  const state = initialState(inputs);
  const { gates, hidden, hiddenTerm: hidden_term } = state;
  const size = batch * hiddenSize;
  for (let step = 0; step < steps; step++) {
    const scalars = { step, batch, hidden_size: hiddenSize };
    const h = hidden.slice(step * size, (step + 1) * size);
    for (const gate of [0, 1]) addBlock(inputs, gates, step, gate, product(inputs, h, gate, false));
    if (form === "after") {
      hidden_term.set(product(inputs, h, 2, false), step * size);
      gruStepForward.twin({ gates, bias_hh: biasHh, hidden, hidden_term }, scalars);
    } else {
      gruBeforeStepForwardGates.twin({ gates, hidden, hidden_term }, scalars);
      addBlock(inputs, gates, step, 2, product(inputs, hidden_term.slice(step * size, (step + 1) * size), 2, false));
      gruBeforeStepForwardOutput.twin({ gates, hidden }, scalars);
    }
  }
  return state;
}

function chainedBackward(form: Form, inputs: Inputs, { gates, hidden, hiddenTerm: hidden_term }: ReturnType<typeof forward>) {
  const { steps, batch, hiddenSize, carryScale: carry_scale } = inputs;
  const gradients = emptyGradients(inputs);
  const { dHidden: d_hidden, dGates: d_gates, dHiddenTerm: d_hidden_term } = gradients;
  const size = batch * hiddenSize;
  const d_carry = new Float64Array(size).fill(Number.NaN);
  for (let step = steps - 1; step >= 0; step--) {
    const scalars = { step, steps, batch, hidden_size: hiddenSize };
    if (form === "after") {
      gruStepBackward.twin({ gates, hidden, hidden_term, carry_scale, d_carry, d_hidden, d_gates, d_hidden_term }, scalars);
      add(d_carry, product(inputs, d_hidden_term.slice(step * size, (step + 1) * size), 2, true));
    } else {
      gruBeforeStepBackwardOutput.twin({ gates, hidden, carry_scale, d_carry, d_hidden, d_gates }, scalars);
      d_hidden_term.set(product(inputs, block(inputs, d_gates, step, 2), 2, true), step * size);
      gruBeforeStepBackwardReset.twin({ gates, hidden, d_hidden_term, d_carry, d_gates }, scalars);
    }
    for (const gate of [0, 1]) add(d_carry, product(inputs, block(inputs, d_gates, step, gate), gate, true));
  }
  d_hidden.set(d_carry.map((value) => value * carry_scale[0]!));
  return gradients;
}

describe.each(forms)("GRU, reset %s the product", (form) => {
  it.each([
    [1, 1, 1],
    [4, 2, 3],
    [3, 1, 6],
  ])("has the gradients of central differences at T=%i B=%i H=%i", (steps, batch, hiddenSize) => {
    const inputs = randomInputs(steps, batch, hiddenSize);
    const gradients = parameterGradients(form, inputs);
    for (const name of ["x", "weightHh", "biasHh", "h0"] as const) {
      expectClose(gradients[name], centralDifferences(form, inputs, inputs[name]), 1e-9, 1e-6);
    }
  });

  it("equals separate windows where carry_scale is 0", () => {
    const inputs = randomInputs(7, 2, 3);
    const cuts = [0, 2, 5, 7];
    for (const t of cuts.slice(0, 3)) inputs.carryScale[t] = 0;
    const state = forward(form, inputs);
    const whole = backward(form, inputs, state);
    const size = inputs.batch * inputs.hiddenSize;
    for (const [i, from] of cuts.slice(0, 3).entries()) {
      const to = cuts[i + 1]!;
      const window: Inputs = {
        ...inputs,
        steps: to - from,
        x: inputs.x.slice(from * 3 * size, to * 3 * size),
        h0: state.hidden.slice(from * size, (from + 1) * size),
        dOutputs: inputs.dOutputs.slice(from * size, to * size),
        carryScale: new Float64Array(to - from).fill(1),
      };
      const part = backward(form, window, forward(form, window));
      expectClose(whole.dGates.slice(from * 3 * size, to * 3 * size), part.dGates, 1e-14, 0);
      expectClose(whole.dHiddenTerm.slice(from * size, to * size), part.dHiddenTerm, 1e-14, 0);
      expectClose(whole.dHidden.slice((from + 1) * size, (to + 1) * size), part.dHidden.slice(size), 1e-14, 0);
    }
    expect(whole.dHidden.slice(0, size).every((value) => value === 0)).toBe(true);
  });

  it("reads gradients from above only where from_above says that there are some", () => {
    const steps = 4;
    const inputs = randomInputs(steps, 2, 3);
    const state = forward(form, inputs);
    const slot = inputs.batch * inputs.hiddenSize;
    for (const fromAbove of [1, 3, 4, 9]) {
      const earlier = Math.max(0, steps - fromAbove) * slot;
      const zeros = emptyGradients(inputs);
      zeros.dHidden.fill(0, slot, slot + earlier);
      const unread = emptyGradients(inputs);
      unread.dHidden.fill(Number.NaN, 0, slot + earlier);
      expect(backward(form, inputs, state, fromAbove, unread)).toEqual(backward(form, inputs, state, 0, zeros));
    }
  });

  it("is what its step kernels make when chained with plain products", () => {
    const inputs = randomInputs(5, 3, 4);
    inputs.carryScale.set([0.5, 1, 0, 1.5, 1]);
    const state = forward(form, inputs);
    const chained = chainedForward(form, inputs);
    for (const name of ["gates", "hidden", "hiddenTerm"] as const) expectClose(chained[name], state[name], 1e-12, 1e-12);
    const gradients = backward(form, inputs, state);
    const chainedGradients = chainedBackward(form, inputs, chained);
    for (const name of ["dGates", "dHidden", "dHiddenTerm"] as const) expectClose(chainedGradients[name], gradients[name], 1e-12, 1e-12);
  });

  it("follows the published formula", () => {
    const inputs = randomInputs(3, 2, 5);
    const { steps, batch, hiddenSize: H, x, weightHh, biasHh } = inputs;
    const bias = form === "after" ? biasHh : new Float64Array(3 * H);
    const sigmoid = (a: number) => 1 / (1 + Math.exp(-a));
    const linear = (gate: number, h: readonly number[]) =>
      Array.from({ length: H }, (_, j) =>
        h.reduce((sum, value, k) => sum + weightHh[(gate * H + j) * H + k]! * value, bias[gate * H + j]!),
      );
    const outputs = new Float64Array(steps * batch * H);
    for (let b = 0; b < batch; b++) {
      let h = Array.from(inputs.h0.slice(b * H, (b + 1) * H));
      for (let t = 0; t < steps; t++) {
        const xGate = (gate: number, j: number) => x[((t * batch + b) * 3 + gate) * H + j]!;
        const r = linear(0, h).map((a, j) => sigmoid(xGate(0, j) + a));
        const z = linear(1, h).map((a, j) => sigmoid(xGate(1, j) + a));
        // after: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html; before: Cho et al. 2014, equation 8
        const hiddenPart =
          form === "after"
            ? linear(2, h).map((a, j) => r[j]! * a)
            : linear(
                2,
                h.map((value, j) => r[j]! * value),
              );
        const previous = h;
        h = hiddenPart.map((a, j) => (1 - z[j]!) * Math.tanh(xGate(2, j) + a) + z[j]! * previous[j]!);
        outputs.set(h, (t * batch + b) * H);
      }
    }
    expectClose(forward(form, inputs).hidden.slice(batch * H), outputs, 1e-13, 0);
  });
});
