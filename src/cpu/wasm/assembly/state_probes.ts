/** Kernels that look at the states of a training step and write into the ring of probes. */
import { partStart } from "./parts";
import { badOf, first, high64, low64, norm, place, total, total64 } from "./probe_rows";
import { splat } from "./vector";

/** Place in `control`, in bytes (src/shaders/gradient_norm.ts). */
const LOSS_SCALE: usize = 24;

/** What src/shaders/state_probe.ts names so. */
const STATE_COLUMNS: usize = 7;
const HORIZON_COLUMNS: usize = 3;

/** The sum of x[i] - shift, or of its squares. */
function moment(x: usize, count: usize, shift: f64, isSquare: bool): f64 {
  let sum = f64x2.splat(0);
  const shifts = f64x2.splat(shift);
  const whole = count & ~3;
  for (let i: usize = 0; i < whole; i += 4) {
    const four = v128.load(x + i * 4);
    const low = f64x2.sub(low64(four), shifts);
    const high = f64x2.sub(high64(four), shifts);
    sum = f64x2.add(sum, isSquare ? f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)) : f64x2.add(low, high));
  }
  let rest = total64(sum);
  for (let i = whole; i < count; i++) {
    const one = <f64>f32.load(x + i * 4) - shift;
    rest += isSquare ? one * one : one;
  }
  return rest;
}

/** How many numbers are infinite or not a number. */
function bad(x: usize, count: usize): i32 {
  let sum = i32x4.splat(0);
  for (let i: usize = 0; i < count; i += 4) sum = i32x4.sub(sum, badOf(first(v128.load(x + i * 4), count - i)));
  return total(sum);
}

/** Stores the fractions of one gate's values below `low` and above `high`; returns how many are not finite. */
function gate(values: usize, batch: usize, size: usize, stride: usize, low: f32, high: f32, to: usize): i32 {
  const lows = splat(low);
  const highs = splat(high);
  let below = i32x4.splat(0);
  let above = i32x4.splat(0);
  let wrong = i32x4.splat(0);
  for (let b: usize = 0; b < batch; b++) {
    const row = values + b * stride * 4;
    for (let j: usize = 0; j < size; j += 4) {
      const x = v128.load(row + j * 4);
      const isBad = badOf(x);
      below = i32x4.sub(below, first(v128.andnot(f32x4.lt(x, lows), isBad), size - j));
      above = i32x4.sub(above, first(v128.andnot(f32x4.gt(x, highs), isBad), size - j));
      wrong = i32x4.sub(wrong, first(isBad, size - j));
    }
  }
  const count = <f32>(batch * size);
  f32.store(to, <f32>total(below) / count);
  f32.store(to, <f32>total(above) / count, 4);
  return total(wrong);
}

@inline
function unscaleOf(control: usize, scaled: bool): f64 {
  return scaled ? 1 / <f64>f32.load(control, LOSS_SCALE) : 1;
}

/** Stores a time step's norms: of dL/dh over the batch and of its first example, and of dL/dc. */
function gradientNorms(row: usize, dHidden: usize, dCell: usize, batch: usize, size: usize, hasCell: bool, all: f64, one: f64, unscale: f64): void {
  const count = batch * size;
  f32.store(row, <f32>(norm(dHidden, count) * all * unscale));
  f32.store(row, <f32>(norm(dHidden, size) * one * unscale), 4);
  f32.store(row, hasCell ? <f32>(norm(dCell, count) * all * unscale) : 0, 8);
}

export function state_probe(
  gates: usize,
  hidden: usize,
  dHidden: usize,
  dCell: usize,
  control: usize,
  probeState: usize,
  probes: usize,
  steps: usize,
  batch: usize,
  hiddenSize: usize,
  gateCount: usize,
  gateOffset: usize,
  tanhGates: u32,
  hasCell: bool,
  scaled: bool,
  low: f32,
  high: f32,
  tanhLimit: f32,
  capacity: usize,
  width: usize,
  offset: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const size = batch * hiddenSize;
  const unscale = unscaleOf(control, scaled);
  const rows = place(probes, probeState, capacity, width, offset);
  const end = partStart(steps, 1, part + 1, parts);
  for (let t = partStart(steps, 1, part, parts); t < end; t++) {
    const slot = (t + 1) * size * 4;
    const row = rows + t * (STATE_COLUMNS + 2 * gateCount) * 4;
    gradientNorms(row, dHidden + slot, dCell + slot, batch, hiddenSize, hasCell, 1, 1, unscale);
    const mean = moment(hidden + slot, size, 0, false) / <f64>size;
    f32.store(row, <f32>mean, 12);
    f32.store(row, <f32>Math.sqrt(moment(hidden + slot, size, mean, true) / <f64>size), 16);
    let wrong = bad(hidden + slot, size);
    for (let g: usize = 0; g < gateCount; g++) {
      const isTanh = ((tanhGates >> <u32>g) & 1) != 0;
      const values = gates + (gateOffset + t * size * gateCount + g * hiddenSize) * 4;
      const to = row + (STATE_COLUMNS + 2 * g) * 4;
      wrong += gate(values, batch, hiddenSize, gateCount * hiddenSize, isTanh ? -tanhLimit : low, isTanh ? tanhLimit : high, to);
    }
    f32.store(row, <f32>wrong, 20);
    f32.store(row, <f32>(bad(dHidden + slot, size) + (hasCell ? bad(dCell + slot, size) : 0)), 24);
  }
}

export function horizon_probe(
  dHidden: usize,
  dCell: usize,
  control: usize,
  probeState: usize,
  probes: usize,
  steps: usize,
  batch: usize,
  hiddenSize: usize,
  hasCell: bool,
  scaled: bool,
  scaleAll: f32,
  scaleOne: f32,
  capacity: usize,
  width: usize,
  offset: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const size = batch * hiddenSize;
  const unscale = unscaleOf(control, scaled);
  const rows = place(probes, probeState, capacity, width, offset);
  const end = partStart(steps, 1, part + 1, parts);
  for (let t = partStart(steps, 1, part, parts); t < end; t++) {
    const slot = (t + 1) * size * 4;
    const row = rows + t * HORIZON_COLUMNS * 4;
    gradientNorms(row, dHidden + slot, dCell + slot, batch, hiddenSize, hasCell, scaleAll, scaleOne, unscale);
  }
}
