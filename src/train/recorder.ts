import type { RunConfig } from "../config";
import { METRICS_PER_STEP } from "../shaders/gradient_norm";
import { growthOf } from "./growth";
import { hasDiverged, type MetricsRow, metricsRow, rowCount } from "./metrics";
import type { Trainer } from "./trainer";
import { mayHoldAnyNumber, stateBytes, type TrainerState } from "./trainerState";

/** Steps whose metrics are kept. */
export const KEPT_ROWS = 50;
/** Memory that snapshots may take, and how many there are at most. */
const MAX_SNAPSHOT_BYTES = 256 * 2 ** 20;
const MAX_SNAPSHOTS = 4;
/** A snapshot is followed by at least this much training, and by this many times what it cost: under 2 % of the time. */
const MIN_INTERVAL_MS = 1000;
const COST_FACTOR = 50;

/** A place that the run can go back to. */
export interface Snapshot {
  readonly step: number;
  /** The settings with which the run went on from there. */
  readonly config: RunConfig;
  /** The largest magnitude among the weights; undefined for those that are drawn again. */
  readonly largestWeight?: number;
}

interface Kept {
  readonly state: TrainerState;
  readonly largestWeight: number;
}

export interface RecorderOptions {
  readonly maxBytes?: number;
  readonly now?: () => number;
}

export interface ReplayHooks {
  /** Asked between turns: true gives up, with the trainer between two steps. */
  shouldStop(): boolean;
  /** Stops within a step, which leaves the trainer good for nothing but another state. */
  readonly signal?: AbortSignal | undefined;
  onProgress(done: number, of: number): void;
  onRows(rows: Float32Array): void;
}

/**
 * Keeps what is needed once a run diverges: the last steps' metrics, and states from which it can be trained again, in this process's
 * memory. Step 0 of a run that began with drawn weights is drawn again, and needs none.
 */
export class Recorder {
  readonly #trainer: Trainer;
  readonly #now: () => number;
  readonly #capacity: number;
  readonly #bytesEach: number;
  /** Oldest first. */
  #kept: Kept[] = [];
  /** Settings by the step after which they hold, the first from the beginning on. */
  #settings: { readonly after: number; readonly config: RunConfig }[];
  #rows: Float32Array[] = [];
  #hasDiverged = false;
  /** Undefined until the first is to be thought of. */
  #dueAt: number | undefined;
  /** Step 0 is drawn again, and needs no snapshot. */
  #isDrawn: boolean;

  /** Of a trainer that stands where its run begins. */
  constructor(trainer: Trainer, { maxBytes = MAX_SNAPSHOT_BYTES, now = () => performance.now() }: RecorderOptions = {}) {
    this.#trainer = trainer;
    this.#now = now;
    this.#bytesEach = stateBytes(trainer.run);
    this.#capacity = Math.min(MAX_SNAPSHOTS, Math.floor(maxBytes / this.#bytesEach));
    this.#settings = [{ after: 0, config: trainer.config }];
    this.#isDrawn = trainer.isFresh;
  }

  /** Asked before each turn of training: true if a snapshot should be taken first. */
  isDue(): boolean {
    this.#dueAt ??= this.#now() + (this.#isDrawn ? MIN_INTERVAL_MS : 0);
    return this.#capacity > 0 && this.#now() >= this.#dueAt;
  }

  /** Takes a snapshot, between two steps; waits for the steps enqueued. */
  async take(): Promise<void> {
    const start = this.#now();
    const state = await this.#trainer.save();
    // Weights that are beyond all numbers are no place to go back to.
    const largestWeight = largestIn(state);
    // Numbers beyond all bounds are no place to go back to; Trainer.restore refuses them.
    if (Number.isFinite(largestWeight) && this.#kept.at(-1)?.state.step !== state.step) {
      const steps = [...this.#kept.map((each) => each.state.step), state.step];
      if (this.#kept.length >= this.#capacity) this.#kept.splice(mostCrowded(steps), 1);
      this.#kept.push({ state, largestWeight });
    }
    const end = this.#now();
    this.#dueAt = end + Math.max(MIN_INTERVAL_MS, COST_FACTOR * (end - start));
  }

  /** Takes rows of metrics, in order; those after the step that diverged are not kept. */
  receive(rows: Float32Array): void {
    for (let i = 0; i < rowCount(rows) && !this.#hasDiverged; i++) {
      this.#rows.push(rows.slice(i * METRICS_PER_STEP, (i + 1) * METRICS_PER_STEP));
      if (this.#rows.length > KEPT_ROWS) this.#rows.shift();
      this.#hasDiverged = hasDiverged(metricsRow(rows, i));
    }
  }

  /** To be told each time that the trainer was tuned. */
  noteTuning(): void {
    this.#settings.push({ after: this.#trainer.step, config: this.#trainer.config });
  }

  /** Begins anew, after the trainer was initialised or given another state. */
  clear(): void {
    this.#kept = [];
    this.#rows = [];
    this.#hasDiverged = false;
    this.#dueAt = undefined;
    this.#isDrawn = this.#trainer.isFresh;
    this.#settings = [{ after: 0, config: this.#trainer.config }];
  }

  /** The last KEPT_ROWS steps' metrics, the step that diverged the last. */
  get rows(): readonly MetricsRow[] {
    return this.#rows.map((row) => metricsRow(row, 0));
  }

  /** The same as rows of METRICS_PER_STEP numbers. */
  get rawRows(): Float32Array<ArrayBuffer> {
    const all = new Float32Array(this.#rows.length * METRICS_PER_STEP);
    for (const [i, row] of this.#rows.entries()) all.set(row, i * METRICS_PER_STEP);
    return all;
  }

  /** Where the run can go back to, oldest first. */
  get snapshots(): readonly Snapshot[] {
    const kept = this.#kept.map(({ state: { step }, largestWeight }) => ({ step, config: this.#settingsAfter(step), largestWeight }));
    return this.#isDrawn ? [{ step: 0, config: this.#settingsAfter(0) }, ...kept] : kept;
  }

  /** Memory of the snapshots. */
  get bytes(): number {
    return this.#kept.length * this.#bytesEach;
  }

  /**
   * Takes the trainer back to a snapshot, with the settings that it has now. What was kept of later steps is dropped.
   * @throws RangeError if there is none of that step.
   */
  async rewind(step: number): Promise<void> {
    await this.#goBack(step);
    this.#kept = this.#kept.filter(({ state }) => state.step <= step);
    this.#rows = this.#rows.filter((row) => metricsRow(row, 0).step <= step);
    this.#hasDiverged = false;
    this.#settings = [...this.#settings.filter(({ after }) => after < step), { after: step, config: this.#trainer.config }];
  }

  /**
   * Goes back to the last snapshot before `step` and trains up to the step before it with the settings of then: the trainer is then as
   * it was. Hands over the rows of these steps, which on a device that repeats itself are what they were.
   * @returns whether it came that far: there may be no snapshot, or `shouldStop` said so on the way, with the trainer between two steps.
   */
  async replayTo(step: number, { shouldStop, signal, onProgress, onRows }: ReplayHooks): Promise<boolean> {
    const from = this.snapshots.findLast((snapshot) => snapshot.step < step);
    if (from === undefined) return false;
    const trainer = this.#trainer;
    this.#apply(from.config);
    await this.#goBack(from.step);
    while (trainer.step < step - 1) {
      if (shouldStop()) return false;
      onProgress(trainer.step - from.step, step - from.step);
      const change = this.#settings.find(({ after }) => after > trainer.step)?.after ?? step;
      await trainer.advance(Math.min(change, step - 1) - trainer.step, signal);
      // Reading also waits: what is only enqueued would let the progress run ahead.
      onRows(await trainer.flush());
      this.#apply(this.#settingsAfter(trainer.step));
    }
    return !shouldStop();
  }

  /** Gives the trainer the latest settings again, after a replay. */
  applyLatestSettings(): void {
    this.#apply(this.#settingsAfter(Number.POSITIVE_INFINITY));
  }

  async #goBack(step: number): Promise<void> {
    const kept = this.#kept.find(({ state }) => state.step === step);
    if (kept !== undefined) await this.#trainer.restore(kept.state);
    else if (step === 0 && this.#isDrawn) await this.#trainer.initialise();
    else throw new RangeError(`there is no snapshot of step ${step}`);
  }

  #settingsAfter(step: number): RunConfig {
    return this.#settings.findLast(({ after }) => after <= step)?.config ?? this.#trainer.config;
  }

  #apply({ optimizer: { lr }, clip }: RunConfig): void {
    this.#trainer.tune({ lr, clip });
  }
}

/**
 * Of steps in ascending order, the index of that whose neighbours are closest together in proportion to their age: leaving it out keeps
 * many snapshots of late and a few of long ago. Never the last.
 */
export function mostCrowded(steps: readonly number[]): number {
  const last = steps.at(-1) ?? 0;
  const age = (i: number): number => 1 + last - (steps[i] ?? 0);
  let [best, smallest] = [0, Number.POSITIVE_INFINITY];
  for (let i = 0; i < steps.length - 1; i++) {
    const ratio = age(i - 1) / age(i + 1);
    if (ratio < smallest) [best, smallest] = [i, ratio];
  }
  return best;
}

/** Weights that are this much larger than in an earlier snapshot have grown already. */
const GROWN = 10;
/** What a network's drawn weights are beneath: an embedding draws from N(0, 1), everything else less. */
const LARGEST_DRAWN = 6;

/** The step of the latest snapshot from before loss and norm rose, if they did, of which the weights are not much larger than before. */
export function suggestedSnapshot({ snapshots, rows }: Pick<Recorder, "snapshots" | "rows">, divergedAt: number): number | undefined {
  const { loss, norm } = growthOf(rows);
  const risesFrom = Math.min(divergedAt, loss?.since ?? divergedAt, norm?.since ?? divergedAt);
  let smallest = Number.POSITIVE_INFINITY;
  let suggested = snapshots[0]?.step;
  for (const { step, largestWeight = LARGEST_DRAWN } of snapshots) {
    if (step >= risesFrom || largestWeight > GROWN * smallest) break;
    smallest = Math.min(smallest, largestWeight);
    suggested = step;
  }
  return suggested;
}

/** The largest magnitude among the weights of a state; not finite if any number of the state is not that should be. */
function largestIn({ arrays }: TrainerState): number {
  let largest = 0;
  for (const { name, data } of arrays) {
    if (mayHoldAnyNumber(name)) continue;
    let size = 0;
    for (let i = 0; i < data.length; i++) {
      const magnitude = Math.abs(data[i]!);
      // Not-a-number is larger than nothing.
      if (!(magnitude <= size)) size = magnitude;
    }
    if (!Number.isFinite(size)) return size;
    if (!/^(moment|carried|state)/.test(name)) largest = Math.max(largest, size);
  }
  return largest;
}
