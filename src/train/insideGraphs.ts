import { Graph } from "../model/network";
import type { Parameters } from "../model/parameters";
import type { RecurrentForm } from "../model/recurrentLayer";
import { gateCount, type ModelShape } from "../model/shape";
import type { Plan } from "../plan/plan";
import type { Program } from "../plan/program";
import { bytesPerElement, type Tensor } from "../plan/tensor";

/** Reads one image [T, 1, I] and keeps every state; then hands the gradient of what `dLogits` chooses back to the image. */
export interface LookGraph {
  readonly forward: Plan;
  readonly backward: Plan;
  readonly graph: Graph;
  /** [T, padded classes], of the parameters' storage type; written by the host. */
  readonly dLogits: Tensor;
  /** [T, 1, I] */
  readonly dInput: Tensor;
  /** f32 [T], all ones: whatever the run truncates, the gradient of the network itself is asked for. */
  readonly carryScale: Tensor;
}

/** One replay reads `steps` tokens of one sequence, keeps every state, and carries the last over to the next replay. */
export interface ReadGraph {
  readonly plan: Plan;
  readonly graph: Graph;
  readonly steps: number;
  /** Device memory that only this graph takes. */
  readonly bytes: number;
}

interface Options {
  /** T of a sequence; of a text, which has no end of its own, as many as one replay may take. */
  readonly steps: number;
  readonly form: RecurrentForm;
}

/** Records the two passes of a LookGraph. They share the parameters with training, and write none of their gradients. */
export function recordLook(program: Program, shape: ModelShape, parameters: Parameters, { steps, form }: Options): LookGraph {
  const graph = new Graph(program, shape, parameters, { name: "look", steps, batch: 1, headAt: "all", training: true, form });
  const dLogits = graph.createLogitGradients("look d logits", parameters.storage);
  const dInput = program.tensor("look d input", [steps, 1, shape.inputSize], parameters.storage);
  const carryScale = program.tensor("look carry scale", [steps]);
  const forward = program.plan("look", "first use");
  graph.forward(forward);
  const backward = program.plan("look back", "first use");
  graph.backward(backward, dLogits, carryScale, { dInput, parameters: false });
  return { forward, backward, graph, dLogits, dInput, carryScale };
}

/** Steps of one replay: many, so that reading is quick, in little memory whatever the size of the network. */
export const READ_STEPS = 64;
const MAX_BYTES = 16 * 1024 * 1024;

/** Records the pass of a ReadGraph. */
export function recordRead(program: Program, shape: ModelShape, parameters: Parameters, options: Options): ReadGraph {
  const { hiddenSize, numLayers, cell, outputs } = shape;
  const bytesPerStep = bytesPerElement.f32 * (numLayers * (gateCount[cell] + 2) * hiddenSize + outputs);
  const steps = Math.max(1, Math.min(options.steps, READ_STEPS, Math.floor(MAX_BYTES / bytesPerStep)));
  const before = program.bytes;
  const graph = new Graph(program, shape, parameters, { name: "read", steps, batch: 1, headAt: "all", training: true, form: options.form });
  const plan = program.plan("read", "first use");
  graph.forward(plan);
  graph.carry(plan);
  return { plan, graph, steps, bytes: program.bytes - before };
}
