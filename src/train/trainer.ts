import type { Clip, RunConfig } from "../config";
import type { Dataset } from "../data/dataset";
import { epochOrder } from "../data/order";
import { initialControl } from "../model/lossScaling";
import { carryScales, hyperValues, METRICS_CAPACITY } from "../model/training";
import { type Executor, ExecutorError } from "../plan/executor";
import type { Plan } from "../plan/plan";
import { counterIndex } from "../shaders/gradient_norm";
import type { CompiledRun } from "./compile";
import { type DataIdentity, identify } from "./dataIdentity";
import { MetricsReader } from "./metrics";
import { Mutex } from "./mutex";
import { ProbeStream } from "./probeStream";
import { type NamedArray, placeState, placeWeights, readState, type TrainerState } from "./trainerState";

export interface ValidationResult {
  readonly step: number;
  /** Epochs trained so far, with fraction. */
  readonly epoch: number;
  /** Mean over all targets, nats. */
  readonly loss: number;
  /** Fraction of targets predicted right. */
  readonly accuracy: number;
  /** Over the whole validation set. */
  readonly full: boolean;
}

export interface ValidateOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (fraction: number) => void;
  /** Asked between batches. */
  readonly shouldStop?: () => boolean;
}

/** Replays enqueued per turn of the lock, so that sampling and validation get theirs soon: about this long. */
const TURN_MS = 60;
/** Replays of a turn while their cost is unknown, and at most. */
const FIRST_TURN = 1;
const MAX_TURN = 512;

/**
 * Trains one run on one executor. Everything that submits plans goes through one lock, so that sampling or
 * validation never lands in the middle of a training step, whose scratch memory they share.
 */
export class Trainer {
  readonly run: CompiledRun;
  readonly executor: Executor;
  readonly lock = new Mutex();
  /** Which steps are probed, none at first, and what was seen. */
  readonly probes: ProbeStream;
  readonly #dataset: Dataset;
  #data: DataIdentity | undefined;
  #config: RunConfig;
  #step = 0;
  #fullyValidatedAt = 0;
  /** Some steps were enqueued and then not carried out to their end: tensors and counts no longer belong together, nor will later. */
  #isCutOff = false;
  #isFresh = false;
  #metrics = new MetricsReader(0);

  /** The executor must have loaded `run.program`. */
  constructor(run: CompiledRun, executor: Executor, dataset: Dataset) {
    this.run = run;
    this.executor = executor;
    this.#dataset = dataset;
    this.#config = run.config;
    this.probes = new ProbeStream(run, executor);
    run.feed.train.upload(executor, dataset);
    run.feed.validation.upload(executor, dataset);
    const { order, items } = run.feed.validation;
    if (order !== null)
      executor.write(
        order,
        Uint32Array.from({ length: items }, (_, i) => i),
      );
    const { carryScale, scaling } = run.train;
    const { bptt } = run.config;
    if (bptt.kind !== "random") executor.write(carryScale, carryScales(bptt, carryScale.size, run.feed.headAt));
    if (scaling?.reachValues) executor.write(scaling.reach, scaling.reachValues);
  }

  /** Steps enqueued so far. */
  get step(): number {
    return this.#step;
  }

  get stepsPerEpoch(): number {
    return this.run.feed.train.batches;
  }

  /** Epochs trained so far, with fraction. */
  get epoch(): number {
    return this.#step / this.stepsPerEpoch;
  }

  get totalSteps(): number {
    return this.stepsPerEpoch * this.#config.epochs;
  }

  /** An epoch has ended and its validation of the whole set is still to come. */
  get owesValidation(): boolean {
    return this.#step % this.stepsPerEpoch === 0 && this.#fullyValidatedAt !== this.#step;
  }

  /** The metrics ring might overwrite rows that nobody has read if more steps came before the next `flush`. */
  get mustFlush(): boolean {
    return this.#step - this.#metrics.lastStep > METRICS_CAPACITY - MAX_TURN;
  }

  /** At its start, with the weights that its seed draws. */
  get isFresh(): boolean {
    return this.#isFresh;
  }

  get config(): RunConfig {
    return this.#config;
  }

  /** Draws the initial weights and goes back to step 0; the same seed gives the same run. */
  initialise(): Promise<void> {
    return this.lock.run(async () => {
      const { executor } = this;
      const { parameters, state, initialise, train } = this.run;
      for (const flat of [parameters.gradients, ...parameters.moments]) executor.clear(flat.whole);
      for (const tensor of [state.counters, state.metrics, ...train.graph.states]) executor.clear(tensor);
      this.probes.begin(0);
      executor.write(state.control, initialControl(this.#config.precision));
      executor.write(state.hyper, hyperValues(this.#config.optimizer, this.#config.clip));
      await executor.submit(initialise, 1);
      this.#step = 0;
      this.#fullyValidatedAt = 0;
      this.#isCutOff = false;
      this.#isFresh = true;
      this.#metrics = new MetricsReader(0);
    });
  }

  /**
   * Takes these weights in place of those drawn. Meant for the start of a run: moments and counters stay as they are.
   * @throws DataError, before anything is written, if they are not this run's parameters by name and shape.
   */
  setWeights(weights: readonly NamedArray[]): Promise<void> {
    return this.lock.run(async () => {
      for (const [tensor, data] of placeWeights(this.run, weights)) this.executor.write(tensor, data);
      this.#isFresh = false;
      await this.#afterParametersWritten();
    });
  }

  /**
   * The run as it is after the steps enqueued so far; `restore` goes on from there with the same numbers.
   * @throws ExecutorError if a step since the start was aborted or failed, which leaves it half done.
   */
  save(): Promise<TrainerState> {
    return this.lock.run(async () => {
      if (this.#isCutOff) throw new ExecutorError("internal", "The run cannot be saved: a step of it was cut off half done.");
      const [config, step, fullyValidatedAt] = [this.#config, this.#step, this.#fullyValidatedAt];
      const batch = step % this.stepsPerEpoch;
      const arrays = await readState(this.run, (tensor) => this.executor.read(tensor));
      return { config, data: this.#identity, step, epoch: (step - batch) / this.stepsPerEpoch, batch, fullyValidatedAt, arrays };
    });
  }

  /**
   * Goes on from a saved run. Learning rate, clipping and epochs stay those of this trainer.
   * @throws DataError, before anything is written, if the state is of other settings or data, or damaged.
   */
  restore(state: TrainerState): Promise<void> {
    return this.lock.run(async () => {
      const { executor } = this;
      const placed = placeState(this.run, state, this.#config, this.#identity);
      for (const [tensor, data] of placed) executor.write(tensor, data);
      // Rows of steps beyond this one would pass for new ones.
      executor.clear(this.run.state.metrics);
      this.probes.begin(state.step);
      this.#step = state.step;
      this.#fullyValidatedAt = state.fullyValidatedAt;
      this.#isCutOff = false;
      this.#isFresh = false;
      this.#metrics = new MetricsReader(state.step);
      if (state.batch > 0) this.#writeOrder(state.epoch);
      await this.#afterParametersWritten();
    });
  }

  get #identity(): DataIdentity {
    this.#data ??= identify(this.#dataset);
    return this.#data;
  }

  /** Recomputes what is kept beside the parameters and derived from them; called with the lock held. */
  async #afterParametersWritten(): Promise<void> {
    await this.executor.submit(this.run.refresh, 1);
  }

  /** Changes, from the next step on, what may change during a run. */
  tune({ lr, clip }: { readonly lr?: number; readonly clip?: Clip }): void {
    const { optimizer } = this.#config;
    this.#config = { ...this.#config, optimizer: { ...optimizer, lr: lr ?? optimizer.lr }, clip: clip ?? this.#config.clip };
    this.executor.write(this.run.state.hyper, hyperValues(this.#config.optimizer, this.#config.clip));
  }

  /**
   * Enqueues some steps, at most `most` and never across the end of an epoch, and returns how many.
   * Resolves when the executor takes more.
   */
  advance(most: number, signal?: AbortSignal): Promise<number> {
    return this.lock.run(async () => {
      signal?.throwIfAborted();
      const { stepsPerEpoch } = this;
      const steps = Math.min(most, stepsPerEpoch - (this.#step % stepsPerEpoch), this.#replaysPerTurn(this.run.train.plan));
      const end = this.#step + steps;
      await this.#train(async () => {
        while (this.#step < end) {
          const { plan, count } = this.probes.next(this.#step, end);
          this.#step += count;
          await this.executor.submit(plan, count, signal);
        }
      });
      return steps;
    });
  }

  /** Trains one step and looks at its tensors on the way. Returns what the looks of `run.train.lookedAt` find, see find_non_finite. */
  lookAtStep(signal?: AbortSignal): Promise<Uint32Array> {
    return this.lock.run(async () => {
      const { plan, found } = this.run.train.lookedAt;
      await this.#train(() => {
        this.#step += 1;
        return this.executor.submit(plan, 1, signal);
      });
      return Uint32Array.from(await this.executor.read(found));
    });
  }

  /** Enqueues steps, with the lock held, and never across the end of an epoch. */
  async #train(submit: () => Promise<void>): Promise<void> {
    if (this.#step % this.stepsPerEpoch === 0) this.#beginEpoch();
    this.#isFresh = false;
    try {
      await submit();
    } catch (error) {
      this.#isCutOff = true;
      throw error;
    }
  }

  #replaysPerTurn(plan: Plan): number {
    const ms = this.executor.msPerReplay(plan);
    return ms === undefined ? FIRST_TURN : Math.max(1, Math.min(MAX_TURN, Math.floor(TURN_MS / ms)));
  }

  #beginEpoch(): void {
    const { executor } = this;
    const { state, train } = this.run;
    this.#writeOrder(Math.round(this.epoch));
    executor.write(state.counters, Uint32Array.of(0), counterIndex.cursor);
    // The streams start over, so what was carried to their ends does not belong to what follows.
    for (const tensor of train.graph.states) executor.clear(tensor);
  }

  #writeOrder(epoch: number): void {
    const { order, items } = this.run.feed.train;
    if (order !== null) this.executor.write(order, epochOrder(items, this.#config.seed, epoch));
  }

  /** Asks for the metrics rows since the last time; they arrive later. False if no staging buffer is free: ask again. */
  poll(receive: (rows: Float32Array<ArrayBuffer>) => void): boolean {
    const reader = this.#metrics;
    return this.executor.poll(this.run.state.metrics, (ring) => {
      if (reader === this.#metrics) receive(reader.take(ring));
    });
  }

  /** Waits for all steps enqueued and returns the metrics rows that no poll has delivered. */
  async flush(): Promise<Float32Array<ArrayBuffer>> {
    const ring = await this.executor.read(this.run.state.metrics);
    return this.#metrics.take(ring);
  }

  /**
   * Loss and accuracy on the validation set, whole or its first batches; null if `shouldStop` said so on the way.
   * The state carried in training is not touched: validation has hidden tensors of its own.
   */
  async validate(full: boolean, options: ValidateOptions = {}): Promise<ValidationResult | null> {
    const { executor } = this;
    const { validate, feed } = this.run;
    const { step, epoch } = this;
    const batches = full ? feed.validation.batches : Math.min(feed.validation.batches, this.#config.validation.batches);
    // In one piece: training steps between two of its batches would mix parameters.
    const sums = await this.lock.run(async () => {
      for (const tensor of [validate.counters, validate.sums, ...validate.graph.states]) executor.clear(tensor);
      for (let done = 0; done < batches; ) {
        if (options.shouldStop?.() === true) return null;
        const count = Math.min(batches - done, this.#replaysPerTurn(validate.plan));
        await executor.submit(validate.plan, count, options.signal);
        done += count;
        options.onProgress?.(done / batches);
      }
      return executor.read(validate.sums);
    });
    if (sums === null) return null;
    if (full) this.#fullyValidatedAt = step;
    const [loss = 0, correct = 0, count = 0] = sums;
    return { step, epoch, loss: loss / count, accuracy: correct / count, full };
  }
}
