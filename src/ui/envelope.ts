/** After so many values the past weighs half: a young curve is followed closely, so that its fall is not drawn late. */
const YOUTH = 15;

/** A weight from which on a mean has no bias left that f32 could hold. */
const FULL = 1 - 2 ** -30;

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

  /** Adds values one after another and gives the mean after each. */
  addAll(values: Float32Array): Float64Array {
    const means = new Float64Array(values.length);
    // Locals: over a million values they count.
    const { smoothing } = this;
    const grown = (YOUTH * smoothing) / (1 - smoothing);
    let [sum, weight, count] = [this.#sum, this.#weight, this.#count];
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      // Only what is not finite has a difference from itself that is not 0.
      if (value - value === 0 && weight >= FULL && count >= grown) {
        sum = smoothing * sum + (1 - smoothing) * value;
        means[i] = sum;
        continue;
      }
      if (value - value === 0) {
        const kept = Math.min(smoothing, count / (count + YOUTH));
        sum = kept * sum + (1 - kept) * value;
        weight = kept * weight + (1 - kept);
        count++;
      }
      means[i] = sum / weight;
    }
    [this.#sum, this.#weight, this.#count] = [sum, weight, count];
    return means;
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

  /**
   * Puts each value into its bucket.
   * @param smooths the running mean up to each value.
   */
  add(buckets: Int32Array, values: Float32Array, smooths: Float64Array): void {
    const [min, max, sum, smoothSum, count, last] = [this.#min, this.#max, this.#sum, this.#smoothSum, this.#count, this.#last];
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value - value !== 0) continue;
      const bucket = buckets[i]!;
      if (value < min[bucket]!) min[bucket] = value;
      if (value > max[bucket]!) max[bucket] = value;
      sum[bucket] = sum[bucket]! + value;
      smoothSum[bucket] = smoothSum[bucket]! + smooths[i]!;
      count[bucket] = count[bucket]! + 1;
      last[bucket] = value;
    }
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

  /** Forgets the running means of the buckets from `from` on, for others to be added. */
  clearSmooth(from: number): void {
    this.#smoothSum.fill(0, from);
  }

  /** Adds running means of values that are here already, to the buckets from `from` on. */
  addSmooth(buckets: Int32Array, values: Float32Array, smooths: Float64Array, from: number): void {
    const sums = this.#smoothSum;
    for (let i = 0; i < values.length; i++) {
      const [value, bucket] = [values[i]!, buckets[i]!];
      if (bucket >= from && value - value === 0) sums[bucket] = sums[bucket]! + smooths[i]!;
    }
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
