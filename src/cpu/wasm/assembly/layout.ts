/** Kernels that copy, gather, pack, look up or add up rows. */
import { partStart } from "./parts";
import { splat, storeFirst } from "./vector";

/** Place of the cursor in `counters`, in bytes (src/shaders/gradient_norm.ts). */
const CURSOR: usize = 4;
/** A target that is left out of loss and gradient. */
export const IGNORE: u32 = 0xffffffff;

/** out[j] = the sum of column j; sums of 64 rows are summed in turn, which keeps the rounding error small. */
export function columnSums(a: usize, out: usize, m: usize, n: usize, lda: usize): void {
  for (let j: usize = 0; j < n; j += 16) {
    const to = out + j * 4;
    const columns = n - j;
    let total0 = splat(0);
    let total1 = splat(0);
    let total2 = splat(0);
    let total3 = splat(0);
    let row = a + j * 4;
    for (let i: usize = 0; i < m; ) {
      const end = i + 64 < m ? i + 64 : m;
      let sum0 = splat(0);
      let sum1 = splat(0);
      let sum2 = splat(0);
      let sum3 = splat(0);
      for (; i < end; i++) {
        sum0 = f32x4.add(sum0, v128.load(row));
        sum1 = f32x4.add(sum1, v128.load(row, 16));
        sum2 = f32x4.add(sum2, v128.load(row, 32));
        sum3 = f32x4.add(sum3, v128.load(row, 48));
        row += lda * 4;
      }
      total0 = f32x4.add(total0, sum0);
      total1 = f32x4.add(total1, sum1);
      total2 = f32x4.add(total2, sum2);
      total3 = f32x4.add(total3, sum3);
    }
    storeFirst(to, total0, columns);
    if (columns > 4) storeFirst(to + 16, total1, columns - 4);
    if (columns > 8) storeFirst(to + 32, total2, columns - 8);
    if (columns > 12) storeFirst(to + 48, total3, columns - 12);
  }
}

/** forward[k, g*Hp + j] = weight[g*H + j, k]; backward[g*H + j, k] = weight[g*H + j, k]; zeros in the padding up to Hp. */
export function pack_recurrent(
  weight: usize,
  forward: usize,
  backward: usize,
  gates: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const padded = (size + 3) & ~3;
  const whole = size & ~3;
  const width = gates * padded * 4;
  const first = partStart(size, 4, part, parts);
  const end = partStart(size, 4, part + 1, parts);
  for (let g: usize = 0; g < gates; g++) {
    for (let j = first; j < end; j++) {
      const from = weight + (g * size + j) * size * 4;
      const copy = backward + (g * size + j) * padded * 4;
      memory.copy(copy, from, size * 4);
      memory.fill(copy + size * 4, 0, (padded - size) * 4);
      const to = forward + (g * padded + j) * 4;
      if (j < whole && (j & 3) == 0) transposeFour(from, size * 4, to, width, whole);
      for (let k = j < whole ? whole : 0; k < size; k++) f32.store(to + k * width, f32.load(from + k * 4));
    }
    if (end < size) continue;
    for (let k: usize = 0; k < size; k++) memory.fill(forward + k * width + (g * padded + size) * 4, 0, (padded - size) * 4);
  }
}

/** Four rows of `count` elements become four columns. */
function transposeFour(from: usize, rowBytes: usize, to: usize, toRowBytes: usize, count: usize): void {
  for (let k: usize = 0; k < count; k += 4) {
    const x0 = v128.load(from + k * 4);
    const x1 = v128.load(from + rowBytes + k * 4);
    const x2 = v128.load(from + 2 * rowBytes + k * 4);
    const x3 = v128.load(from + 3 * rowBytes + k * 4);
    const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
    const at = to + k * toRowBytes;
    v128.store(at, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(at + toRowBytes, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    v128.store(at + 2 * toRowBytes, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    v128.store(at + 3 * toRowBytes, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
  }
}

export function embedding_forward(
  weight: usize,
  tokens: usize,
  out: usize,
  count: usize,
  dim: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const end = partStart(count, 1, part + 1, parts);
  for (let n = partStart(count, 1, part, parts); n < end; n++) memory.copy(out + n * dim * 4, weight + <usize>load<u32>(tokens + n * 4) * dim * 4, dim * 4);
}

/** Adds each output gradient to its token's row, in order; a part has columns of its own. */
export function embedding_backward(
  tokens: usize,
  dOut: usize,
  dWeight: usize,
  count: usize,
  vocab: usize,
  dim: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const first = partStart(dim, 16, part, parts);
  const end = partStart(dim, 16, part + 1, parts);
  for (let v: usize = 0; v < vocab; v++) memory.fill(dWeight + (v * dim + first) * 4, 0, (end - first) * 4);
  for (let n: usize = 0; n < count; n++) {
    const from = dOut + n * dim * 4;
    const to = dWeight + <usize>load<u32>(tokens + n * 4) * dim * 4;
    for (let e = first; e < end; e += 4) {
      storeFirst(to + e * 4, f32x4.add(v128.load(to + e * 4), v128.load(from + e * 4)), end - e);
    }
  }
}

/** The next batch of images, one image row per time step; bytes become 0 to 1. Items behind the last are zeros without a target. */
export function gather_images(
  images: usize,
  labels: usize,
  order: usize,
  counters: usize,
  x: usize,
  y: usize,
  steps: usize,
  batch: usize,
  width: usize,
  items: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const bytes = (steps * width + 3) & ~3;
  const scale = splat(255);
  const first = <usize>load<u32>(counters, CURSOR) * batch;
  const end = partStart(batch, 1, part + 1, parts);
  for (let b = partStart(batch, 1, part, parts); b < end; b++) {
    const isItem = first + b < items;
    const image = isItem ? <usize>load<u32>(order + (first + b) * 4) : 0;
    store<u32>(y + b * 4, isItem ? load<u32>(labels + image * 4) : IGNORE);
    for (let t: usize = 0; t < steps; t++) {
      const from = images + image * bytes + t * width;
      const to = x + (t * batch + b) * width * 4;
      for (let j: usize = 0; j < width; j += 4) {
        const pixels = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load_zero<u32>(from + j)));
        storeFirst(to + j * 4, isItem ? f32x4.div(f32x4.convert_i32x4_u(pixels), scale) : splat(0), width - j);
      }
    }
  }
}

export function fill(data: usize, offset: usize, count: usize, value: f32): void {
  const to = data + offset * 4;
  const values = splat(value);
  for (let i: usize = 0; i < count; i += 4) storeFirst(to + i * 4, values, count - i);
}
