import wgsl from "./cross_entropy.wgsl?raw";
import { defineKernel, type FloatArray } from "./kernel";
import { stridedWorkgroups } from "./strided";

/** A target that counts for nothing: padding, and steps without a label. */
export const IGNORE = 0xffff_ffff;

function indexOfLargest(values: FloatArray, base: number, count: number): number {
  let index = 0;
  for (let j = 1; j < count; j++) if (values[base + j]! > values[base + index]!) index = j;
  return index;
}

function sumOfExponentials(values: FloatArray, base: number, count: number, largest: number): number {
  let sum = 0;
  for (let j = 0; j < count; j++) sum += Math.exp(values[base + j]! - largest);
  return sum;
}

/**
 * Cross-entropy of each row in nats, whether the largest logit is the target's, and the gradient times `scale`.
 * A mean over all targets takes scale = 1 / number of targets. The gradient's rows may be padded; the padding stays as it is.
 */
export const softmaxCrossEntropy = defineKernel({
  name: "softmax_cross_entropy",
  wgsl,
  bindings: {
    logits: { type: "f32", access: "read", shape: "[N, V]" },
    targets: { type: "u32", access: "read", shape: "[N]" },
    d_logits: { type: "f32", access: "read_write", shape: "[N, gradient_stride]" },
    row_stats: { type: "f32", access: "read_write", shape: "[N, 3]" },
  },
  scalars: { rows: "u32", classes: "u32", write_gradient: "u32", gradient_stride: "u32", scale: "f32" },
  workgroups: ({ rows }) => stridedWorkgroups(rows, 32),
  twin({ logits, targets, d_logits, row_stats }, { rows, classes, write_gradient, gradient_stride: stride, scale }) {
    for (let n = 0; n < rows; n++) {
      const base = n * classes;
      const y = targets[n]!;
      if (y === IGNORE) {
        row_stats.fill(0, 3 * n, 3 * n + 3);
        if (write_gradient !== 0) d_logits.fill(0, n * stride, n * stride + classes);
        continue;
      }
      const best = indexOfLargest(logits, base, classes);
      const largest = logits[base + best]!;
      const sum = sumOfExponentials(logits, base, classes, largest);
      row_stats[3 * n] = Math.log(sum) - (logits[base + y]! - largest);
      row_stats[3 * n + 1] = best === y ? 1 : 0;
      row_stats[3 * n + 2] = 1;
      if (write_gradient === 0) continue;
      for (let j = 0; j < classes; j++) {
        d_logits[n * stride + j] = scale * (Math.exp(logits[base + j]! - largest) / sum - (j === y ? 1 : 0));
      }
    }
  },
});

/** Sums of row statistics [N, 3]: total loss, number of right answers, number of targets. */
export function columnSums(rowStats: FloatArray, rows: number): [loss: number, right: number, targets: number] {
  const sums: [number, number, number] = [0, 0, 0];
  for (let n = 0; n < rows; n++) {
    sums[0] += rowStats[3 * n]!;
    sums[1] += rowStats[3 * n + 1]!;
    sums[2] += rowStats[3 * n + 2]!;
  }
  return sums;
}

/** Sums of the row statistics: total loss, number of right answers, number of targets. */
export const lossSums = defineKernel({
  name: "loss_sums",
  wgsl,
  bindings: {
    row_stats: { type: "f32", access: "read", shape: "[N, 3]" },
    sums: { type: "f32", access: "read_write", shape: "[3]" },
  },
  scalars: { rows: "u32", accumulate: "u32" },
  workgroups: () => [1, 1, 1],
  twin({ row_stats, sums }, { rows, accumulate }) {
    for (const [k, sum] of columnSums(row_stats, rows).entries()) sums[k] = accumulate !== 0 ? sums[k]! + sum : sum;
  },
});

/** Class probabilities of each row. */
export const softmaxRows = defineKernel({
  name: "softmax_rows",
  wgsl,
  bindings: {
    logits: { type: "f32", access: "read", shape: "[N, V]" },
    probabilities: { type: "f32", access: "read_write", shape: "[N, V]" },
  },
  scalars: { rows: "u32", classes: "u32" },
  workgroups: ({ rows }) => stridedWorkgroups(rows, 32),
  twin({ logits, probabilities }, { rows, classes }) {
    for (let n = 0; n < rows; n++) {
      const base = n * classes;
      const largest = logits[base + indexOfLargest(logits, base, classes)]!;
      const sum = sumOfExponentials(logits, base, classes, largest);
      for (let j = 0; j < classes; j++) probabilities[base + j] = Math.exp(logits[base + j]! - largest) / sum;
    }
  },
});
