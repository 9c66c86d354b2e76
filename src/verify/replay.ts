import type { Optimizer } from "../config";
import { gradientReach, initialControl, LossScaling } from "../model/lossScaling";
import { Graph } from "../model/network";
import { createParameters, type Parameters, recordNarrowing } from "../model/parameters";
import { Probing } from "../model/probing";
import { carryScales, createStepState, hyperValues, momentCount, recordTrainingStep, type StepState } from "../model/training";
import type { Executor, HostArray } from "../plan/executor";
import { type ChooseForm, fixedForms, ownForms } from "../plan/forms";
import type { Plan } from "../plan/plan";
import { Program } from "../plan/program";
import { firstOf, type Tensor } from "../plan/tensor";
import { MetricsReader, type MetricsRow, metricsRow, rowCount } from "../train/metrics";
import type { VerifyCase } from "./case";
import { caseLayout, isProbe, readProbes, SPECTRAL_REPLAYS } from "./probes";
import type { CaseConfig } from "./schema";

/** A case as an executor takes it: one training step, recorded from the same layers as every run. */
export interface CompiledCase {
  readonly each: VerifyCase;
  readonly program: Program;
  readonly train: Plan;
  readonly parameters: Parameters;
  readonly state: StepState;
  readonly graph: Graph;
  readonly targets: Tensor;
  readonly carryScale: Tensor;
  /** Half precision's; null in f32. */
  readonly scaling: LossScaling | null;
  /** Brings what is derived from the weights up to date. */
  readonly refresh: Plan;
  /** What looks into each step, and lets the spectral radii settle before; null where the case expects nothing of it. */
  readonly probes: { readonly probing: Probing; readonly seed: Plan; readonly settle: Plan } | null;
}

/** Records a case's training step. @param chooseForm says in which form a GPU runs each kernel call. */
export function compileCase(each: VerifyCase, chooseForm: ChooseForm = ownForms): CompiledCase {
  const { config, shape, extent } = each;
  const program = new Program(chooseForm);
  const optimizer = optimizerOf(config);
  const headAt = config.model.head.at;
  const parameters = createParameters(program, shape, momentCount(optimizer), config.precision);
  const state = createStepState(program);
  const train = program.plan("train");
  const graph = new Graph(program, shape, parameters, { name: "train", ...extent, headAt, training: true });
  const targets = program.tensor("targets", [graph.rows], "u32");
  const dLogits = graph.createLogitGradients("d logits");
  const carryScale = program.tensor("carry scale", [extent.steps]);
  const scaling = config.precision === "f32" ? null : lossScalingOf(program, each, state);
  const probes = each.expected.some(({ name }) => isProbe(name)) ? recordProbes(program, each, graph, parameters, state) : null;
  recordTrainingStep(train, program, {
    ...{ graph, parameters, state, targets, dLogits, carryScale, optimizer, scaling },
    targetCount: graph.rows,
    probes: probes && { probing: probes.probing, hasHorizon: true },
  });
  if (config.carryState) graph.carry(train);
  const refresh = program.plan("refresh");
  recordNarrowing(refresh, parameters, state.control);
  return { each, program, train, parameters, state, graph, targets, carryScale, scaling, refresh, probes };
}

function recordProbes(program: Program, { shape, extent }: VerifyCase, graph: Graph, parameters: Parameters, state: StepState) {
  const probing = new Probing(program, {
    ...{ shape, parameters, state, batch: extent.batch, targetCount: graph.rows, seed: 1 },
    layout: caseLayout(shape, extent.steps),
  });
  const [seed, settle] = [program.plan("seed probes"), program.plan("settle probes")];
  probing.seed(seed);
  probing.spectralRadii(settle);
  return { probing, seed, settle };
}

function lossScalingOf(program: Program, { config, shape, extent }: VerifyCase, state: StepState): LossScaling {
  const { at } = config.model.head;
  return new LossScaling(program, {
    ...{ shape, batch: extent.batch, steps: extent.steps, state },
    reach: gradientReach(carryScales(config.bptt, extent.steps, at), at === "all" ? extent.steps : 1),
  });
}

function optimizerOf({ optimizer }: CaseConfig): Optimizer {
  if (optimizer.kind === "sgd") return optimizer;
  const { betas, ...rest } = optimizer;
  return { ...rest, beta1: betas[0], beta2: betas[1] };
}

/** Writes what holds for all steps: the weights and the settings. The executor must have loaded the program. */
export async function writeStart(compiled: CompiledCase, executor: Executor): Promise<void> {
  const { each, parameters, state, carryScale, scaling, refresh, probes } = compiled;
  const { config, weights, extent } = each;
  for (const [name, values] of weights) executor.write(parameters.values.get(name), values);
  executor.write(state.control, initialControl(config.precision));
  executor.write(state.hyper, hyperValues(optimizerOf(config), config.clip ?? { kind: "none" }));
  executor.write(carryScale, carryScales(config.bptt, extent.steps, config.model.head.at));
  if (scaling?.reachValues) executor.write(scaling.reach, scaling.reachValues);
  await executor.submit(refresh, 1);
  if (probes === null) return;
  executor.write(probes.probing.uncut, new Float32Array(extent.steps).fill(1));
  await executor.submit(probes.seed, 1);
  await executor.submit(probes.settle, SPECTRAL_REPLAYS);
}

/** Writes the batch and the initial state of step `step`, counted from 0. */
export function writeStep({ each, graph, targets }: CompiledCase, executor: Executor, step: number): void {
  const { config, x, y, h0, c0 } = each;
  const slice = <T extends HostArray>(data: T, size: number) => data.subarray(step * size, (step + 1) * size);
  executor.write(graph.input, slice(x, graph.input.size));
  executor.write(targets, slice(y, targets.size));
  if (config.carryState && step > 0) return;
  for (const [layer, { tensors }] of graph.layers.entries()) {
    writeState(each, executor, tensors.hidden, h0, layer);
    if (each.shape.cell === "lstm") writeState(each, executor, tensors.cell, c0, layer);
  }
}

/** Slot 0 of a layer's states: from [L, B, H], or zeros. */
function writeState({ shape, extent }: VerifyCase, executor: Executor, states: Tensor, initial: Float32Array | null, layer: number): void {
  const size = extent.batch * shape.hiddenSize;
  executor.write(firstOf(states), initial?.subarray(layer * size, (layer + 1) * size) ?? new Float32Array(size));
}

export interface ReplayOptions {
  readonly signal?: AbortSignal | undefined;
  /** Training steps done. */
  readonly onStep?: ((done: number) => void) | undefined;
  /** In which form a GPU runs each kernel call; without it the fixed choice for the executor's device. */
  readonly chooseForm?: ChooseForm | undefined;
}

/** Steps that changed no weight, because their gradient was not finite. */
export interface SkippedSteps {
  readonly count: number;
  /** Counted from 1. */
  readonly first: number;
  /** Of the first. */
  readonly lossScale: number;
}

export interface Replayed {
  /** Every quantity that a case may expect, by name. */
  readonly quantities: ReadonlyMap<string, ArrayLike<number>>;
  /** Half precision only; null if there was none. */
  readonly skipped: SkippedSteps | null;
}

/**
 * Trains a case's steps on an executor that has loaded nothing yet.
 * @throws ExecutorError if the device fails; the signal's reason after an abort.
 */
export async function replayCase(each: VerifyCase, executor: Executor, options: ReplayOptions = {}): Promise<Replayed> {
  const { signal, onStep, chooseForm = fixedForms(executor.facts) } = options;
  const compiled = compileCase(each, chooseForm);
  const { parameters, graph, state } = compiled;
  await executor.load(compiled.program);
  await writeStart(compiled, executor);
  const results = new Map<string, ArrayLike<number>>();
  for (let step = 0; step < each.config.steps; step++) {
    signal?.throwIfAborted();
    writeStep(compiled, executor, step);
    await executor.submit(compiled.train, 1, signal);
    if (step === 0) {
      results.set("logits", await executor.read(graph.logits));
      for (const tensor of parameters.gradients.tensors) results.set(`grad.${tensor.name}`, await executor.read(tensor));
      for (const [name, values] of await probesOf(compiled, executor)) results.set(name, values);
    }
    onStep?.(step + 1);
  }
  const rows = new MetricsReader(0).take(await executor.read(state.metrics));
  const metrics = Array.from({ length: rowCount(rows) }, (_, i) => metricsRow(rows, i));
  results.set(
    "loss",
    metrics.map(({ loss }) => loss),
  );
  results.set(
    "grad_norm",
    metrics.map(({ gradNorm }) => gradNorm),
  );
  for (const tensor of parameters.values.tensors) results.set(`param.${tensor.name}`, await executor.read(tensor));
  results.set("h_n", await lastStates(compiled, executor, "hidden"));
  if (each.shape.cell === "lstm") results.set("c_n", await lastStates(compiled, executor, "cell"));
  return { quantities: results, skipped: skippedOf(metrics) };
}

/** The probes of the step just done. */
async function probesOf({ probes }: CompiledCase, executor: Executor): Promise<ReadonlyMap<string, number[]>> {
  if (probes === null) return new Map();
  const ring = await executor.read(probes.probing.rows);
  return readProbes(probes.probing.layout, Float32Array.from(ring));
}

function skippedOf(metrics: readonly MetricsRow[]): SkippedSteps | null {
  const first = metrics.find(({ skippedSteps }) => skippedSteps > 0);
  if (first === undefined) return null;
  return { count: metrics.at(-1)?.skippedSteps ?? 0, first: first.step, lossScale: first.lossScale };
}

/** The states after the last step of every layer, [L, B, H]. */
async function lastStates({ each, graph }: CompiledCase, executor: Executor, kind: "hidden" | "cell"): Promise<number[]> {
  const size = each.extent.batch * each.shape.hiddenSize;
  const layers = await Promise.all(graph.layers.map(({ tensors }) => executor.read(tensors[kind])));
  return layers.flatMap((states) => Array.from(states.subarray(each.extent.steps * size)));
}
