/** What gradient_similarity sums up for the full gradient a and an estimate b of it. */
export interface SimilaritySums {
  readonly product: number;
  readonly squareA: number;
  readonly squareB: number;
  readonly squareDifference: number;
}

/** Mean and standard deviation over samples; the deviation of one sample is 0. Low and high are the 10 % and 90 % quantiles. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
}

/** How an estimate of the gradient compares with the full gradient of the same batches. Not-a-number where a norm is 0. */
export interface EstimateFigures {
  /** Over all batches and draws. */
  readonly cosine: Spread;
  /** |estimate| / |full|, over all batches and draws. */
  readonly normRatio: Spread;
  /** Share of the full gradient that the estimate has along it, a . b / a^2: 1 on average for an estimate without bias. */
  readonly along: { readonly mean: number; readonly standardError: number };
  readonly bias: BiasFigures | null;
}

/** The mean of all estimates minus the mean of the full gradients of these batches. */
export interface BiasFigures {
  /** Its norm, as a share of the norm of the mean full gradient. */
  readonly relative: number;
  /** What the norm of an estimate without bias would be from the chance of so few draws alone (root mean square); 0 without chance. */
  readonly chance: number;
  /** The norm with chance's expected part taken out: sqrt(max(0, relative^2 - chance^2)). */
  readonly corrected: number;
  /** True if it is larger than chance explains, see BEYOND_CHANCE. */
  readonly isBeyondChance: boolean;
}

/**
 * Three standard errors, where all errors lie along one line; in more directions the norm of their sum strays less. Not two: what chance
 * gives is itself estimated from few draws, of which compensation makes some much larger than others.
 */
export const BEYOND_CHANCE = 3;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sum of squared distances from the mean. */
function scatter(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
}

/** By linear interpolation between the two nearest samples, as numpy's. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  return below + (at % 1) * ((sorted[Math.ceil(at)] ?? Number.NaN) - below);
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    mean: mean(values),
    deviation: values.length > 1 ? Math.sqrt(scatter(values) / (values.length - 1)) : 0,
    low: quantile(sorted, 0.1),
    high: quantile(sorted, 0.9),
  };
}

/** Gathers the sums of one estimator, batch by batch. */
export class EstimateStatistics {
  readonly #cosines: number[] = [];
  readonly #ratios: number[] = [];
  readonly #alongs: number[] = [];
  #alongVariance = 0;
  /** Expected squared norm of the summed differences from chance alone. */
  #chance = 0;
  #batches = 0;

  /** @param draws of one batch. @param average of them, against the same full gradient. */
  add(draws: readonly SimilaritySums[], average: SimilaritySums): void {
    const alongs = draws.map(({ product, squareA }) => product / squareA);
    this.#cosines.push(...draws.map(({ product, squareA, squareB }) => Math.max(-1, Math.min(1, product / Math.sqrt(squareA * squareB)))));
    this.#ratios.push(...draws.map(({ squareA, squareB }) => Math.sqrt(squareB / squareA)));
    this.#alongs.push(...alongs);
    this.#batches++;
    const count = draws.length;
    if (count < 2) return;
    // The mean of n draws has 1 / n of their variance, which is estimated from their scatter about it.
    const perMean = 1 / (count * (count - 1));
    this.#alongVariance += scatter(alongs) * perMean;
    const squares = draws.reduce((sum, { squareDifference }) => sum + squareDifference, 0);
    this.#chance += Math.max(0, squares - count * average.squareDifference) * perMean;
  }

  /** @param total sum of the full gradients of all batches against the sum of the differences; null if it was not kept. */
  figures(total: SimilaritySums | null): EstimateFigures {
    return {
      cosine: spread(this.#cosines),
      normRatio: spread(this.#ratios),
      along: { mean: mean(this.#alongs), standardError: Math.sqrt(this.#alongVariance) / this.#batches },
      bias: total === null ? null : this.#bias(total),
    };
  }

  #bias({ squareA, squareB }: SimilaritySums): BiasFigures {
    const chance = this.#chance;
    return {
      relative: Math.sqrt(squareB / squareA),
      chance: Math.sqrt(chance / squareA),
      corrected: Math.sqrt(Math.max(0, squareB - chance) / squareA),
      isBeyondChance: squareB > BEYOND_CHANCE ** 2 * chance,
    };
  }
}
