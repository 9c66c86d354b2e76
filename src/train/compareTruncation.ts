import { ConfigError, type ConfigProblem, limits, type RunConfig, sequenceSteps } from "../config";
import type { Dataset } from "../data/dataset";
import { facts } from "../data/dataset";
import { carryScales } from "../model/training";
import type { Executor, HostArray } from "../plan/executor";
import { type ChooseForm, fixedForms } from "../plan/forms";
import { drawTruncation, truncationScalars, truncationStreams } from "../shaders/draw_truncation";
import { SIMILARITY_SUMS, similarityIndex } from "../shaders/gradient_similarity";
import type { TrainerState } from "./trainerState";
import { TruncationBatches } from "./truncationBatches";
import { PARTS, recordTruncationPlans, type TruncationPlans } from "./truncationPlans";
import { type EstimateFigures, EstimateStatistics, type SimilaritySums } from "./truncationStatistics";

/** fixed: windows of k steps. random: cuts with probability 1 / mean, what passes as it is, or compensated. */
export const estimators = ["fixed", "random", "compensated"] as const;
export type Estimator = (typeof estimators)[number];

/** What is to be compared. */
export interface TruncationRequest {
  /** Each as k of a fixed window and, from 2 on, as the mean of random ones. */
  readonly lengths: readonly number[];
  readonly batches: number;
  /** Random truncations of each batch and mean. */
  readonly draws: number;
}

export interface TruncationRow {
  readonly estimator: Estimator;
  /** k, or the mean. */
  readonly length: number;
  /** Batches times draws. */
  readonly samples: number;
  /**
   * Steps that an uncut path of a random truncation goes back in about one of so many samples; null for fixed windows. Longer paths are
   * compensated by weights that hardly any sample shows: up to the length of the sequence, chance is then larger than these samples tell.
   */
  readonly seenBack: number | null;
  /** Over all parameters. */
  readonly all: EstimateFigures;
  /** Over those below the head: the head's own gradient is the same whatever is truncated. */
  readonly recurrent: EstimateFigures;
}

/** Truncated gradients against the full gradient of the same batches, with the weights of one step, as far as it has come. */
export interface TruncationComparison {
  /** Of the weights. */
  readonly step: number;
  /** T. */
  readonly steps: number;
  readonly request: TruncationRequest;
  readonly batchesDone: number;
  /** Empty before the first batch is done. */
  readonly rows: readonly TruncationRow[];
  /** Memory that the comparison takes beside the run. */
  readonly bytes: number;
  /** Bytes that the bias would have taken, where it was left out for that. */
  readonly biasBytes: number | null;
}

/** The two views of a gradient, as in TruncationRow. */
const parts = ["all", "recurrent"] as const;
type ByPart<T> = Readonly<Record<(typeof parts)[number], T>>;

interface Setting {
  readonly estimator: Estimator;
  readonly length: number;
  readonly draws: number;
  readonly statistics: ByPart<EstimateStatistics>;
}

interface CompareOptions {
  readonly chooseForm?: ChooseForm;
  readonly signal?: AbortSignal | undefined;
  /** Fraction of the kernels that are compiled. */
  readonly onPrepare?: (fraction: number) => void;
  /** After each batch. */
  readonly onBatch?: (comparison: TruncationComparison) => void;
  /** Most bytes for measuring bias, for tests. */
  readonly biasBytes?: number;
}

/** Memory that measuring bias may take: one gradient for each setting. */
const BIAS_BYTES = 512 * 2 ** 20;

/** Everything wrong with a request for sequences of T steps; empty if it can be carried out. */
export function comparisonProblems({ lengths, batches, draws }: TruncationRequest, steps: number): ConfigProblem[] {
  if (steps < 2) return [{ path: "bptt", message: "has nothing to truncate: the sequences of this run have one time step" }];
  const problems: ConfigProblem[] = [];
  const isWhole = (value: number, { min, max }: { readonly min: number; readonly max: number }): boolean =>
    Number.isInteger(value) && value >= min && value <= max;
  const wrong = lengths.find((length) => !isWhole(length, { min: 1, max: steps }));
  if (wrong !== undefined)
    problems.push({ path: "lengths", message: `must be whole numbers from 1 to the ${steps} time steps; one is ${wrong}` });
  if (lengths.length === 0) problems.push({ path: "lengths", message: "must name at least one" });
  for (const [path, value, range] of [
    ["batches", batches, limits.comparedBatches],
    ["draws", draws, limits.comparedDraws],
  ] as const) {
    if (!isWhole(value, range))
      problems.push({ path, message: `must be a whole number from ${range.min} to ${range.max}; it is ${value}` });
  }
  return problems;
}

function settingsOf({ lengths, draws }: TruncationRequest): Setting[] {
  const sorted = [...new Set(lengths)].sort((a, b) => a - b);
  return estimators.flatMap((estimator) =>
    sorted
      .filter((length) => estimator === "fixed" || length >= limits.bpttMean.min)
      .map((length) => ({
        estimator,
        length,
        draws: estimator === "fixed" ? 1 : draws,
        statistics: { all: new EstimateStatistics(), recurrent: new EstimateStatistics() },
      })),
  );
}

/** n with (1 - 1/mean)^n = 1/samples. */
const seenBack = ({ estimator, length }: Setting, samples: number): number | null =>
  estimator === "fixed" ? null : Math.floor(Math.log(samples) / Math.log(length / (length - 1)));

/** Where the gradient of one draw is cut, from numbers that training does not draw. */
function drawnScales({ estimator, length }: Setting, steps: number, seed: number, draw: number): Float32Array {
  const carryScale = new Float32Array(steps);
  const scalars = { steps, seed, stream: truncationStreams.measuring, ...truncationScalars(length, estimator === "compensated") };
  const buffers = { counters: Uint32Array.of(draw), carry_scale: carryScale, reach: new Float32Array(1) };
  drawTruncation.twin(buffers, { ...scalars, target_steps: 1, has_reach: 0 });
  return carryScale;
}

/** Hands out the rows of results in their order. */
function* rowsOf(results: HostArray): Generator<ByPart<SimilaritySums>, undefined> {
  const sums = (row: number, part: number): SimilaritySums => {
    const at = (name: keyof typeof similarityIndex): number =>
      results[(row * PARTS + part) * SIMILARITY_SUMS + similarityIndex[name]] ?? Number.NaN;
    return { product: at("product"), squareA: at("squareA"), squareB: at("squareB"), squareDifference: at("squareDifference") };
  };
  for (let row = 0; row < results.length / (PARTS * SIMILARITY_SUMS); row++) {
    const [recurrent, head] = [sums(row, 0), sums(row, 1)];
    const all = {
      product: recurrent.product + head.product,
      squareA: recurrent.squareA + head.squareA,
      squareB: recurrent.squareB + head.squareB,
      squareDifference: recurrent.squareDifference + head.squareDifference,
    };
    yield { recurrent, all };
  }
}

/** One batch through all settings; returns the sums of bias so far, by setting. */
async function compareBatch(
  plans: TruncationPlans,
  executor: Executor,
  settings: readonly Setting[],
  scales: (setting: Setting) => Float32Array,
  signal: AbortSignal | undefined,
): Promise<(ByPart<SimilaritySums> | null)[]> {
  executor.clear(plans.resultRow);
  executor.write(plans.carryScale, carryScales({ kind: "full" }, plans.carryScale.size, plans.feed.headAt));
  await executor.submit(plans.full, 1, signal);
  for (const [i, setting] of settings.entries()) {
    for (let draw = 0; draw < setting.draws; draw++) {
      executor.write(plans.carryScale, scales(setting));
      await executor.submit(plans.draw, 1, signal);
    }
    const settle = plans.settle[i];
    if (settle !== undefined) await executor.submit(settle, 1, signal);
  }
  for (const bias of plans.bias ?? []) await executor.submit(bias, 1, signal);
  await executor.submit(plans.next, 1, signal);
  const rows = rowsOf(await executor.read(plans.results));
  const take = (): ByPart<SimilaritySums> => {
    const { value } = rows.next();
    if (value === undefined) throw new RangeError("the results have too few rows");
    return value;
  };
  for (const { draws, statistics } of settings) {
    const drawn = Array.from({ length: draws }, take);
    const average = take();
    for (const part of parts) {
      statistics[part].add(
        drawn.map((row) => row[part]),
        average[part],
      );
    }
  }
  return settings.map(() => (plans.bias === null ? null : take()));
}

/**
 * Compares truncated gradients with the full gradient on the batches that training would take next from `state`, with its weights
 * throughout. The executor must be fresh and is the caller's to destroy; the run itself is not touched and may train on.
 * @throws ConfigError for a request that makes no sense; ExecutorError if the device fails; the signal's reason after an abort.
 */
export async function compareTruncation(
  state: TrainerState,
  dataset: Dataset,
  executor: Executor,
  request: TruncationRequest,
  { chooseForm = fixedForms(executor.facts), signal, onPrepare, onBatch, biasBytes = BIAS_BYTES }: CompareOptions = {},
): Promise<TruncationComparison> {
  // In f32 whatever the run's precision, so that nothing but the truncation makes a difference.
  const config: RunConfig = { ...state.config, precision: "f32" };
  const steps = sequenceSteps(config.task);
  const problems = comparisonProblems(request, steps);
  if (problems.length > 0) throw new ConfigError(problems);
  const settings = settingsOf(request);
  const plans = recordTruncationPlans(config, facts(dataset), { draws: settings.map(({ draws }) => draws), biasBytes, chooseForm });
  await executor.load(plans.program, (done, total) => onPrepare?.(done / total));
  signal?.throwIfAborted();
  const batches = new TruncationBatches(plans, executor, dataset, state);
  let draw = 0;
  const scales = (setting: Setting): Float32Array =>
    setting.estimator === "fixed"
      ? carryScales({ kind: "fixed", k: setting.length }, steps, plans.feed.headAt)
      : drawnScales(setting, steps, config.seed, draw++);
  let comparison: TruncationComparison = {
    ...{ step: state.step, steps, request, batchesDone: 0, rows: [], bytes: plans.program.bytes },
    biasBytes: plans.bias === null ? plans.biasBytes : null,
  };
  for (let batch = 1; batch <= request.batches; batch++) {
    batches.begin();
    const totals = await compareBatch(plans, executor, settings, scales, signal);
    signal?.throwIfAborted();
    const rows = settings.map((setting, i) => {
      const { estimator, length, draws, statistics } = setting;
      const { all, recurrent } = statistics;
      const samples = draws * batch;
      const total = totals[i] ?? null;
      const figures = { all: all.figures(total?.all ?? null), recurrent: recurrent.figures(total?.recurrent ?? null) };
      return { estimator, length, samples, seenBack: seenBack(setting, samples), ...figures };
    });
    comparison = { ...comparison, batchesDone: batch, rows };
    onBatch?.(comparison);
  }
  return comparison;
}
