import type { Cell, RunConfig } from "../config";
import { initialControl, LossScaling } from "../model/lossScaling";
import { Graph, type HeadAt } from "../model/network";
import { createParameters, type Parameters, recordNarrowing } from "../model/parameters";
import type { ModelShape } from "../model/shape";
import { carryScales, createStepState, recordLoss } from "../model/training";
import type { HostArray } from "../plan/executor";
import { type ChooseForm, ownForms } from "../plan/forms";
import type { Plan } from "../plan/plan";
import { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { randomFloats, randomIntegers } from "../shaders/cases/case";
import { roundToHalf } from "../shaders/half";

const STEPS = 5;
const BATCH = 4;
const SEED = 1700;

/** The sizes are those of kernel cases, so that a device which has run these has the pipelines. */
const shapeOf = (cell: Cell, tokens: boolean): ModelShape => ({
  cell,
  inputSize: 8,
  hiddenSize: 32,
  numLayers: 2,
  vocabulary: tokens ? 12 : null,
  outputs: 10,
});

/** The four networks differ in their input and head too, so that together they use every part that a run is made of. */
const variants: Readonly<Record<Cell, { readonly tokens: boolean; readonly headAt: HeadAt }>> = {
  rnn_tanh: { tokens: false, headAt: "last" },
  lstm: { tokens: true, headAt: "all" },
  gru: { tokens: true, headAt: "last" },
  gru_reset_before: { tokens: false, headAt: "all" },
};

/** A network of two layers with random weights, states, inputs and targets: one loss and its gradient, in f16 with a loss scale. */
export interface GradientNet {
  readonly program: Program;
  readonly parameters: Parameters;
  /** Inputs to `sums`. */
  readonly loss: Plan;
  /** After `loss`: to every parameter's gradient, without the loss scale. */
  readonly backward: Plan;
  /** Each call of both plans as a plan of its own, in order. */
  readonly calls: readonly Plan[];
  /** [0] is the loss summed over `targetCount` targets. */
  readonly sums: Tensor;
  readonly targetCount: number;
  /** What to write, from the start of each tensor, before anything runs. */
  readonly inputs: readonly (readonly [tensor: Tensor, data: HostArray])[];
}

/** @param chooseForm says in which form a GPU runs each kernel call. */
export function gradientNet(cell: Cell, precision: RunConfig["precision"] = "f32", chooseForm: ChooseForm = ownForms): GradientNet {
  const { tokens, headAt } = variants[cell];
  const shape = shapeOf(cell, tokens);
  const program = new Program(chooseForm);
  const parameters = createParameters(program, shape, 0, precision);
  const graph = new Graph(program, shape, parameters, { name: "check", steps: STEPS, batch: BATCH, headAt, training: true });
  const targets = program.tensor("targets", [graph.rows], "u32");
  const dLogits = graph.createLogitGradients("d logits");
  const carryScale = program.tensor("carry scale", [STEPS]);
  const sums = program.tensor("sums", [3]);
  const state = createStepState(program);
  const loss = program.plan("loss");
  recordNarrowing(loss, parameters, state.control);
  graph.forward(loss);
  recordLoss(loss, program, graph, targets, { sums, dLogits, targetCount: graph.rows, accumulate: false });
  const backward = program.plan("backward");
  if (precision === "f32") {
    graph.backward(backward, dLogits, carryScale);
  } else {
    const scaling = new LossScaling(program, { shape, batch: BATCH, steps: STEPS, state, reach: new Float32Array(STEPS).fill(1) });
    graph.backward(backward, scaling.narrow(backward, dLogits), carryScale);
    scaling.unscale(backward, parameters.gradients.whole);
  }

  const { size } = graph.input;
  const inputs: [Tensor, HostArray][] = [
    [graph.input, shape.vocabulary === null ? randomFloats(SEED, size) : randomIntegers(SEED, size, shape.vocabulary)],
    [targets, randomIntegers(SEED + 1, graph.rows, shape.outputs)],
    [carryScale, carryScales({ kind: "full" }, STEPS, headAt)],
    ...graph.states.map((state, i): [Tensor, HostArray] => [state, randomFloats(SEED + 2 + i, BATCH * shape.hiddenSize)]),
    ...parameters.specs.map((spec, i): [Tensor, HostArray] => {
      const tensor = parameters.values.get(spec.name);
      const bound = spec.init.kind === "uniform" ? spec.init.bound : spec.init.kind === "normal" ? 1 : 0;
      return [tensor, randomFloats(SEED + 20 + i, tensor.size, -bound, bound)];
    }),
  ];
  // What f16 cannot hold would be another network on the device than in f64.
  const held = inputs.map(([tensor, data]): [Tensor, HostArray] => [
    tensor,
    precision === "f16" && data instanceof Float32Array ? data.map(roundToHalf) : data,
  ]);
  held.push([state.control, initialControl(precision)]);
  return {
    program,
    parameters,
    loss,
    backward,
    calls: singleCalls(program, [loss, backward]),
    sums,
    targetCount: graph.rows,
    inputs: held,
  };
}

function singleCalls(program: Program, plans: readonly Plan[]): Plan[] {
  return plans
    .flatMap(({ calls }) => calls)
    .map((call, i) => {
      const plan = program.plan(`call ${i}`);
      plan.repeat(call);
      return plan;
    });
}
