import { columnSums } from "./cross_entropy";
import wgsl from "./gradient_norm.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel";

/** Where each number lies in `hyper`, which the host writes before a step. */
export const hyperIndex = {
  lr: 0,
  beta1: 1,
  oneMinusBeta1: 2,
  beta2: 3,
  oneMinusBeta2: 4,
  eps: 5,
  weightDecay: 6,
  momentum: 7,
  clipKind: 8,
  clipMax: 9,
} as const;
export const HYPER_LENGTH = 16;

/** Values of hyper[clipKind]. */
export const clipKinds = { none: 0, norm: 1, value: 2 } as const;

/** Where each number lies in `control`, which step_finalize writes for the optimizer. The loss scale is half precision's alone. */
export const controlIndex = { norm: 0, normAfter: 1, factor: 2, finite: 3, biasCorrection1: 4, biasCorrection2: 5, lossScale: 6 } as const;
export const CONTROL_LENGTH = 8;

/** Where each number lies in `counters`. The last two are half precision's: steps skipped, and good ones since the scale changed. */
export const counterIndex = { step: 0, cursor: 1, skipped: 2, good: 3 } as const;
export const COUNTERS_LENGTH = 8;

/** Where each number lies in a row of `metrics`; `largest` is that of all |g| before clipping. The last three stay 0 except in half precision, where update_scale writes them. */
export const metricIndex = {
  step: 0,
  loss: 1,
  accuracy: 2,
  norm: 3,
  normAfter: 4,
  clipped: 5,
  largest: 6,
  lossScale: 7,
  skipped: 8,
  underflow: 9,
} as const;
export const METRICS_PER_STEP = 10;

/** How many blocks to sum `count` gradients in: enough to fill a GPU, few enough that summing the blocks costs nothing. */
export const gradientBlocks = (count: number): number => Math.min(ceilDiv(count, 4096), 1024);

/** Numbers that gradient_partials writes for each block. */
export const GRADIENT_PARTIALS = 3;

/** Over blocks of the gradients: sums of squares, as they are and clamped to the clip value, and the largest magnitude. */
export const gradientPartials = defineKernel({
  name: "gradient_partials",
  wgsl,
  bindings: {
    gradients: { type: "f32", access: "read", shape: "[N]" },
    hyper: { type: "f32", access: "read", shape: "[16]" },
    partials: { type: "f32", access: "read_write", shape: "[blocks, 3]" },
  },
  scalars: { count: "u32", blocks: "u32" },
  workgroups: ({ blocks }) => [blocks, 1, 1],
  twin({ gradients, hyper, partials }, { count, blocks }) {
    const perBlock = 4 * ceilDiv(ceilDiv(count, 4), blocks);
    const limit = hyper[hyperIndex.clipKind] === clipKinds.value ? hyper[hyperIndex.clipMax]! : Number.POSITIVE_INFINITY;
    for (let block = 0; block < blocks; block++) {
      const end = Math.min((block + 1) * perBlock, count);
      let sum = 0;
      let clampedSum = 0;
      let largest = 0;
      for (let i = block * perBlock; i < end; i++) {
        const g = gradients[i]!;
        const clamped = Math.min(Math.max(g, -limit), limit);
        sum += g * g;
        clampedSum += clamped * clamped;
        largest = Math.max(largest, Math.abs(g));
      }
      partials.set([sum, clampedSum, largest], GRADIENT_PARTIALS * block);
    }
  },
});

/**
 * Turns what the blocks have into the norm, the largest magnitude, the clip factor and Adam's bias corrections, the rows' losses into their mean, appends the step's
 * row to the metrics, counts the step and moves on to the next batch. A step without targets has loss 0. A step whose gradient is not finite is counted, shows its norm as it is, and changes nothing else.
 */
export const stepFinalize = defineKernel({
  name: "step_finalize",
  wgsl,
  bindings: {
    partials: { type: "f32", access: "read", shape: "[blocks, 3]" },
    row_stats: { type: "f32", access: "read", shape: "[N, 3]" },
    hyper: { type: "f32", access: "read", shape: "[16]" },
    counters: { type: "u32", access: "read_write", shape: "[8]" },
    control: { type: "f32", access: "read_write", shape: "[8]" },
    metrics: { type: "f32", access: "read_write", shape: "[capacity, 10]" },
  },
  scalars: { blocks: "u32", rows: "u32", capacity: "u32" },
  workgroups: () => [1, 1, 1],
  twin({ partials, row_stats: rowStats, hyper, counters, control, metrics }, { blocks, rows, capacity }) {
    let sum = 0;
    let clampedSum = 0;
    let largest = 0;
    for (let block = 0; block < blocks; block++) {
      sum += partials[GRADIENT_PARTIALS * block]!;
      clampedSum += partials[GRADIENT_PARTIALS * block + 1]!;
      largest = Math.max(largest, partials[GRADIENT_PARTIALS * block + 2]!);
    }
    const norm = Math.sqrt(sum);
    const finite = Number.isFinite(sum);
    const kind = hyper[hyperIndex.clipKind];
    const factor = finite && kind === clipKinds.norm ? Math.min(1, hyper[hyperIndex.clipMax]! / (norm + 1e-6)) : 1;
    const normAfter = finite && kind === clipKinds.value ? Math.sqrt(clampedSum) : norm * factor;
    if (finite) {
      control[controlIndex.biasCorrection1] =
        hyper[hyperIndex.oneMinusBeta1]! + hyper[hyperIndex.beta1]! * control[controlIndex.biasCorrection1]!;
      control[controlIndex.biasCorrection2] =
        hyper[hyperIndex.oneMinusBeta2]! + hyper[hyperIndex.beta2]! * control[controlIndex.biasCorrection2]!;
    }
    control[controlIndex.norm] = norm;
    control[controlIndex.normAfter] = normAfter;
    control[controlIndex.factor] = factor;
    control[controlIndex.finite] = finite ? 1 : 0;

    counters[counterIndex.step] = counters[counterIndex.step]! + 1;
    counters[counterIndex.cursor] = counters[counterIndex.cursor]! + 1;
    const step = counters[counterIndex.step]!;
    const row = METRICS_PER_STEP * ((step - 1) % capacity);
    const [loss, right, targets] = columnSums(rowStats, rows);
    metrics[row + metricIndex.step] = step;
    metrics[row + metricIndex.loss] = targets > 0 ? loss / targets : 0;
    metrics[row + metricIndex.accuracy] = targets > 0 ? right / targets : 0;
    metrics[row + metricIndex.norm] = norm;
    metrics[row + metricIndex.normAfter] = normAfter;
    metrics[row + metricIndex.clipped] = finite && (factor < 1 || clampedSum < sum) ? 1 : 0;
    metrics[row + metricIndex.largest] = largest;
  },
});
