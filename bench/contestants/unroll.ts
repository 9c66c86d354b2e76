import type { RunConfig } from "../../src/config";
import { type Dataset, facts as datasetFacts } from "../../src/data/dataset";
import { type DigitSet, packBytes } from "../../src/data/digits";
import { planFlops } from "../../src/model/cost";
import type { Executor } from "../../src/plan/executor";
import { presetNamed } from "../../src/presets";
import { formsOfRun } from "../../src/train/formsOfRun";
import { metricsRow, rowCount } from "../../src/train/metrics";
import { openTrainer } from "../../src/train/open";
import type { Trainer } from "../../src/train/trainer";
import { createRandom } from "../data";
import { executorOf } from "../executors";
import { LEARNING_RATE, type Workload } from "../workloads";
import type { Contestant, ContestantFacts, CreateContestant } from "./contestant";

/** Batches of an epoch: enough that its beginning, when the host writes a new order, is as rare as in a real run. */
const BATCHES_PER_EPOCH = 200;
const TEST_ITEMS = 1_000;
const IMAGE_BYTES = 784;

/** The page's own presets with the workload's sizes: clipping, metrics, carried state and all. */
export function configOf(workload: Workload): RunConfig {
  const { config } = presetNamed(workload.input.kind === "rows" ? "digits-rnn" : "chars-small");
  const { cell, hiddenSize, numLayers, steps, batchSize, input } = workload;
  return {
    ...config,
    task: config.task.kind === "text" ? { ...config.task, sequenceLength: steps } : config.task,
    model: {
      ...config.model,
      ...{ hiddenSize, numLayers, cell: cell === "rnn" ? "rnn_tanh" : cell },
      embeddingSize: input.kind === "tokens" ? input.embeddingSize : config.model.embeddingSize,
    },
    batchSize,
    epochs: 1_000,
    optimizer: { ...config.optimizer, lr: LEARNING_RATE },
  };
}

/** Synthetic data of the task's kind. */
export function datasetOf({ input, steps, batchSize, classes }: Workload): Dataset {
  const random = createRandom(1);
  if (input.kind === "rows") {
    const set = (count: number): DigitSet => ({
      count,
      images: packBytes(Uint8Array.from({ length: count * IMAGE_BYTES }, () => random(256))),
      labels: Uint32Array.from({ length: count }, () => random(classes)),
    });
    return { kind: "digits", train: set(batchSize * BATCHES_PER_EPOCH), test: set(TEST_ITEMS) };
  }
  const tokens = (length: number): Uint32Array<ArrayBuffer> => Uint32Array.from({ length }, () => random(classes));
  return {
    kind: "text",
    name: "noise",
    vocabulary: Array.from({ length: classes }, (_, token) => String.fromCodePoint(0x4e00 + token)),
    train: tokens(batchSize * steps * BATCHES_PER_EPOCH + 1),
    validation: tokens(batchSize * steps + 1),
  };
}

/** Unroll as the page and `npm run headless` run it: the trainer, the real plan of a training step, and the metrics ring. */
class Unroll implements Contestant {
  readonly #config: RunConfig;
  readonly #dataset: Dataset;
  readonly #open: () => Promise<Executor>;
  #trainer: Trainer | undefined;
  #lastLoss = Number.NaN;

  constructor(workload: Workload, open: () => Promise<Executor>) {
    this.#config = configOf(workload);
    this.#dataset = datasetOf(workload);
    this.#open = open;
  }

  async start(): Promise<number> {
    const executor = await this.#open();
    const size = datasetFacts(this.#dataset);
    // As the page: a real GPU measures which forms of the kernels it runs fastest, and the time for that counts.
    const { chooseForm } = await formsOfRun(executor.facts, this.#open, this.#config, size, { choice: "auto" });
    this.#trainer = await openTrainer(this.#config, this.#dataset, executor, { chooseForm });
    await this.train(1);
    return this.finish();
  }

  async train(steps: number): Promise<void> {
    const trainer = this.#started;
    for (let done = 0; done < steps; ) {
      done += await trainer.advance(steps - done);
      if (trainer.mustFlush) this.#take(await trainer.flush());
    }
  }

  async finish(): Promise<number> {
    this.#take(await this.#started.flush());
    return this.#lastLoss;
  }

  get facts(): ContestantFacts {
    const { executor, run } = this.#started;
    const { plan } = run.train;
    return {
      device: executor.facts.name,
      flops: planFlops(plan),
      ...(executor.facts.executor === "cpu" && { calls: plan.calls.length, bytes: run.program.bytes }),
    };
  }

  get #started(): Trainer {
    if (this.#trainer === undefined) throw new Error("the run has not been started");
    return this.#trainer;
  }

  #take(rows: Float32Array): void {
    const count = rowCount(rows);
    if (count > 0) this.#lastLoss = metricsRow(rows, count - 1).loss;
  }
}

export const createOnWebGpu: CreateContestant = async (workload, where) => new Unroll(workload, executorOf(where, "webgpu"));

export const createOnCpu: CreateContestant = async (workload, where) => new Unroll(workload, executorOf(where, "cpu"));
