/** A part of the work of `submit` that goes to the GPU as one: whole replays, or some calls of one replay. */
export interface Batch {
  readonly firstCall: number;
  /** One past the last call. */
  readonly endCall: number;
  /** More than one only for whole replays. */
  readonly replays: number;
  /** To be waited for before the next one, because its cost is not yet known. */
  readonly alone: boolean;
}

/** In the first replay, no more calls than this go out at once. */
const MAX_UNMEASURED_CALLS = 8;
/** A plan that overruns the target by less than this goes out whole: an even split would make batches needlessly short. */
const WHOLE_UP_TO = 4 / 3;
/** Whole replays in a batch grow at most this much from one batch to the next, lest one wrong measurement flood the queue. */
const MAX_GROWTH = 4;
/** What an older measurement still weighs when a new one comes in. */
const DECAY = 0.7;
/** How far the share of some calls in a replay moves towards a new measurement of them. */
const SHARE_RATE = 0.3;

/**
 * Learns what a plan costs and cuts its replays into batches of about `targetMs`.
 *
 * The first replay goes out in a few calls at a time, each waited for, so that nothing unmeasured can occupy the GPU for long.
 */
export class PlanPace {
  readonly #targetMs: number;
  /** Estimated milliseconds of each call. Only their proportions count: the mean of whole replays says how long all take. */
  readonly #callMs: Float64Array;
  #unmeasuredCalls = 1;
  #splitMs = 0;
  #msSum = 0;
  #replaySum = 0;
  #lastReplays = 1;

  constructor(calls: number, targetMs: number) {
    this.#callMs = new Float64Array(calls);
    this.#targetMs = targetMs;
  }

  /** Running mean over recent batches; undefined until one whole replay was measured. */
  get msPerReplay(): number | undefined {
    return this.#replaySum > 0 ? this.#msSum / this.#replaySum : undefined;
  }

  /** The next batch, from call `firstCall` of a replay on, with `replaysLeft` replays to go, this one included. */
  next(firstCall: number, replaysLeft: number): Batch {
    const calls = this.#callMs.length;
    const mean = this.msPerReplay;
    if (mean === undefined) {
      return { firstCall, endCall: Math.min(calls, firstCall + this.#unmeasuredCalls), replays: 1, alone: true };
    }
    if (firstCall > 0 || mean > this.#targetMs * WHOLE_UP_TO) return this.#part(firstCall, mean);
    const fitting = Math.max(1, Math.floor(this.#targetMs / mean));
    this.#lastReplays = Math.min(fitting, replaysLeft, this.#lastReplays * MAX_GROWTH);
    return { firstCall, endCall: calls, replays: this.#lastReplays, alone: false };
  }

  /** What a batch should take; infinite before the first measurement. */
  expectedMs({ firstCall, endCall, replays }: Batch): number {
    const mean = this.msPerReplay;
    if (mean === undefined) return Number.POSITIVE_INFINITY;
    return (replays * mean * this.#sum(firstCall, endCall)) / this.#sum(0, this.#callMs.length);
  }

  /** Takes the measured time of a batch. Batches of one plan come back in the order in which they went out. */
  record({ firstCall, endCall, replays, alone }: Batch, ms: number): void {
    const calls = this.#callMs.length;
    const wasUnmeasured = this.msPerReplay === undefined;
    if (firstCall === 0 && endCall === calls) {
      if (wasUnmeasured) this.#callMs.fill(ms / replays / calls);
      this.#addMean(ms, replays);
      return;
    }
    if (alone) this.#learnCalls(firstCall, endCall, ms);
    else this.#correctShares(firstCall, endCall, ms);
    this.#splitMs = firstCall === 0 ? ms : this.#splitMs + ms;
    if (endCall === calls) this.#addMean(this.#splitMs, 1);
  }

  #part(firstCall: number, mean: number): Batch {
    const calls = this.#callMs.length;
    const scale = mean / this.#sum(0, calls);
    const partMs = mean / Math.ceil(mean / this.#targetMs);
    let endCall = firstCall;
    let ms = 0;
    while (endCall < calls) {
      ms += this.#callMs[endCall]! * scale;
      if (endCall > firstCall && ms > partMs) break;
      endCall += 1;
    }
    return { firstCall, endCall, replays: 1, alone: false };
  }

  #addMean(ms: number, replays: number): void {
    this.#msSum = this.#msSum * DECAY + ms;
    this.#replaySum = this.#replaySum * DECAY + replays;
  }

  #learnCalls(firstCall: number, endCall: number, ms: number): void {
    const count = endCall - firstCall;
    this.#callMs.fill(ms / count, firstCall, endCall);
    const affordable = Math.floor((count * this.#targetMs) / ms);
    this.#unmeasuredCalls = Math.max(1, Math.min(affordable, count * 2, MAX_UNMEASURED_CALLS));
  }

  #correctShares(firstCall: number, endCall: number, ms: number): void {
    const mean = this.msPerReplay ?? ms;
    const expected = (this.#sum(firstCall, endCall) * mean) / this.#sum(0, this.#callMs.length);
    const factor = 1 + SHARE_RATE * (Math.min(ms / expected, MAX_GROWTH) - 1);
    for (let i = firstCall; i < endCall; i += 1) this.#callMs[i]! *= factor;
  }

  #sum(firstCall: number, endCall: number): number {
    let sum = 0;
    for (let i = firstCall; i < endCall; i += 1) sum += this.#callMs[i]!;
    return sum;
  }
}
