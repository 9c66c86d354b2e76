/** The measures of one unit against one concept; see RankedUnit. */
export interface BinaryScore {
  readonly r: number;
  readonly auc: number;
}

/** What an element of a histogram holds: memory is what a thousand units times a dozen concepts take. */
const MAX_COUNT = 0xffff;

/**
 * Streaming statistics of many units against some concepts: sums for correlations, and histograms for everything that goes by rank, so
 * that no activation is kept. A value v is binned by `place(v)`, which rises with v; an AUC from a histogram counts the pairs within one
 * bin as half, as ties.
 */
export class UnitStatistics {
  readonly units: number;
  readonly bins: number;
  /** Labels seen: all, and by binary concept where it is there. */
  count = 0;
  readonly positives: Float64Array;
  readonly #sum: Float64Array;
  readonly #sumSquares: Float64Array;
  /** [units, bins], and for each binary concept the same where it is there. */
  readonly #histogram: Uint16Array;
  readonly #positiveHistograms: readonly Uint16Array[];
  readonly #positiveSums: readonly Float64Array[];
  /** For each number concept: its own sum and sum of squares, and [units] sums of products. */
  readonly #numbers: readonly { readonly own: Float64Array; readonly products: Float64Array }[];

  /** @param binary and @param numbers: how many concepts of each kind there are. */
  constructor(units: number, bins: number, binary: number, numbers: number) {
    this.units = units;
    this.bins = bins;
    this.positives = new Float64Array(binary);
    this.#sum = new Float64Array(units);
    this.#sumSquares = new Float64Array(units);
    this.#histogram = new Uint16Array(units * bins);
    this.#positiveHistograms = Array.from({ length: binary }, () => new Uint16Array(units * bins));
    this.#positiveSums = Array.from({ length: binary }, () => new Float64Array(units));
    this.#numbers = Array.from({ length: numbers }, () => ({ own: new Float64Array(2), products: new Float64Array(units) }));
  }

  /**
   * Counts the labels of one character; to be called once for each, whatever `add` is called for.
   * @throws RangeError for more characters than a histogram counts.
   */
  label(bits: number, numbers: readonly number[]): void {
    if (this.count === MAX_COUNT) throw new RangeError(`a histogram counts at most ${MAX_COUNT} characters`);
    this.count++;
    for (let k = 0; k < this.positives.length; k++) if ((bits >> k) & 1) this.positives[k] = (this.positives[k] ?? 0) + 1;
    for (const [k, { own }] of this.#numbers.entries()) {
      const value = numbers[k] ?? 0;
      own[0] = (own[0] ?? 0) + value;
      own[1] = (own[1] ?? 0) + value * value;
    }
  }

  /**
   * Adds the values of `count` units, the first of which is unit `first`, at one character.
   * @param isBounded values of a tanh, else any finite ones; decides where the bins lie.
   */
  add(
    values: ArrayLike<number>,
    offset: number,
    count: number,
    first: number,
    isBounded: boolean,
    bits: number,
    numbers: readonly number[],
  ): void {
    const { bins } = this;
    const last = bins - 1;
    for (let j = 0; j < count; j++) {
      const v = values[offset + j]!;
      const u = first + j;
      const bin = Math.min(last, Math.floor(place(v, isBounded) * bins));
      const at = u * bins + bin;
      this.#sum[u]! += v;
      this.#sumSquares[u]! += v * v;
      this.#histogram[at]!++;
      for (let rest = bits, k = 0; rest !== 0; rest >>= 1, k++) {
        if ((rest & 1) === 0) continue;
        this.#positiveHistograms[k]![at]!++;
        this.#positiveSums[k]![u]! += v;
      }
      for (let k = 0; k < numbers.length; k++) this.#numbers[k]!.products[u]! += v * numbers[k]!;
    }
  }

  /** Pearson's correlation of a unit with a number; 0 if either never changes. */
  correlation(unit: number, number: number): number {
    const concept = this.#numbers[number];
    if (concept === undefined) throw new RangeError(`there is no number concept ${number}`);
    const [sum = 0, squares = 0] = concept.own;
    return pearson(this.count, this.#sum[unit]!, this.#sumSquares[unit]!, sum, squares, concept.products[unit]!);
  }

  /** Point-biserial correlation and AUC of a unit with a concept that is there or not; 0 and 0.5 where it never changes. */
  score(unit: number, concept: number): BinaryScore {
    const positives = this.positives[concept] ?? 0;
    const products = this.#positiveSums[concept]?.[unit] ?? 0;
    const r = pearson(this.count, this.#sum[unit]!, this.#sumSquares[unit]!, positives, positives, products);
    const negatives = this.count - positives;
    if (positives === 0 || negatives === 0) return { r, auc: 0.5 };
    const histogram = this.#positiveHistograms[concept]!;
    let below = 0;
    let pairs = 0;
    for (let at = unit * this.bins; at < (unit + 1) * this.bins; at++) {
      const there = histogram[at]!;
      const absent = this.#histogram[at]! - there;
      pairs += there * (below + absent / 2);
      below += absent;
    }
    return { r, auc: pairs / (positives * negatives) };
  }

  /** The edge of a bin from which on a unit tells the concept best, or below which if `falls`, and how well: see balancedAccuracy. */
  bestEdge(unit: number, concept: number, falls: boolean): number {
    let best = { edge: 0, accuracy: 0 };
    for (let edge = 1; edge < this.bins; edge++) {
      const accuracy = this.balancedAccuracy(unit, concept, edge, falls);
      if (accuracy > best.accuracy) best = { edge, accuracy };
    }
    return best.edge;
  }

  /** Mean of the fraction told right where the concept is there and where it is not, if it is told from bin `edge` on (or below it). */
  balancedAccuracy(unit: number, concept: number, edge: number, falls: boolean): number {
    const positives = this.positives[concept] ?? 0;
    const negatives = this.count - positives;
    if (positives === 0 || negatives === 0) return 0.5;
    let [hits, alarms] = [0, 0];
    for (const [bin, [there, absent]] of this.#counts(unit, concept).entries()) {
      if (bin < edge === falls) {
        hits += there;
        alarms += absent;
      }
    }
    return (hits / positives + 1 - alarms / negatives) / 2;
  }

  /** The value at the lower edge of a bin. */
  edgeValue(edge: number, isBounded: boolean): number {
    const x = 2 * (edge / this.bins) - 1;
    return isBounded ? x : x / (1 - Math.abs(x));
  }

  /** Of each bin, from the lowest: how often the concept was there, and was not. */
  #counts(unit: number, concept: number): [there: number, absent: number][] {
    const start = unit * this.bins;
    const there = this.#positiveHistograms[concept];
    return Array.from({ length: this.bins }, (_, bin) => {
      const positive = there?.[start + bin] ?? 0;
      return [positive, (this.#histogram[start + bin] ?? 0) - positive];
    });
  }
}

/** Where a value lies among all possible ones, 0 to 1: bounded values from -1 to 1 evenly, others squeezed. NaN goes lowest. */
function place(value: number, isBounded: boolean): number {
  const x = isBounded ? value : value / (1 + Math.abs(value));
  return x >= -1 ? (Math.min(1, x) + 1) / 2 : x === Number.POSITIVE_INFINITY ? 1 : 0;
}

function pearson(n: number, sumX: number, squaresX: number, sumY: number, squaresY: number, products: number): number {
  const covariance = products / n - (sumX / n) * (sumY / n);
  const varianceX = squaresX / n - (sumX / n) ** 2;
  const varianceY = squaresY / n - (sumY / n) ** 2;
  // A constant's variance is rounding noise.
  const isFlat = varianceX <= 1e-12 * (squaresX / n) || varianceY <= 1e-12 * (squaresY / n);
  const r = covariance / Math.sqrt(varianceX * varianceY);
  return isFlat || !Number.isFinite(r) ? 0 : r;
}
