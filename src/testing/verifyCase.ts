import { FileError } from "../files/fileError";
import { floatTensor, type StoredTensor, uintTensor, writeSafetensors } from "../files/safetensors";
import { Graph } from "../model/network";
import { createParameters } from "../model/parameters";
import { carryScales, createStepState, hyperValues, momentCount, recordCrossEntropy, recordUpdate } from "../model/training";
import { Program } from "../plan/program";
import { sizeOf } from "../plan/tensor";
import { randomFloats, randomIntegers } from "../shaders/cases/case";
import type { CaseFolder } from "../verify/case";
import type { CaseConfig } from "../verify/schema";
import { Interpreter } from "./interpreter";

/** A case of verify that need not lie on a disk; `json` and the tensors may be changed before it is read. */
export interface MemoryCase {
  json: unknown;
  readonly inputs: Map<string, StoredTensor>;
  readonly weights: Map<string, StoredTensor>;
  readonly expected: Map<string, StoredTensor>;
}

/** Folder "memory" with a case's files; a file named in `instead` has those bytes, or is missing. */
export function memoryFolder({ json, inputs, weights, expected }: MemoryCase, instead: Readonly<Record<string, Uint8Array | null>> = {}) {
  const files = new Map<string, Uint8Array | null>([
    ["case.json", new TextEncoder().encode(JSON.stringify(json))],
    ["inputs.safetensors", writeSafetensors(inputs)],
    ["weights.safetensors", writeSafetensors(weights)],
    ["expected.safetensors", writeSafetensors(expected)],
    ...Object.entries(instead),
  ]);
  const folder: CaseFolder = {
    path: "memory",
    async read(file) {
      const bytes = files.get(file);
      if (bytes === null || bytes === undefined) throw new FileError(`memory/${file}: there is no such file.`);
      return bytes;
    },
  };
  return folder;
}

export interface Extent {
  readonly steps: number;
  readonly batch: number;
  /** Random h0 and c0 in place of zeros. */
  readonly initialState: boolean;
}

/** A case whose every quantity the twins computed in f64, recorded and stepped apart from src/verify/replay.ts. */
export function interpretedCase(config: CaseConfig, extent: Extent): MemoryCase {
  const { steps, batch } = extent;
  const { model, optimizer: own } = config;
  const shape = {
    cell: model.cell,
    inputSize: model.embedding?.dim ?? model.inputSize ?? 1,
    hiddenSize: model.hiddenSize,
    numLayers: model.numLayers,
    vocabulary: model.embedding?.vocab ?? null,
    outputs: model.head.outputs,
  };
  const optimizer = own.kind === "sgd" ? own : { ...own, beta1: own.betas[0], beta2: own.betas[1] };
  const program = new Program();
  const parameters = createParameters(program, shape, momentCount(optimizer));
  const graph = new Graph(program, shape, parameters, { name: "g", steps, batch, headAt: model.head.at, training: true });
  const state = createStepState(program);
  const targets = program.tensor("targets", [graph.rows], "u32");
  const dLogits = graph.createLogitGradients("d logits");
  const carryScale = program.tensor("carry scale", [steps]);
  const gradient = program.plan("gradient");
  graph.forward(gradient);
  const rowStats = recordCrossEntropy(gradient, program, graph, targets, { dLogits, targetCount: graph.rows });
  graph.backward(gradient, dLogits, carryScale);
  const update = program.plan("update");
  recordUpdate(update, program, parameters, state, optimizer, rowStats);

  const machine = new Interpreter(program);
  machine.view(state.hyper).set(hyperValues(optimizer, config.clip ?? { kind: "none" }));
  machine.view(carryScale).set(carryScales(config.bptt, steps, model.head.at));
  const weights = new Map<string, StoredTensor>();
  for (const [i, { name, shape: dims }] of parameters.specs.entries()) {
    const isZero = model.cell === "gru_reset_before" && name.startsWith("rnn.bias_hh");
    const values = isZero ? new Float32Array(sizeOf(dims)) : randomFloats(100 + i, sizeOf(dims), -0.5, 0.5);
    machine.view(parameters.values.get(name)).set(values);
    weights.set(name, floatTensor(dims, values));
  }

  const n = config.steps;
  const inputs = new Map<string, StoredTensor>();
  const xShape = [n, steps, batch, ...(shape.vocabulary === null ? [shape.inputSize] : [])];
  const x = shape.vocabulary === null ? randomFloats(1, sizeOf(xShape)) : randomIntegers(2, sizeOf(xShape), shape.vocabulary);
  inputs.set("x", x instanceof Float32Array ? floatTensor(xShape, x) : uintTensor(xShape, x));
  const yShape = model.head.at === "last" ? [n, batch] : [n, steps, batch];
  const y = randomIntegers(3, sizeOf(yShape), shape.outputs);
  inputs.set("y", uintTensor(yShape, y));
  const slot = batch * shape.hiddenSize;
  const stateShape = [shape.numLayers, batch, shape.hiddenSize];
  const initial = new Map<string, Float32Array>();
  if (extent.initialState) {
    for (const [i, name] of (model.cell === "lstm" ? ["h0", "c0"] : ["h0"]).entries()) {
      initial.set(name, randomFloats(4 + i, sizeOf(stateShape)));
      inputs.set(name, floatTensor(stateShape, initial.get(name) ?? new Float32Array()));
    }
  }

  const losses: number[] = [];
  const norms: number[] = [];
  const expected = new Map<string, StoredTensor>();
  const keep = (name: string, dims: readonly number[], values: ArrayLike<number>) =>
    expected.set(name, floatTensor(dims, Float32Array.from(values)));
  for (let step = 0; step < n; step++) {
    machine.view(graph.input).set(x.subarray(step * graph.input.size, (step + 1) * graph.input.size));
    machine.view(targets).set(y.subarray(step * graph.rows, (step + 1) * graph.rows));
    for (const [layer, { tensors }] of graph.layers.entries()) {
      for (const [tensor, name] of [[tensors.hidden, "h0"] as const, ...(model.cell === "lstm" ? [[tensors.cell, "c0"] as const] : [])]) {
        const view = machine.view(tensor);
        if (config.carryState && step > 0) view.copyWithin(0, steps * slot);
        else view.set(initial.get(name)?.subarray(layer * slot, (layer + 1) * slot) ?? new Float32Array(slot));
      }
    }
    machine.run(gradient);
    losses.push(Array.from(machine.view(rowStats)).reduce((sum, value, i) => (i % 3 === 0 ? sum + value : sum), 0) / graph.rows);
    norms.push(Math.hypot(...machine.view(parameters.gradients.whole)));
    if (step === 0) {
      keep("logits", model.head.at === "last" ? [batch, shape.outputs] : [steps, batch, shape.outputs], machine.view(graph.logits));
      for (const tensor of parameters.gradients.tensors) keep(`grad.${tensor.name}`, tensor.shape, machine.view(tensor));
    }
    machine.run(update);
  }
  keep("loss", [n], losses);
  keep("grad_norm", [n], norms);
  for (const tensor of parameters.values.tensors) keep(`param.${tensor.name}`, tensor.shape, machine.view(tensor));
  const last = (kind: "hidden" | "cell") =>
    graph.layers.flatMap(({ tensors }) => Array.from(machine.view(tensors[kind]).subarray(steps * slot)));
  keep("h_n", stateShape, last("hidden"));
  if (model.cell === "lstm") keep("c_n", stateShape, last("cell"));
  return { json: structuredClone(config), inputs, weights, expected };
}

/** A small case of one step or more, to be changed. */
export const smallConfig: CaseConfig = {
  name: "small",
  model: { cell: "lstm", inputSize: 3, hiddenSize: 5, numLayers: 2, embedding: null, head: { outputs: 4, at: "last" } },
  loss: "cross_entropy",
  optimizer: { kind: "sgd", lr: 0.5, momentum: 0.9, weightDecay: 0.01 },
  clip: { kind: "norm", max: 0.3 },
  bptt: { kind: "full" },
  carryState: false,
  steps: 3,
  precision: "f32",
};
