import { METRIC_COLUMNS, metricColumns, type Validation } from "../worker/protocol";

/** A chart draws at most this many points per series. */
export const MAX_POINTS = 400;
/** Weight that the running mean keeps of its past at each step, once there is much of it. */
const SMOOTHING = 0.9;
/** After so many values the past weighs half: a young curve is followed closely, so that its fall is not drawn late. */
const YOUTH = 15;

const tracked = ["loss", "accuracy", "gradNorm", "gradNormClipped", "lossScale", "skippedSteps", "underflow"] as const;
export type TrackedMetric = (typeof tracked)[number];
const columnOf = (metric: (typeof metricColumns)[number]): number => metricColumns.indexOf(metric);

/** One metric within one bucket of neighbouring steps; undefined where no value of the bucket is finite. */
export interface BucketValue {
  readonly min: number;
  readonly max: number;
  /** Mean of the running mean over the bucket. */
  readonly smooth: number;
  /** The last value, for what holds until it changes. */
  readonly last: number;
}

export interface Bucket {
  /** Last step of the bucket. */
  readonly step: number;
  readonly values: Readonly<Record<TrackedMetric, BucketValue | undefined>>;
}

/** Exponential running mean without the bias towards its start (as Adam corrects its moments); skips what is not finite. */
export class RunningMean {
  #sum = 0;
  #weight = 0;
  #count = 0;

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    const kept = Math.min(SMOOTHING, this.#count / (this.#count + YOUTH));
    this.#sum = kept * this.#sum + (1 - kept) * value;
    this.#weight = kept * this.#weight + (1 - kept);
    this.#count++;
  }

  /** NaN before the first finite value. */
  get value(): number {
    return this.#weight === 0 ? Number.NaN : this.#sum / this.#weight;
  }
}

/** Minimum, maximum and running mean of one metric, bucket by bucket. */
class Envelope {
  readonly min = new Float64Array(MAX_POINTS).fill(Number.POSITIVE_INFINITY);
  readonly max = new Float64Array(MAX_POINTS).fill(Number.NEGATIVE_INFINITY);
  readonly #meanSum = new Float64Array(MAX_POINTS);
  readonly #meanCount = new Float64Array(MAX_POINTS);
  readonly #last = new Float64Array(MAX_POINTS).fill(Number.NaN);
  readonly mean = new RunningMean();

  add(bucket: number, value: number): void {
    this.mean.add(value);
    if (!Number.isFinite(value)) return;
    this.#meanSum[bucket] = this.#meanSum[bucket]! + this.mean.value;
    this.#meanCount[bucket] = this.#meanCount[bucket]! + 1;
    this.min[bucket] = Math.min(this.min[bucket]!, value);
    this.max[bucket] = Math.max(this.max[bucket]!, value);
    this.#last[bucket] = value;
  }

  /** Joins buckets 2i and 2i+1 into i. */
  halve(): void {
    for (let i = 0; i < MAX_POINTS / 2; i++) {
      this.min[i] = Math.min(this.min[2 * i]!, this.min[2 * i + 1]!);
      this.max[i] = Math.max(this.max[2 * i]!, this.max[2 * i + 1]!);
      this.#meanSum[i] = this.#meanSum[2 * i]! + this.#meanSum[2 * i + 1]!;
      this.#meanCount[i] = this.#meanCount[2 * i]! + this.#meanCount[2 * i + 1]!;
      const [earlier, later] = [this.#last[2 * i]!, this.#last[2 * i + 1]!];
      this.#last[i] = Number.isNaN(later) ? earlier : later;
    }
    this.#meanSum.fill(0, MAX_POINTS / 2);
    this.#meanCount.fill(0, MAX_POINTS / 2);
    this.#last.fill(Number.NaN, MAX_POINTS / 2);
    this.min.fill(Number.POSITIVE_INFINITY, MAX_POINTS / 2);
    this.max.fill(Number.NEGATIVE_INFINITY, MAX_POINTS / 2);
  }

  at(bucket: number): BucketValue | undefined {
    const min = this.min[bucket];
    const max = this.max[bucket];
    if (min === undefined || max === undefined || min > max) return undefined;
    return { min, max, smooth: this.#meanSum[bucket]! / this.#meanCount[bucket]!, last: this.#last[bucket]! };
  }
}

/**
 * All metrics of one run, kept outside React: the raw rows, and buckets of min, max and running mean for drawing.
 * Bucket sizes are powers of two, so that a bucket, once full, only ever joins its neighbour and the picture does not flicker.
 */
export class RunHistory {
  #rows = new Float32Array(1024 * METRIC_COLUMNS);
  #length = 0;
  #bucketSize = 1;
  readonly #bucketSteps = new Float64Array(MAX_POINTS);
  readonly #envelopes: Readonly<Record<TrackedMetric, Envelope>> = {
    loss: new Envelope(),
    accuracy: new Envelope(),
    gradNorm: new Envelope(),
    gradNormClipped: new Envelope(),
    lossScale: new Envelope(),
    skippedSteps: new Envelope(),
    underflow: new Envelope(),
  };
  readonly #clipped = new RunningMean();
  readonly validations: Validation[] = [];

  /** Number of steps kept. */
  get length(): number {
    return this.#length;
  }

  /** The step after which the history begins: 0, but for a run that was opened from a file. */
  get startStep(): number {
    return this.#length === 0 ? 0 : this.#rows[columnOf("step")]! - 1;
  }

  /** Raw rows of METRIC_COLUMNS numbers; valid until the next append. */
  get rows(): Float32Array {
    return this.#rows.subarray(0, this.#length * METRIC_COLUMNS);
  }

  /** Share of the last few dozen steps in which the gradient was clipped, skipped steps left out; NaN before the first. */
  get clippedShare(): number {
    return this.#clipped.value;
  }

  /** Steps skipped before the first that is kept: 0 unless the run began with a saved one. */
  get skippedBefore(): number {
    if (this.#length === 0) return 0;
    const itself = Number.isFinite(this.#rows[columnOf("gradNorm")]) ? 0 : 1;
    return this.#rows[columnOf("skippedSteps")]! - itself;
  }

  append(rows: Float32Array): void {
    const count = Math.floor(rows.length / METRIC_COLUMNS);
    this.#reserve(this.#length + count);
    this.#rows.set(rows.subarray(0, count * METRIC_COLUMNS), this.#length * METRIC_COLUMNS);
    for (let i = 0; i < count; i++) this.#addToBucket(this.#length + i);
    this.#length += count;
  }

  /** The last value of a metric as it came, NaN if there is none. */
  last(metric: (typeof metricColumns)[number]): number {
    return this.#rows[(this.#length - 1) * METRIC_COLUMNS + columnOf(metric)] ?? Number.NaN;
  }

  /** At most MAX_POINTS buckets in order of steps. */
  buckets(): Bucket[] {
    const count = Math.ceil(this.#length / this.#bucketSize);
    const of = this.#envelopes;
    return Array.from({ length: count }, (_, i) => ({
      step: this.#bucketSteps[i] ?? 0,
      values: {
        loss: of.loss.at(i),
        accuracy: of.accuracy.at(i),
        gradNorm: of.gradNorm.at(i),
        gradNormClipped: of.gradNormClipped.at(i),
        lossScale: of.lossScale.at(i),
        skippedSteps: of.skippedSteps.at(i),
        underflow: of.underflow.at(i),
      },
    }));
  }

  #reserve(rows: number): void {
    if (rows * METRIC_COLUMNS <= this.#rows.length) return;
    const larger = new Float32Array(Math.max(this.#rows.length * 2, rows * METRIC_COLUMNS));
    larger.set(this.#rows);
    this.#rows = larger;
  }

  #addToBucket(row: number): void {
    if (Math.floor(row / this.#bucketSize) >= MAX_POINTS) {
      for (const metric of tracked) this.#envelopes[metric].halve();
      for (let i = 0; i < MAX_POINTS / 2; i++) this.#bucketSteps[i] = this.#bucketSteps[2 * i + 1]!;
      this.#bucketSize *= 2;
    }
    const bucket = Math.floor(row / this.#bucketSize);
    const start = row * METRIC_COLUMNS;
    this.#bucketSteps[bucket] = this.#rows[start + columnOf("step")]!;
    for (const metric of tracked) this.#envelopes[metric].add(bucket, this.#rows[start + columnOf(metric)]!);
    if (Number.isFinite(this.#rows[start + columnOf("gradNorm")])) this.#clipped.add(this.#rows[start + columnOf("clipped")]!);
  }
}
