import { type RunConfig, sequenceSteps } from "../config";
import { Graph } from "../model/network";
import { createParameters, type Parameters } from "../model/parameters";
import { recordCrossEntropy } from "../model/training";
import type { ChooseForm } from "../plan/forms";
import type { Plan } from "../plan/plan";
import { Program } from "../plan/program";
import { bytesPerElement, type Tensor } from "../plan/tensor";
import { fill } from "../shaders/copy";
import { advanceCursor } from "../shaders/gather";
import { COUNTERS_LENGTH } from "../shaders/gradient_norm";
import { addScaled, gradientSimilarity, SIMILARITY_SUMS, similarityBlocks, similarityRow } from "../shaders/gradient_similarity";
import { carriesState, modelShape } from "./compile";
import { createFeed, type DataSize, type Feed } from "./feed";

/** A row of results has sums for each of these: what lies below the head, and the head, whose gradient no truncation changes. */
export const PARTS = 2;

/** What a comparison of truncations runs, in a program of its own: nothing of it touches the run that it is about. */
export interface TruncationPlans {
  readonly program: Program;
  readonly feed: Feed;
  readonly graph: Graph;
  readonly parameters: Parameters;
  /** As in StepState; only the cursor counts. */
  readonly counters: Tensor;
  /** f32 [T], to be written before each `full` and `draw`. */
  readonly carryScale: Tensor;
  /** [capacity, PARTS, SIMILARITY_SUMS]: rows in the order of the plans that append one. */
  readonly results: Tensor;
  readonly resultRow: Tensor;
  /** The next batch, forward, and its gradient, which is kept. */
  readonly full: Plan;
  /** The same batch's gradient with another carryScale, a row of it against the full one, and its share in the draws' mean. */
  readonly draw: Plan;
  /** For each setting: a row of its draws' mean against the full gradient, which is added to what it was off by so far. */
  readonly settle: readonly Plan[];
  /** Goes on to the next batch. */
  readonly next: Plan;
  /** For each setting: a row of the sum of what it was off by, beside the sum of full gradients. Null where that needs too much memory. */
  readonly bias: readonly Plan[] | null;
  /** Bytes that its sums take, or would take. */
  readonly biasBytes: number;
}

interface Options {
  /** How many draws each setting's mean is taken over. */
  readonly draws: readonly number[];
  /** Most bytes for measuring bias. */
  readonly biasBytes: number;
  readonly chooseForm: ChooseForm;
}

/** Records a comparison. It computes in f32 throughout, whatever the run's precision: what differs is to be the truncation's alone. */
export function recordTruncationPlans(config: RunConfig, size: DataSize, { draws, biasBytes, chooseForm }: Options): TruncationPlans {
  const program = new Program(chooseForm);
  const feed = createFeed(program, config, size);
  const shape = modelShape(config, size, feed);
  const parameters = createParameters(program, shape, 0);
  const { gradients } = parameters;
  const { size: count } = gradients.whole;
  const { batch, targetsPerBatch } = feed.train;
  const steps = sequenceSteps(config.task);
  const graph = new Graph(program, shape, parameters, { name: "compared", steps, batch, headAt: feed.headAt, training: true });
  const targets = program.tensor("targets", [graph.rows], "u32");
  const dLogits = graph.createLogitGradients("d logits");
  const carryScale = program.tensor("carry scale", [steps]);
  const counters = program.tensor("counters", [COUNTERS_LENGTH], "u32");
  // A row for each draw, for each setting's mean, and for each bias.
  const capacity = draws.reduce((sum, number) => sum + number, 2 * draws.length);
  const results = program.tensor("results", [capacity, PARTS, SIMILARITY_SUMS]);
  const resultRow = program.tensor("result row", [1], "u32");
  const vector = (name: string): Tensor => program.tensor(name, [count]);
  const kept = vector("full gradient");
  const drawn = vector("sum of draws");
  // One sum for each setting, and that of the full gradients.
  const neededBytes = count * bytesPerElement.f32 * (draws.length + 1);
  const hasBias = neededBytes <= biasBytes;
  const fullSum = hasBias ? vector("sum of full gradients") : null;
  const biases = hasBias ? draws.map((_, i) => vector(`sum of differences ${i}`)) : null;

  const head = gradients.get("fc.weight").offset;
  const blocks = similarityBlocks(count);
  const partials = program.tensor("similarity partials", [PARTS * blocks, SIMILARITY_SUMS]);
  const add = (plan: Plan, target: Tensor, source: Tensor, scale: number): void =>
    plan.call(addScaled, { source, target_sum: target }, { count, scale });
  const clear = (plan: Plan, data: Tensor): void => plan.call(fill, { data }, { offset: 0, count, value: 0 });
  const compare = (plan: Plan, a: Tensor, b: Tensor, scale = 1): void => {
    for (const [part, [offset, end]] of [[0, head] as const, [head, count] as const].entries()) {
      plan.call(gradientSimilarity, { a, b, partials }, { offset, count: end - offset, blocks, first_block: part * blocks, scale });
    }
    plan.call(similarityRow, { partials, cursor: resultRow, results }, { blocks, groups: PARTS, capacity });
  };

  const full = program.plan("full");
  feed.train.record(full, counters, graph.input, targets);
  graph.forward(full);
  recordCrossEntropy(full, program, graph, targets, { dLogits, targetCount: targetsPerBatch });
  graph.backward(full, dLogits, carryScale);
  for (const tensor of [kept, drawn]) clear(full, tensor);
  add(full, kept, gradients.whole, 1);
  if (fullSum !== null) add(full, fullSum, kept, 1);

  const draw = program.plan("draw");
  graph.backward(draw, dLogits, carryScale);
  compare(draw, kept, gradients.whole);
  add(draw, drawn, gradients.whole, 1);

  const settle = draws.map((number, i) => {
    const plan = program.plan(`settle ${i}`);
    compare(plan, kept, drawn, 1 / number);
    const sum = biases?.[i];
    if (sum !== undefined) {
      add(plan, sum, drawn, 1 / number);
      add(plan, sum, kept, -1);
    }
    clear(plan, drawn);
    return plan;
  });

  const next = program.plan("next");
  if (carriesState(config)) graph.carry(next);
  next.call(advanceCursor, { counters }, { by: 1 });

  const bias =
    fullSum === null || biases === null
      ? null
      : biases.map((sum, i) => {
          const plan = program.plan(`bias ${i}`);
          compare(plan, fullSum, sum);
          return plan;
        });
  return {
    program,
    feed,
    graph,
    parameters,
    counters,
    carryScale,
    results,
    resultRow,
    full,
    draw,
    settle,
    next,
    bias,
    biasBytes: neededBytes,
  };
}
