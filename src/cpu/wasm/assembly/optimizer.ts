/** Gradient norm and optimizers. The numbers' places in `hyper` and `control` are those of src/shaders/gradient_norm.ts, in bytes here. */
import { partStart } from "./parts";
import { madd, splat, storeFirst } from "./vector";

const LR: usize = 0;
const BETA1: usize = 4;
const ONE_MINUS_BETA1: usize = 8;
const BETA2: usize = 12;
const ONE_MINUS_BETA2: usize = 16;
const EPS: usize = 20;
const WEIGHT_DECAY: usize = 24;
const MOMENTUM: usize = 28;
const CLIP_KIND: usize = 32;
const CLIP_MAX: usize = 36;
const FACTOR: usize = 8;
const FINITE: usize = 12;
const BIAS_CORRECTION1: usize = 16;
const BIAS_CORRECTION2: usize = 20;
/** Elements that stay on one thread: some cache lines. */
const GROUP: usize = 256;
/** Numbers of each block in gradient_partials. */
const GRADIENT_PARTIALS: usize = 3;
const NORM: f32 = 1;
const VALUE: f32 = 2;

/** The largest |g| that the optimizer lets through; without value clipping, any number. */
function clampLimit(hyper: usize): f32 {
  return f32.load(hyper, CLIP_KIND) == VALUE ? f32.load(hyper, CLIP_MAX) : f32.MAX_VALUE;
}

@inline
function clamp(x: v128, limit: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.neg(limit)), limit);
}

/** The bits of |x|, which as integers are in the order of the values: infinity above all numbers, not-a-number above infinity. */
@inline
function magnitudeBits(x: v128): v128 {
  return v128.and(x, i32x4.splat(0x7fffffff));
}

/** By block: sums of squares, of the gradients as they are and clamped to the clip value, eight partial sums each; and the largest |g|. */
export function gradient_partials(
  gradients: usize,
  hyper: usize,
  partials: usize,
  count: usize,
  blocks: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const perBlock = (((count + 3) >> 2) + blocks - 1) / blocks * 4;
  const limit = splat(clampLimit(hyper));
  const last = partStart(blocks, 1, part + 1, parts);
  for (let block = partStart(blocks, 1, part, parts); block < last; block++) {
    const end = min((block + 1) * perBlock, count);
    let sum0 = splat(0);
    let sum1 = splat(0);
    let clamped0 = splat(0);
    let clamped1 = splat(0);
    let largest = splat(0);
    let i = block * perBlock;
    for (; i + 8 <= end; i += 8) {
      const x = v128.load(gradients + i * 4);
      const y = v128.load(gradients + i * 4, 16);
      sum0 = madd(x, x, sum0);
      sum1 = madd(y, y, sum1);
      const cx = clamp(x, limit);
      const cy = clamp(y, limit);
      clamped0 = madd(cx, cx, clamped0);
      clamped1 = madd(cy, cy, clamped1);
      largest = i32x4.max_s(largest, i32x4.max_s(magnitudeBits(x), magnitudeBits(y)));
    }
    for (; i < end; i++) {
      // One element in lane 0.
      const x = v128.load_zero<f32>(gradients + i * 4);
      sum0 = madd(x, x, sum0);
      const cx = clamp(x, limit);
      clamped0 = madd(cx, cx, clamped0);
      largest = i32x4.max_s(largest, magnitudeBits(x));
    }
    const to = partials + block * GRADIENT_PARTIALS * 4;
    f32.store(to, total(f32x4.add(sum0, sum1)));
    f32.store(to, total(f32x4.add(clamped0, clamped1)), 4);
    i32.store(to, largestLane(largest), 8);
  }
}

@inline
function min(a: usize, b: usize): usize {
  return a < b ? a : b;
}

function total(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

function largestLane(x: v128): i32 {
  const pairs = i32x4.max_s(x, i32x4.shuffle(x, x, 2, 3, 0, 1));
  return i32x4.extract_lane(i32x4.max_s(pairs, i32x4.shuffle(pairs, pairs, 1, 0, 3, 2)), 0);
}

/** What multiplies each gradient before it is clamped. */
function clipFactor(hyper: usize, control: usize): f32 {
  return f32.load(hyper, CLIP_KIND) == NORM ? f32.load(control, FACTOR) : 1;
}

export function sgd(
  params: usize,
  gradients: usize,
  momentum: usize,
  hyper: usize,
  control: usize,
  count: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  if (f32.load(control, FINITE) == 0) return;
  const limit = splat(clampLimit(hyper));
  const factor = splat(clipFactor(hyper, control));
  const lr = splat(f32.load(hyper, LR));
  const decay = splat(f32.load(hyper, WEIGHT_DECAY));
  const mu = splat(f32.load(hyper, MOMENTUM));
  const end = partStart(count, GROUP, part + 1, parts);
  for (let i = partStart(count, GROUP, part, parts); i < end; i += 4) {
    const at = i * 4;
    const p = v128.load(params + at);
    const g = madd(decay, p, f32x4.mul(clamp(v128.load(gradients + at), limit), factor));
    const buffer = madd(mu, v128.load(momentum + at), g);
    storeFirst(momentum + at, buffer, end - i);
    storeFirst(params + at, f32x4.sub(p, f32x4.mul(lr, buffer)), end - i);
  }
}

export function adam(
  params: usize,
  gradients: usize,
  moment1: usize,
  moment2: usize,
  hyper: usize,
  control: usize,
  count: usize,
  decoupled: bool,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  if (f32.load(control, FINITE) == 0) return;
  const lr = f32.load(hyper, LR);
  const weightDecay = f32.load(hyper, WEIGHT_DECAY);
  const limit = splat(clampLimit(hyper));
  const factor = splat(clipFactor(hyper, control));
  const decay = splat(decoupled ? 0 : weightDecay);
  const shrink = splat(decoupled ? <f32>(1 - <f64>lr * <f64>weightDecay) : 1);
  const stepSize = splat(lr / f32.load(control, BIAS_CORRECTION1));
  const rootCorrection2 = splat(sqrt<f32>(f32.load(control, BIAS_CORRECTION2)));
  const beta1 = splat(f32.load(hyper, BETA1));
  const beta2 = splat(f32.load(hyper, BETA2));
  const oneMinusBeta1 = splat(f32.load(hyper, ONE_MINUS_BETA1));
  const oneMinusBeta2 = splat(f32.load(hyper, ONE_MINUS_BETA2));
  const eps = splat(f32.load(hyper, EPS));
  const end = partStart(count, GROUP, part + 1, parts);
  for (let i = partStart(count, GROUP, part, parts); i < end; i += 4) {
    const at = i * 4;
    const p = v128.load(params + at);
    const g = madd(decay, p, f32x4.mul(clamp(v128.load(gradients + at), limit), factor));
    const m = madd(beta1, v128.load(moment1 + at), f32x4.mul(oneMinusBeta1, g));
    const v = madd(beta2, v128.load(moment2 + at), f32x4.mul(f32x4.mul(oneMinusBeta2, g), g));
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(v), rootCorrection2), eps);
    storeFirst(moment1 + at, m, end - i);
    storeFirst(moment2 + at, v, end - i);
    storeFirst(params + at, f32x4.sub(f32x4.mul(p, shrink), f32x4.div(f32x4.mul(stepSize, m), denominator)), end - i);
  }
}
