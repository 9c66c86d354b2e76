/** Kernels that look into a training step and write into the ring of probes. Sums over states are in f64: a vanishing gradient has squares below f32. */
import { partStart } from "./parts";
import { madd, splat, storeFirst } from "./vector";

/** Places in `control` and `hyper`, in bytes (src/shaders/gradient_norm.ts). */
const LOSS_SCALE: usize = 24;
const CLIP_KIND: usize = 32;
const CLIP_MAX: usize = 36;
const VALUE: f32 = 2;

/** What src/shaders/state_probe.ts and parameter_probe.ts name so. */
const STATE_COLUMNS: usize = 7;
const HORIZON_COLUMNS: usize = 3;
const PARAMETER_BLOCKS: usize = 32;
const PARAMETER_SUMS: usize = 5;
const SPECTRAL_VECTORS: usize = 3;

/** The first `count` of four elements, zeros in place of the others. */
@inline
function first(x: v128, count: usize): v128 {
  return count >= 4 ? x : v128.and(x, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(<i32>count)));
}

/** All bits of the elements that are infinite or not a number. */
@inline
function badOf(x: v128): v128 {
  const exponent = i32x4.splat(0x7f800000);
  return i32x4.eq(v128.and(x, exponent), exponent);
}

@inline
function total(x: v128): i32 {
  return i32x4.extract_lane(x, 0) + i32x4.extract_lane(x, 1) + i32x4.extract_lane(x, 2) + i32x4.extract_lane(x, 3);
}

@inline
function total64(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

@inline
function low64(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

@inline
function high64(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** The sum of a[i] b[i]. */
function dot(a: usize, b: usize, count: usize): f64 {
  let sum0 = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  for (let i: usize = 0; i < count; i += 4) {
    const x = first(v128.load(a + i * 4), count - i);
    const y = first(v128.load(b + i * 4), count - i);
    sum0 = f64x2.add(sum0, f64x2.mul(low64(x), low64(y)));
    sum1 = f64x2.add(sum1, f64x2.mul(high64(x), high64(y)));
  }
  return total64(f64x2.add(sum0, sum1));
}

function norm(x: usize, count: usize): f64 {
  return Math.sqrt(dot(x, x, count));
}

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

/** Where `offset` of the current row is. */
@inline
function place(probes: usize, probeState: usize, capacity: usize, width: usize, offset: usize): usize {
  return probes + ((<usize>load<u32>(probeState) % capacity) * width + offset) * 4;
}

@inline
function unscaleOf(control: usize, scaled: bool): f64 {
  return scaled ? 1 / <f64>f32.load(control, LOSS_SCALE) : 1;
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
    f32.store(row, <f32>(norm(dHidden + slot, size) * unscale));
    f32.store(row, <f32>(norm(dHidden + slot, hiddenSize) * unscale), 4);
    f32.store(row, hasCell ? <f32>(norm(dCell + slot, size) * unscale) : 0, 8);
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
    f32.store(row, <f32>(norm(dHidden + slot, size) * <f64>scaleAll * unscale));
    f32.store(row, <f32>(norm(dHidden + slot, hiddenSize) * <f64>scaleOne * unscale), 4);
    f32.store(row, hasCell ? <f32>(norm(dCell + slot, size) * <f64>scaleAll * unscale) : 0, 8);
  }
}

export function keep_values(source: usize, kept: usize, count: usize, _scratch: usize, part: usize, parts: usize): void {
  const start = partStart(count, 16, part, parts);
  memory.copy(kept + start * 4, source + start * 4, (partStart(count, 16, part + 1, parts) - start) * 4);
}

@inline
function sumOf(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

export function parameter_probe(
  gradients: usize,
  values: usize,
  kept: usize,
  hyper: usize,
  partials: usize,
  count: usize,
  blocks: usize,
  firstBlock: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const limit = splat(f32.load(hyper, CLIP_KIND) == VALUE ? f32.load(hyper, CLIP_MAX) : f32.MAX_VALUE);
  const isClipped = f32.load(hyper, CLIP_KIND) == VALUE;
  const lowest = f32x4.neg(limit);
  const perBlock = (count + blocks - 1) / blocks;
  const lastBlock = partStart(blocks, 1, part + 1, parts);
  for (let block = partStart(blocks, 1, part, parts); block < lastBlock; block++) {
    const end = (block + 1) * perBlock < count ? (block + 1) * perBlock : count;
    let gg = splat(0);
    let ww = splat(0);
    let uu = splat(0);
    let cc = splat(0);
    let gc = splat(0);
    for (let i = block * perBlock; i < end; i += 4) {
      const g = first(v128.load(gradients + i * 4), end - i);
      const w = first(v128.load(values + i * 4), end - i);
      const u = f32x4.sub(w, first(v128.load(kept + i * 4), end - i));
      const c = isClipped ? f32x4.pmax(f32x4.pmin(g, limit), lowest) : g;
      gg = madd(g, g, gg);
      ww = madd(w, w, ww);
      uu = madd(u, u, uu);
      cc = madd(c, c, cc);
      gc = madd(g, c, gc);
    }
    const to = partials + (firstBlock + block) * PARAMETER_SUMS * 4;
    f32.store(to, sumOf(gg));
    f32.store(to, sumOf(ww), 4);
    f32.store(to, sumOf(uu), 8);
    f32.store(to, sumOf(cc), 12);
    f32.store(to, sumOf(gc), 16);
  }
  if (part == 0) {
    memory.fill(partials + (firstBlock + blocks) * PARAMETER_SUMS * 4, 0, (PARAMETER_BLOCKS - blocks) * PARAMETER_SUMS * 4);
  }
}

/** to = W^T x for W [size, size]. */
function transposedProduct(weight: usize, x: usize, to: usize, size: usize): void {
  for (let j: usize = 0; j < size; j += 16) {
    let sum0 = splat(0);
    let sum1 = splat(0);
    let sum2 = splat(0);
    let sum3 = splat(0);
    let row = weight + j * 4;
    for (let i: usize = 0; i < size; i++) {
      const factor = v128.load_splat<f32>(x + i * 4);
      sum0 = madd(v128.load(row), factor, sum0);
      sum1 = madd(v128.load(row, 16), factor, sum1);
      sum2 = madd(v128.load(row, 32), factor, sum2);
      sum3 = madd(v128.load(row, 48), factor, sum3);
      row += size * 4;
    }
    const at = to + j * 4;
    const columns = size - j;
    storeFirst(at, sum0, columns);
    if (columns > 4) storeFirst(at + 16, sum1, columns - 4);
    if (columns > 8) storeFirst(at + 32, sum2, columns - 8);
    if (columns > 12) storeFirst(at + 48, sum3, columns - 12);
  }
}

/** See spectral_probe.wgsl. */
function radiusOf(p: f64, q: f64, r: f64, older: f64, newer: f64, mean: f64): f64 {
  const sine = 1 - p * p;
  if (sine < 1e-6) return newer;
  const alpha = (q - p * r) / sine;
  const beta = (r - p * q) / sine;
  if (1 - alpha * q - beta * r > 4e-4) return mean;
  const a = alpha * newer;
  const b = beta * older * newer;
  const discriminant = a * a + 4 * b;
  return discriminant < 0 ? Math.sqrt(-b) : 0.5 * (Math.abs(a) + Math.sqrt(discriminant));
}

export function spectral_probe(
  weight: usize,
  vectors: usize,
  probeState: usize,
  probes: usize,
  size: usize,
  gates: usize,
  iterations: usize,
  vectorOffset: usize,
  capacity: usize,
  width: usize,
  offset: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const tiny: f64 = 1e-30;
  const to = place(probes, probeState, capacity, width, offset);
  const bytes = size * 4;
  const end = partStart(gates, 1, part + 1, parts);
  for (let g = partStart(gates, 1, part, parts); g < end; g++) {
    const home = vectors + vectorOffset * 4 + SPECTRAL_VECTORS * g * bytes;
    let older: f64 = 0;
    let newer: f64 = 0;
    let logs: f64 = 0;
    let isSpoilt = false;
    for (let k: usize = 0; k < iterations; k++) {
      const here = home + (k % SPECTRAL_VECTORS) * bytes;
      const next = home + ((k + 1) % SPECTRAL_VECTORS) * bytes;
      transposedProduct(weight + g * size * bytes, here, next, size);
      const n = norm(next, size);
      isSpoilt = !isFinite(n) || n < tiny;
      if (isSpoilt) {
        memory.copy(next, here, bytes);
      } else {
        const factor = splat(<f32>(1 / n));
        for (let j: usize = 0; j < size; j += 4) storeFirst(next + j * 4, f32x4.mul(v128.load(next + j * 4), factor), size - j);
      }
      older = newer;
      newer = n;
      logs += Math.log(n > tiny ? n : tiny);
    }
    const last = home + (iterations % SPECTRAL_VECTORS) * bytes;
    const middle = home + ((iterations + 2) % SPECTRAL_VECTORS) * bytes;
    const oldest = home + ((iterations + 1) % SPECTRAL_VECTORS) * bytes;
    const p = dot(oldest, middle, size);
    const q = dot(middle, last, size);
    const r = dot(oldest, last, size);
    if (last != home) memory.copy(home, last, bytes);
    f32.store(to + g * 4, <f32>(isSpoilt ? newer : radiusOf(p, q, r, older, newer, Math.exp(logs / <f64>iterations))));
  }
}
