import { METRICS_CAPACITY } from "../model/training";
import { METRICS_PER_STEP, metricIndex } from "../shaders/gradient_norm";

export interface MetricsRow {
  readonly step: number;
  /** Mean loss of the step's batch, nats. */
  readonly loss: number;
  /** Fraction of the batch's targets predicted right. */
  readonly accuracy: number;
  readonly gradNorm: number;
  readonly gradNormClipped: number;
  readonly clipped: boolean;
  /** The largest magnitude in the gradient, before clipping: what clipping by value compares with its threshold. */
  readonly gradLargest: number;
  /** Half precision only, else 0: the loss scale of this step, and the steps skipped so far. */
  readonly lossScale: number;
  readonly skippedSteps: number;
  /**
   * Half precision only, else 0: the fraction of the gate gradients, loss scale included, that are smaller than 2^-14, zeros included.
   * f16 holds these with fewer digits or not at all. Steps that no gradient reaches do not count.
   */
  readonly underflow: number;
}

/** Takes the rows that are new out of copies of the metrics ring. */
export class MetricsReader {
  #lastStep: number;

  /** @param lastStep the last step whose row is not wanted. */
  constructor(lastStep: number) {
    this.#lastStep = lastStep;
  }

  get lastStep(): number {
    return this.#lastStep;
  }

  /** The rows of the steps since the last call, in order, METRICS_PER_STEP numbers each, in an array of their own. */
  take(ring: ArrayLike<number>): Float32Array<ArrayBuffer> {
    const rows: number[] = [];
    for (let step = this.#lastStep + 1; ; step++) {
      const start = ((step - 1) % METRICS_CAPACITY) * METRICS_PER_STEP;
      if (ring[start + metricIndex.step] !== step) break;
      for (let column = 0; column < METRICS_PER_STEP; column++) rows.push(ring[start + column] ?? Number.NaN);
      this.#lastStep = step;
    }
    return Float32Array.from(rows);
  }
}

/** One row of a block of rows. */
export function metricsRow(rows: Float32Array, index: number): MetricsRow {
  const value = (column: keyof typeof metricIndex): number => rows[index * METRICS_PER_STEP + metricIndex[column]] ?? Number.NaN;
  return {
    step: value("step"),
    loss: value("loss"),
    accuracy: value("accuracy"),
    gradNorm: value("norm"),
    gradNormClipped: value("normAfter"),
    clipped: value("clipped") === 1,
    gradLargest: value("largest"),
    lossScale: value("lossScale"),
    skippedSteps: value("skipped"),
    underflow: value("underflow"),
  };
}

export const rowCount = (rows: Float32Array): number => rows.length / METRICS_PER_STEP;

/** True of a step at which training must end: the loss or the gradient is not finite, and no loss scale can mend it. */
export function hasDiverged({ loss, gradNorm, lossScale }: MetricsRow): boolean {
  // With loss scaling an infinite gradient is how the scale is found, until even the unscaled one is infinite.
  const overflows = !Number.isFinite(gradNorm) && !(lossScale > 1);
  return !Number.isFinite(loss) || overflows;
}
