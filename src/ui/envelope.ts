/** After so many values the past weighs half: a young curve is followed closely, so that its fall is not drawn late. */
const YOUTH = 15;

/** Exponential running mean without the bias towards its start (as Adam corrects its moments); skips what is not finite. */
export class RunningMean {
  #sum = 0;
  #weight = 0;
  #count: number;

  /**
   * @param smoothing weight that the mean keeps of its past at each step, once there is much of it: 0 to below 1.
   * @param count values that came before and are not known any more.
   */
  constructor(
    readonly smoothing: number,
    count = 0,
  ) {
    this.#count = count;
  }

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    const kept = Math.min(this.smoothing, this.#count / (this.#count + YOUTH));
    this.#sum = kept * this.#sum + (1 - kept) * value;
    this.#weight = kept * this.#weight + (1 - kept);
    this.#count++;
  }

  /** NaN before the first finite value. */
  get value(): number {
    return this.#weight === 0 ? Number.NaN : this.#sum / this.#weight;
  }
}

/** Rows before the first one wanted that a running mean has to see: what came earlier weighs less than a millionth. */
export const warmUpRows = (smoothing: number): number => (smoothing <= 0 ? 0 : Math.ceil(Math.log(1e-6) / Math.log(smoothing)));

/** One column within one bucket of neighbouring rows. */
export interface BucketValue {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Mean of the running mean over the bucket. */
  readonly smooth: number;
  /** The last value, for what holds until it changes. */
  readonly last: number;
  /** Finite values. */
  readonly count: number;
}

/** Minimum, maximum, mean and running mean of one column, bucket by bucket; values that are not finite are left out. */
export class Envelope {
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #sum: Float64Array;
  readonly #smoothSum: Float64Array;
  readonly #count: Float64Array;
  readonly #last: Float64Array;

  constructor(readonly size: number) {
    this.#min = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
    this.#max = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    this.#sum = new Float64Array(size);
    this.#smoothSum = new Float64Array(size);
    this.#count = new Float64Array(size);
    this.#last = new Float64Array(size);
  }

  /** @param smooth the running mean up to this value. */
  add(bucket: number, value: number, smooth: number): void {
    if (!Number.isFinite(value)) return;
    if (value < this.#min[bucket]!) this.#min[bucket] = value;
    if (value > this.#max[bucket]!) this.#max[bucket] = value;
    this.#sum[bucket] = this.#sum[bucket]! + value;
    this.#smoothSum[bucket] = this.#smoothSum[bucket]! + smooth;
    this.#count[bucket] = this.#count[bucket]! + 1;
    this.#last[bucket] = value;
  }

  /** Joins buckets 2i and 2i+1 into i. */
  halve(): void {
    const half = this.size / 2;
    for (let i = 0; i < half; i++) {
      this.#min[i] = Math.min(this.#min[2 * i]!, this.#min[2 * i + 1]!);
      this.#max[i] = Math.max(this.#max[2 * i]!, this.#max[2 * i + 1]!);
      this.#last[i] = this.#count[2 * i + 1]! > 0 ? this.#last[2 * i + 1]! : this.#last[2 * i]!;
      for (const sums of [this.#sum, this.#smoothSum, this.#count]) sums[i] = sums[2 * i]! + sums[2 * i + 1]!;
    }
    this.#min.fill(Number.POSITIVE_INFINITY, half);
    this.#max.fill(Number.NEGATIVE_INFINITY, half);
    for (const sums of [this.#sum, this.#smoothSum, this.#count]) sums.fill(0, half);
  }

  /** Forgets the running means from a bucket on, to be added again with `addSmooth`. */
  clearSmooth(from: number): void {
    this.#smoothSum.fill(0, from);
  }

  addSmooth(bucket: number, value: number, smooth: number): void {
    if (Number.isFinite(value)) this.#smoothSum[bucket] = this.#smoothSum[bucket]! + smooth;
  }

  /** undefined where no value of the bucket is finite. */
  at(bucket: number): BucketValue | undefined {
    const count = this.#count[bucket] ?? 0;
    if (count === 0) return undefined;
    return {
      min: this.#min[bucket]!,
      max: this.#max[bucket]!,
      mean: this.#sum[bucket]! / count,
      smooth: this.#smoothSum[bucket]! / count,
      last: this.#last[bucket]!,
      count,
    };
  }
}
