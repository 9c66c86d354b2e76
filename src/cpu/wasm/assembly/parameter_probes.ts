/** Kernels that look at the parameters of a training step and write into the ring of probes. */
import { partStart } from "./parts";
import { dot, first, norm, place } from "./probe_rows";
import { madd, splat, storeFirst } from "./vector";

/** Places in `hyper`, in bytes (src/shaders/gradient_norm.ts). */
const CLIP_KIND: usize = 32;
const CLIP_MAX: usize = 36;
const VALUE: f32 = 2;

/** What src/shaders/parameter_probe.ts names so. */
const PARAMETER_BLOCKS: usize = 32;
const PARAMETER_SUMS: usize = 5;
const SPECTRAL_VECTORS: usize = 3;

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
