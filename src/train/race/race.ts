import type { Cell, RunConfig } from "../../config";
import type { Dataset } from "../../data/dataset";
import { type Executor, ExecutorError } from "../../plan/executor";
import type { ChooseForm } from "../../plan/forms";
import type { ContestantFacts, RaceLimit, RaceValidation } from "../../race/record";
import { divergedText, type FailureText, failureText, type Place } from "../failure";
import { firstDiverged } from "../loop";
import { rowCount } from "../metrics";
import { Contestant, contestantConfig } from "./contestant";
import { nextSlice, raceSchedule, type Schedule } from "./schedule";

export interface RaceSpec {
  /** Of all contestants, but for the cell. */
  readonly config: RunConfig;
  readonly cells: readonly Cell[];
  readonly limit: RaceLimit;
  /** Forces how it is cut, and how long contestants warm up, where that must not depend on the machine: for tests. */
  readonly pace?: Schedule & { readonly warmUpMs: number };
}

/** Contestants are told of by their place in `cells`. */
export interface RaceHooks {
  /** Gives each contestant an executor of its own; the race destroys it. */
  openExecutor(): Promise<Executor>;
  /** In which form a GPU runs the kernel calls of a contestant. */
  chooseForms(executor: Executor, config: RunConfig, onProgress: (fraction: number) => void): Promise<ChooseForm>;
  /** Runs a preparation, a slice or a validation in its turn: nothing else that is heavy may run meanwhile. */
  turn?<T>(work: () => Promise<T>): Promise<T>;
  /** What is under way, to be told after the contestant's name; fraction 0 to 1, absent if unknown. */
  onProgress?(index: number, label: string, fraction?: number): void;
  onReady?(index: number, facts: ContestantFacts): void;
  /** A slice has ended: its metrics rows, and the time that its steps took. */
  onSlice(index: number, rows: Float32Array<ArrayBuffer>, ms: number): void;
  onValidation(index: number, result: RaceValidation): void;
  /** A contestant cannot go on; the others do. */
  onOut(index: number, failure: FailureText): void;
  /** Asked between slices: resolves at once, or when a pause ends. */
  resumed?(): Promise<void>;
}

/**
 * Trains the contestants in turns, slice by slice, so that all have done the same steps on the same batches after each round. Each round
 * begins with another one, lest one always profit from what the one before has left in caches. All are validated before the first step,
 * at the same steps on the way, and at the end on the whole set.
 *
 * @returns how many contestants came to the end; all memory is freed by then.
 * @throws the signal's reason after an abort; ExecutorError "device-lost". What fails of one contestant alone puts it out of the race.
 */
export async function runRace(
  spec: RaceSpec,
  dataset: Dataset,
  hooks: RaceHooks,
  signal: AbortSignal,
  place: Place = "page",
): Promise<number> {
  const race = new Race(spec, dataset, hooks, signal, place);
  try {
    return await race.run();
  } finally {
    race.close();
  }
}

class Race {
  readonly #spec: RaceSpec;
  readonly #dataset: Dataset;
  readonly #hooks: RaceHooks;
  readonly #signal: AbortSignal;
  readonly #place: Place;
  readonly #executors = new Map<number, Executor>();
  /** Those that are still in the race, by their place. */
  readonly #contestants = new Map<number, Contestant>();
  readonly #lost: Promise<never>;
  #onLost: (sentence: string) => void = () => {};
  #step = 0;
  /** Of all contestants together. */
  #trainedMs = 0;

  constructor(spec: RaceSpec, dataset: Dataset, hooks: RaceHooks, signal: AbortSignal, place: Place) {
    this.#spec = spec;
    this.#dataset = dataset;
    this.#hooks = hooks;
    this.#signal = signal;
    this.#place = place;
    this.#lost = new Promise((_, reject) => {
      this.#onLost = (sentence) => reject(new ExecutorError("device-lost", sentence));
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    // Only a pause waits for it; what works is told by its own call.
    this.#lost.catch(() => {});
  }

  async run(): Promise<number> {
    const { config, cells, limit } = this.#spec;
    for (const [index, cell] of cells.entries()) await this.#guarded(index, () => this.#prepare(index, contestantConfig(config, cell)));
    const last = limit.kind === "steps" ? limit.steps : Number.POSITIVE_INFINITY;
    const { slice, every } = this.#spec.pace ?? this.#schedule(last);
    await this.#validate(false);
    for (let round = 0; this.#step < last && this.#contestants.size > 0; round++) {
      if (limit.kind === "minutes" && this.#trainedMs >= limit.minutes * 60_000) break;
      await this.#untilResumed();
      const stop = Math.min(last, this.#step + every - (this.#step % every));
      await this.#trainRound(round, nextSlice(this.#step, stop, slice));
      if (this.#step === stop && stop < last) await this.#validate(false);
    }
    const isQuickFull = [...this.#contestants.values()].every((contestant) => contestant.quickIsFull);
    if (!isQuickFull) await this.#validate(false);
    await this.#validate(true);
    return this.#contestants.size;
  }

  #schedule(last: number): Schedule {
    const contestants = [...this.#contestants.values()];
    const executor = contestants[0]?.trainer.executor.facts.executor ?? "cpu";
    const speeds = contestants.map(({ warmMsPerStep }) => warmMsPerStep);
    return raceSchedule(this.#spec.config, executor, last, speeds);
  }

  /** Frees the memory of all. */
  close(): void {
    for (const executor of this.#executors.values()) executor.destroy();
  }

  async #prepare(index: number, config: RunConfig): Promise<void> {
    const signal = this.#signal;
    const onProgress = (label: string, fraction?: number): void => this.#hooks.onProgress?.(index, label, fraction);
    await this.#turn(async () => {
      const startedAt = performance.now();
      onProgress("opening the device");
      const executor = await this.#hooks.openExecutor();
      this.#executors.set(index, executor);
      void executor.lost.then(this.#onLost);
      signal.throwIfAborted();
      const chooseForm = await this.#hooks.chooseForms(executor, config, (fraction) => onProgress("measuring kernels", fraction));
      const warmUpMs = this.#spec.pace?.warmUpMs;
      const options = { chooseForm, signal, onProgress, ...(warmUpMs !== undefined && { warmUpMs }) };
      const contestant = await Contestant.open(config, this.#dataset, executor, startedAt, options);
      this.#contestants.set(index, contestant);
      this.#hooks.onReady?.(index, contestant.facts);
    });
  }

  async #trainRound(round: number, steps: number): Promise<void> {
    const lanes = [...this.#contestants];
    const first = round % lanes.length;
    for (const [index, contestant] of [...lanes.slice(first), ...lanes.slice(0, first)]) {
      await this.#untilResumed();
      await this.#guarded(index, async () => {
        const { rows, ms } = await this.#turn(() => contestant.slice(steps, this.#signal));
        if (rowCount(rows) !== steps) throw new ExecutorError("internal", `${rowCount(rows)} of ${steps} steps were reported.`);
        this.#trainedMs += ms;
        const divergedAt = firstDiverged(rows);
        this.#hooks.onSlice(index, rows, ms);
        if (divergedAt !== null) this.#leave(index, divergedText(divergedAt, this.#spec.config.precision, this.#place));
      });
    }
    this.#step += steps;
  }

  async #validate(full: boolean): Promise<void> {
    const label = full ? "validating on the whole set" : "validating";
    for (const [index, contestant] of this.#contestants) {
      await this.#untilResumed();
      const onProgress = (fraction: number): void => this.#hooks.onProgress?.(index, label, fraction);
      await this.#guarded(index, async () => {
        const result = await this.#turn(() => contestant.validate(full, this.#signal, onProgress));
        this.#hooks.onValidation(index, result);
      });
    }
  }

  /** Does a contestant's work. A failure puts it out of the race, unless it is everyone's. */
  async #guarded(index: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof ExecutorError && error.code === "device-lost") throw error;
      this.#leave(index, failureText(error, this.#place));
    }
  }

  #leave(index: number, failure: FailureText): void {
    this.#executors.get(index)?.destroy();
    this.#executors.delete(index);
    this.#contestants.delete(index);
    this.#hooks.onOut(index, failure);
  }

  #turn<T>(work: () => Promise<T>): Promise<T> {
    const { turn } = this.#hooks;
    return turn === undefined ? work() : turn(work);
  }

  async #untilResumed(): Promise<void> {
    await Promise.race([this.#hooks.resumed?.(), this.#lost]);
    this.#signal.throwIfAborted();
  }
}
