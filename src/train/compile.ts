import { limits, MAX_PROMPT, type RunConfig, sequenceSteps } from "../config";
import { planFlops } from "../model/cost";
import { gradientReach, LossScaling } from "../model/lossScaling";
import { Graph, type HeadAt } from "../model/network";
import { createParameters, type Parameters, recordInitialisation, recordNarrowing } from "../model/parameters";
import { Probing } from "../model/probing";
import type { RecurrentForm } from "../model/recurrentLayer";
import { gateCount, type ModelShape } from "../model/shape";
import { carryScales, createStepState, momentCount, recordLoss, recordTrainingStep, type StepState } from "../model/training";
import { recordTruncation } from "../model/truncation";
import { ExecutorError } from "../plan/executor";
import { type ChooseForm, ownForms } from "../plan/forms";
import type { Plan } from "../plan/plan";
import { Program } from "../plan/program";
import { bytesPerElement, type Tensor } from "../plan/tensor";
import { type ProbeLayout, probeLayout } from "../probes";
import { softmaxRows } from "../shaders/cross_entropy";
import { advanceCursor } from "../shaders/gather";
import { COUNTERS_LENGTH } from "../shaders/gradient_norm";
import { sampleCategorical } from "../shaders/sample";
import { createFeed, type DataSize, type Feed } from "./feed";
import { type LookGraph, READ_STEPS, type ReadGraph, recordLook, recordRead } from "./insideGraphs";
import { recordTrace, type StepTrace } from "./stepTrace";

/** A run as an executor takes it: every plan recorded, nothing allocated. */
export interface CompiledRun {
  readonly config: RunConfig;
  readonly program: Program;
  readonly shape: ModelShape;
  readonly parameters: Parameters;
  readonly state: StepState;
  readonly feed: Feed;
  /** How to read a row of probes. */
  readonly probes: ProbeLayout;
  readonly initialise: Plan;
  /** To be run after the host has written parameters: brings what is derived from them up to date. */
  readonly refresh: Plan;
  readonly train: TrainGraph;
  readonly validate: ValidateGraph;
  /** Text only. */
  readonly sample: SampleGraph | null;
  /** Digits only: some test images at once, and one drawing, each with probabilities. */
  readonly strip: ClassifyGraph | null;
  readonly drawing: ClassifyGraph | null;
  /** Digits only: one image with every state, and the gradient of a class's score with respect to it. */
  readonly look: LookGraph | null;
  /** Text and copy memory: a few steps of one sequence with every state, carried from one to the next. */
  readonly read: ReadGraph | null;
}

export interface TrainGraph {
  readonly plan: Plan;
  /** The same step with probes, and with probes and a horizon; see Probing. */
  readonly probed: Plan;
  readonly traced: Plan;
  readonly probing: Probing;
  readonly graph: Graph;
  readonly targets: Tensor;
  readonly dLogits: Tensor;
  /** f32 [T], written by the host from the run's `bptt`, or drawn by each step. */
  readonly carryScale: Tensor;
  /** Half precision's; null in f32. */
  readonly scaling: LossScaling | null;
  /** For finding where a step first goes wrong. */
  readonly lookedAt: StepTrace;
}

export interface ValidateGraph {
  readonly plan: Plan;
  readonly graph: Graph;
  readonly counters: Tensor;
  /** [3]: loss, correct and counted targets, summed over the batches since it was cleared. */
  readonly sums: Tensor;
}

export interface SampleGraph {
  readonly plan: Plan;
  readonly graph: Graph;
  readonly settings: Tensor;
  readonly prompt: Tensor;
  readonly state: Tensor;
  readonly output: Tensor;
}

export interface ClassifyGraph {
  readonly plan: Plan;
  readonly graph: Graph;
  readonly probabilities: Tensor;
}

/** Test digits shown in the strip. */
export const STRIP_DIGITS = 16;
/** Longest text of one sampling, the prompt included, in characters. */
export const MAX_SAMPLE = limits.sampleLength.max + MAX_PROMPT;

export function modelShape(config: RunConfig, size: DataSize, feed: Pick<Feed, "inputSize">): ModelShape {
  const tokens = feed.inputSize === 0;
  return {
    cell: config.model.cell,
    inputSize: tokens ? config.model.embeddingSize : feed.inputSize,
    forgetBias: config.model.forgetBias,
    hiddenSize: config.model.hiddenSize,
    numLayers: config.model.numLayers,
    vocabulary: tokens ? size.classes : null,
    outputs: size.classes,
  };
}

/** Kernels index a tensor by u32, and no adapter binds more than 4 GiB at once. */
const MAX_ELEMENTS = 2 ** 30;

function checkSize(config: RunConfig, batch: number, classes: number): void {
  const { cell, hiddenSize } = config.model;
  const width = Math.max(gateCount[cell] * hiddenSize, classes);
  const elements = sequenceSteps(config.task) * batch * width;
  if (elements <= MAX_ELEMENTS) return;
  throw new ExecutorError(
    "out-of-memory",
    `The activations of one layer would take ${((elements * bytesPerElement.f32) / 2 ** 30).toFixed(1)} GiB; 4 GiB is the most that a device can hold in one piece.`,
  );
}

/**
 * Records every plan of a run.
 * @throws ExecutorError "out-of-memory" if a tensor would be larger than any device takes.
 * @param form forces one form of the recurrence, for tests that compare them.
 * @param chooseForm says in which form a GPU runs each kernel call.
 */
export function compileRun(
  config: RunConfig,
  size: DataSize,
  form: RecurrentForm = "auto",
  chooseForm: ChooseForm = ownForms,
): CompiledRun {
  const program = new Program(chooseForm);
  const feed = createFeed(program, config, size);
  for (const split of [feed.train, feed.validation]) checkSize(config, split.batch, size.classes);
  const shape = modelShape(config, size, feed);
  const parameters = createParameters(program, shape, momentCount(config.optimizer), config.precision);
  const state = createStepState(program);
  const initialise = program.plan("initialise");
  recordInitialisation(initialise, parameters, config.seed);
  recordNarrowing(initialise, parameters, state.control);
  const refresh = program.plan("refresh", "first use");
  recordNarrowing(refresh, parameters, state.control);
  const context = { config, program, shape, parameters, feed, form };
  const steps = sequenceSteps(config.task);
  const probes = probeLayout(
    shape.cell,
    steps,
    shape.numLayers,
    parameters.specs.map(({ name }) => name),
  );
  const train = recordTrain(context, state, probes);
  for (const plan of [initialise, refresh]) train.probing.seed(plan);
  return {
    config,
    program,
    shape,
    parameters,
    state,
    feed,
    probes,
    initialise,
    refresh,
    train,
    validate: recordValidate(context),
    sample: config.task.kind === "text" ? recordSample(context) : null,
    strip: config.task.kind === "digits" ? recordClassify(context, "strip", STRIP_DIGITS, "last") : null,
    drawing: config.task.kind === "digits" ? recordClassify(context, "drawing", 1, "all") : null,
    look: config.task.kind === "digits" ? recordLook(program, shape, parameters, { steps, form }) : null,
    read: recordReadOf(context),
  };
}

interface Context {
  readonly config: RunConfig;
  readonly program: Program;
  readonly shape: ModelShape;
  readonly parameters: Parameters;
  readonly feed: Feed;
  readonly form: RecurrentForm;
}

/** Whether each window of a text goes on from the state in which the one before it ended. */
export const carriesState = ({ task }: RunConfig): boolean => task.kind === "text" && task.carryState;

function recordTrain({ config, program, shape, parameters, feed, form }: Context, state: StepState, layout: ProbeLayout): TrainGraph {
  const steps = sequenceSteps(config.task);
  const { batch, targetsPerBatch } = feed.train;
  const graph = new Graph(program, shape, parameters, { name: "train", steps, batch, headAt: feed.headAt, training: true, form });
  const targets = program.tensor("train targets of the batch", [graph.rows], "u32");
  const dLogits = graph.createLogitGradients("train d logits");
  const carryScale = program.tensor("carry scale", [steps]);
  const { bptt, seed } = config;
  const scaling =
    config.precision === "f32"
      ? null
      : new LossScaling(program, {
          ...{ shape, batch, steps, state },
          reach: bptt.kind === "random" ? null : gradientReach(carryScales(bptt, steps, feed.headAt), feed.targetSteps),
        });
  const probing = new Probing(program, {
    ...{ layout, shape, batch, parameters, state },
    targetCount: targetsPerBatch,
    seed,
  });
  const { targetSteps } = feed;
  const record = (name: string, probes: { readonly hasHorizon: boolean } | null): Plan => {
    const plan = program.plan(name, probes === null ? "load" : "first use");
    feed.train.record(plan, state.counters, graph.input, targets);
    if (bptt.kind === "random") {
      recordTruncation(plan, bptt, { carryScale, reach: scaling?.reach ?? null, counters: state.counters, seed, targetSteps });
    }
    recordTrainingStep(plan, program, {
      ...{ graph, parameters, state, targets, dLogits, carryScale, scaling },
      targetCount: targetsPerBatch,
      optimizer: config.optimizer,
      probes: probes && { probing, ...probes },
    });
    if (carriesState(config)) graph.carry(plan);
    return plan;
  };
  const plan = record("train", null);
  const probed = record("train probed", { hasHorizon: false });
  const traced = record("train traced", { hasHorizon: true });
  const lookedAt = recordTrace(program, { plan, graph, parameters, cell: shape.cell });
  return { plan, lookedAt, probed, traced, probing, graph, targets, dLogits, carryScale, scaling };
}

function recordValidate({ config, program, shape, parameters, feed, form }: Context): ValidateGraph {
  const plan = program.plan("validate", "first use");
  const steps = sequenceSteps(config.task);
  const { batch, targetsPerBatch } = feed.validation;
  const graph = new Graph(program, shape, parameters, { name: "validate", steps, batch, headAt: feed.headAt, training: false, form });
  const targets = program.tensor("validation targets of the batch", [graph.rows], "u32");
  const counters = program.tensor("validation counters", [COUNTERS_LENGTH], "u32");
  const sums = program.tensor("validation sums", [3]);
  feed.validation.record(plan, counters, graph.input, targets);
  graph.forward(plan);
  recordLoss(plan, program, graph, targets, { sums, dLogits: null, targetCount: targetsPerBatch, accumulate: true });
  if (carriesState(config)) graph.carry(plan);
  plan.call(advanceCursor, { counters }, { by: 1 });
  return { plan, graph, counters, sums };
}

/** One replay reads one character and draws the next. */
function recordSample({ program, shape, parameters }: Context): SampleGraph {
  const plan = program.plan("sample", "first use");
  const graph = new Graph(program, shape, parameters, { name: "sample", steps: 1, batch: 1, headAt: "all", training: false });
  const settings = program.tensor("sampling settings", [4]);
  const prompt = program.tensor("prompt", [MAX_PROMPT], "u32");
  const state = program.tensor("sampling state", [4], "u32");
  const output = program.tensor("sampled tokens", [MAX_SAMPLE], "u32");
  graph.forward(plan);
  graph.carry(plan);
  plan.call(
    sampleCategorical,
    { logits: graph.logits, settings, prompt, state, token: graph.input, output },
    { classes: shape.outputs, capacity: MAX_SAMPLE },
  );
  return { plan, graph, settings, prompt, state, output };
}

function recordClassify({ config, program, shape, parameters, form }: Context, name: string, batch: number, headAt: HeadAt): ClassifyGraph {
  const plan = program.plan(name, "first use");
  const steps = sequenceSteps(config.task);
  const graph = new Graph(program, shape, parameters, { name, steps, batch, headAt, training: false, form });
  const probabilities = program.tensor(`${name} probabilities`, [graph.rows, shape.outputs]);
  graph.forward(plan);
  plan.call(softmaxRows, { logits: graph.logits, probabilities }, { rows: graph.rows, classes: shape.outputs });
  return { plan, graph, probabilities };
}

function recordReadOf({ config, program, shape, parameters, form }: Context): ReadGraph | null {
  const { task } = config;
  if (task.kind === "digits") return null;
  return recordRead(program, shape, parameters, { steps: task.kind === "text" ? READ_STEPS : sequenceSteps(task), form });
}

/** A run in numbers, for people. */
export interface RunSummary {
  readonly parameters: number;
  /** Memory of all arenas. */
  readonly bytes: number;
  readonly flopsPerStep: number;
  readonly dispatchesPerStep: number;
  readonly stepsPerEpoch: number;
  /** T, B, and their product: the inputs that one step reads. */
  readonly steps: number;
  readonly batchSize: number;
  readonly tokensPerStep: number;
}

export function summarise(run: CompiledRun): RunSummary {
  const steps = sequenceSteps(run.config.task);
  const { batch, batches } = run.feed.train;
  return {
    parameters: run.parameters.count,
    bytes: run.program.bytes,
    flopsPerStep: planFlops(run.train.plan),
    dispatchesPerStep: run.train.plan.calls.length,
    stepsPerEpoch: batches,
    steps,
    batchSize: batch,
    tokensPerStep: steps * batch,
  };
}
