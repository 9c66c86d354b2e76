import type { Clip, Optimizer, SteadyBptt } from "../config";
import type { Plan } from "../plan/plan";
import { PlanError } from "../plan/planError";
import type { Program } from "../plan/program";
import type { Tensor } from "../plan/tensor";
import { lossSums, softmaxCrossEntropy } from "../shaders/cross_entropy";
import {
  CONTROL_LENGTH,
  COUNTERS_LENGTH,
  clipKinds,
  GRADIENT_PARTIALS,
  gradientBlocks,
  gradientPartials,
  HYPER_LENGTH,
  hyperIndex,
  METRICS_PER_STEP,
  stepFinalize,
} from "../shaders/gradient_norm";
import { adam, sgd } from "../shaders/optimizer";
import type { LossScaling } from "./lossScaling";
import type { Graph } from "./network";
import { type Parameters, recordNarrowing } from "./parameters";
import type { Probing } from "./probing";

/** Rows of the metrics ring: more steps than are ever enqueued between two polls. */
export const METRICS_CAPACITY = 4096;

/** What a step keeps on the device besides parameters and activations; layouts as in gradient_norm.wgsl. */
export interface StepState {
  /** Learning rate, betas and the like, written by the host, so that they can change during a run. */
  readonly hyper: Tensor;
  /** u32: [0] optimizer steps done, [1] batch of the epoch. */
  readonly counters: Tensor;
  readonly control: Tensor;
  readonly metrics: Tensor;
}

export function createStepState(program: Program): StepState {
  return {
    hyper: program.tensor("hyperparameters", [HYPER_LENGTH]),
    counters: program.tensor("counters", [COUNTERS_LENGTH], "u32"),
    control: program.tensor("control", [CONTROL_LENGTH]),
    metrics: program.tensor("metrics", [METRICS_CAPACITY, METRICS_PER_STEP]),
  };
}

/** The numbers of StepState.hyper. 1 - beta is taken here, in f64: near 1 the f32 difference would lose most of its digits. */
export function hyperValues(optimizer: Optimizer, clip: Clip): Float32Array {
  const values = new Float32Array(HYPER_LENGTH);
  const set = (name: keyof typeof hyperIndex, value: number): void => {
    values[hyperIndex[name]] = value;
  };
  set("lr", optimizer.lr);
  set("weightDecay", optimizer.weightDecay);
  if (optimizer.kind === "sgd") {
    set("momentum", optimizer.momentum);
  } else {
    set("beta1", optimizer.beta1);
    set("oneMinusBeta1", 1 - optimizer.beta1);
    set("beta2", optimizer.beta2);
    set("oneMinusBeta2", 1 - optimizer.beta2);
    set("eps", optimizer.eps);
  }
  set("clipKind", clipKinds[clip.kind]);
  if (clip.kind !== "none") set("clipMax", clip.max);
  return values;
}

/**
 * carryScale [T] of a truncation: 0 where the gradient stops on its way from step t to t-1, else 1.
 * fixed k: windows of k steps, counted from the first step where every step has a target and back from the last where only that has one.
 */
export function carryScales(bptt: SteadyBptt, steps: number, headAt: "last" | "all"): Float32Array {
  const scales = new Float32Array(steps).fill(1);
  if (bptt.kind === "full") return scales;
  const phase = headAt === "last" ? steps % bptt.k : 0;
  // Slot 0 is the initial state: a window that starts at step 0 is cut from nothing inside the sequence, so it stays 1.
  for (let t = 1; t < steps; t++) if ((t - phase) % bptt.k === 0) scales[t] = 0;
  return scales;
}

interface CrossEntropy {
  /** Gets the gradient of the mean loss; null: there is no backward pass. */
  readonly dLogits: Tensor | null;
  /** Targets over which the mean is taken. */
  readonly targetCount: number;
}

/** Cross-entropy of each row against its target. Returns the rows' statistics [rows, 3], which last until the next call's. */
export function recordCrossEntropy(
  plan: Plan,
  program: Program,
  { logits, rows }: Graph,
  targets: Tensor,
  { dLogits, targetCount }: CrossEntropy,
): Tensor {
  const rowStats = program.scratch("row stats", [rows, 3]);
  plan.call(
    softmaxCrossEntropy,
    { logits, targets, d_logits: dLogits ?? program.scratch("no d logits", [1]), row_stats: rowStats },
    {
      rows,
      classes: logits.shape[1] ?? 0,
      write_gradient: dLogits === null ? 0 : 1,
      gradient_stride: dLogits?.shape[1] ?? 0,
      scale: 1 / targetCount,
    },
  );
  return rowStats;
}

/** As recordCrossEntropy, and the statistics' sums [3] in `sums`: replaced, or added to. */
export function recordLoss(
  plan: Plan,
  program: Program,
  graph: Graph,
  targets: Tensor,
  { sums, accumulate, ...options }: CrossEntropy & { readonly sums: Tensor; readonly accumulate: boolean },
): void {
  const rowStats = recordCrossEntropy(plan, program, graph, targets, options);
  plan.call(lossSums, { row_stats: rowStats, sums }, { rows: graph.rows, accumulate: accumulate ? 1 : 0 });
}

/** Moments that an optimizer keeps for each parameter. */
export const momentCount = (optimizer: Optimizer): number => (optimizer.kind === "sgd" ? 1 : 2);

interface TrainingStep {
  readonly graph: Graph;
  readonly parameters: Parameters;
  readonly state: StepState;
  readonly targets: Tensor;
  /** Targets that count in a full batch: the loss is the mean over them. */
  readonly targetCount: number;
  /** f32, made by the graph. */
  readonly dLogits: Tensor;
  /** f32 [T]. */
  readonly carryScale: Tensor;
  readonly optimizer: Optimizer;
  /** Half precision's; null in f32. */
  readonly scaling: LossScaling | null;
  /** What looks at the step; null: nothing does. It changes none of the step's numbers. */
  readonly probes?: { readonly probing: Probing; readonly hasHorizon: boolean } | null;
}

/** One training step on the batch that lies in the graph's input and `targets`: forward, loss, backward, update, next batch. */
export function recordTrainingStep(plan: Plan, program: Program, step: TrainingStep): void {
  const { graph, parameters, state, targets, targetCount, dLogits, carryScale, optimizer, scaling, probes = null } = step;
  graph.forward(plan);
  const rowStats = recordCrossEntropy(plan, program, graph, targets, { dLogits, targetCount });
  const scaled = scaling === null ? dLogits : scaling.narrow(plan, dLogits);
  if (probes?.hasHorizon === true) probes.probing.horizon(plan, graph, scaled);
  graph.backward(plan, scaled, carryScale, {
    onGradients: (layer, tensors, d) => {
      scaling?.count(plan, layer, d.dGates);
      probes?.probing.layer(plan, layer, tensors, d);
    },
  });
  scaling?.unscale(plan, parameters.gradients.whole);
  probes?.probing.beforeUpdate(plan, probes.hasHorizon);
  recordUpdate(plan, program, parameters, state, optimizer, rowStats, scaling);
  probes?.probing.finish(plan, probes.hasHorizon);
  recordNarrowing(plan, parameters, state.control);
}

/**
 * Gradient norm, clipping and the update of every parameter: three dispatches over the flat arenas, nothing read back. The second
 * also writes the step's metrics, with the loss from `rowStats`, and moves on to the next batch.
 */
export function recordUpdate(
  plan: Plan,
  program: Program,
  parameters: Parameters,
  state: StepState,
  optimizer: Optimizer,
  rowStats: Tensor,
  scaling: LossScaling | null = null,
): void {
  const { values, gradients, moments } = parameters;
  const [moment1, moment2] = moments;
  const count = gradients.whole.size;
  const blocks = gradientBlocks(count);
  const partials = program.scratch("norm partials", [blocks, GRADIENT_PARTIALS]);
  plan.call(gradientPartials, { gradients: gradients.whole, hyper: state.hyper, partials }, { count, blocks });
  plan.call(
    stepFinalize,
    {
      partials,
      row_stats: rowStats,
      hyper: state.hyper,
      counters: state.counters,
      control: state.control,
      metrics: state.metrics,
    },
    { blocks, rows: rowStats.shape[0] ?? 0, capacity: METRICS_CAPACITY },
  );
  scaling?.update(plan);
  const shared = { params: values.whole, gradients: gradients.whole, hyper: state.hyper, control: state.control };
  if (optimizer.kind === "sgd" && moment1 !== undefined) {
    plan.call(sgd, { ...shared, momentum: moment1.whole }, { count });
  } else if (moment1 !== undefined && moment2 !== undefined) {
    plan.call(
      adam,
      { ...shared, moment1: moment1.whole, moment2: moment2.whole },
      { count, decoupled: optimizer.kind === "adamw" ? 1 : 0 },
    );
  } else {
    throw new PlanError(`${optimizer.kind} needs ${momentCount(optimizer)} moments, the parameters have ${moments.length}`);
  }
}
