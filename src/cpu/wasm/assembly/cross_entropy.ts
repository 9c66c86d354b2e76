/** Softmax and cross-entropy of rows of logits. */
import { IGNORE } from "./layout";
import { partStart } from "./parts";
import { exp, horizontalSum, splat, storeFirst } from "./vector";

/** Lanes below `count`, all bits set. */
@inline
function firstLanes(count: usize): v128 {
  return i32x4.gt_s(i32x4.splat(<i32>count), i32x4(0, 1, 2, 3));
}

function largestOf(row: usize, classes: usize): f32 {
  let most = splat(f32.load(row));
  let j: usize = 0;
  for (; j + 4 <= classes; j += 4) most = f32x4.pmax(most, v128.load(row + j * 4));
  let largest = max<f32>(
    max<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max<f32>(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
  for (; j < classes; j++) largest = max<f32>(largest, f32.load(row + j * 4));
  return largest;
}

/** e^(x - largest) of a row, stored at `out` unless that is 0; returns their sum. */
function exponentials(row: usize, classes: usize, largest: f32, out: usize): f32 {
  const shift = splat(largest);
  let sum = splat(0);
  for (let j: usize = 0; j < classes; j += 4) {
    const e = v128.and(exp(f32x4.sub(v128.load(row + j * 4), shift)), firstLanes(classes - j));
    sum = f32x4.add(sum, e);
    if (out != 0) storeFirst(out + j * 4, e, classes - j);
  }
  return horizontalSum(sum);
}

function scaleRow(row: usize, classes: usize, factor: f32): void {
  const by = splat(factor);
  for (let j: usize = 0; j < classes; j += 4) storeFirst(row + j * 4, f32x4.mul(v128.load(row + j * 4), by), classes - j);
}

function zeroRow(row: usize, count: usize): void {
  memory.fill(row, 0, count * 4);
}

export function softmax_cross_entropy(
  logits: usize,
  targets: usize,
  dLogits: usize,
  rowStats: usize,
  rows: usize,
  classes: usize,
  writeGradient: bool,
  gradientStride: usize,
  scale: f32,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const end = partStart(rows, 1, part + 1, parts);
  for (let n = partStart(rows, 1, part, parts); n < end; n++) {
    const row = logits + n * classes * 4;
    const gradient = writeGradient ? dLogits + n * gradientStride * 4 : 0;
    const stats = rowStats + n * 12;
    const target = load<u32>(targets + n * 4);
    if (target == IGNORE) {
      zeroRow(stats, 3);
      if (writeGradient) zeroRow(gradient, classes);
      continue;
    }
    const largest = largestOf(row, classes);
    const sum = exponentials(row, classes, largest, gradient);
    let best: usize = 0;
    while (best + 1 < classes && f32.load(row + best * 4) != largest) best++;
    f32.store(stats, <f32>(NativeMath.log(<f64>sum) - (<f64>f32.load(row + target * 4) - <f64>largest)));
    f32.store(stats, best == target ? 1 : 0, 4);
    f32.store(stats, 1, 8);
    if (!writeGradient) continue;
    const at = gradient + target * 4;
    const probability = f32.load(at) / sum;
    scaleRow(gradient, classes, scale / sum);
    f32.store(at, scale * (probability - 1));
  }
}

export function softmax_rows(
  logits: usize,
  probabilities: usize,
  rows: usize,
  classes: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const end = partStart(rows, 1, part + 1, parts);
  for (let n = partStart(rows, 1, part, parts); n < end; n++) {
    const row = logits + n * classes * 4;
    const out = probabilities + n * classes * 4;
    scaleRow(out, classes, 1 / exponentials(row, classes, largestOf(row, classes), out));
  }
}
