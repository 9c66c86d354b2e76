/** Kernels that copy, pack, look up or add up rows. */
import { splat, storeFirst } from "./vector";

/** out[j] (+)= the sum of column j; sums of 64 rows are summed in turn, which keeps the rounding error small. */
export function column_sum(a: usize, out: usize, m: usize, n: usize, lda: usize, aOffset: usize, outOffset: usize, accumulate: bool): void {
  for (let j: usize = 0; j < n; j += 16) {
    const to = out + (outOffset + j) * 4;
    const columns = n - j;
    let total0 = splat(0);
    let total1 = splat(0);
    let total2 = splat(0);
    let total3 = splat(0);
    let row = a + (aOffset + j) * 4;
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
    put(to, total0, columns, accumulate);
    if (columns > 4) put(to + 16, total1, columns - 4, accumulate);
    if (columns > 8) put(to + 32, total2, columns - 8, accumulate);
    if (columns > 12) put(to + 48, total3, columns - 12, accumulate);
  }
}

function put(to: usize, value: v128, count: usize, accumulate: bool): void {
  storeFirst(to, accumulate ? f32x4.add(value, v128.load(to)) : value, count);
}

/** forward[k, g*Hp + j] = weight[g*H + j, k]; backward[g*H + j, k] = weight[g*H + j, k]; zeros in the padding up to Hp. */
export function pack_recurrent(weight: usize, forward: usize, backward: usize, gates: usize, size: usize): void {
  const padded = (size + 3) & ~3;
  const rows = gates * size;
  if (padded != size) {
    memory.fill(forward, 0, size * gates * padded * 4);
    memory.fill(backward, 0, rows * padded * 4);
  }
  for (let row: usize = 0; row < rows; row++) memory.copy(backward + row * padded * 4, weight + row * size * 4, size * 4);
  const whole = size & ~3;
  const width = gates * padded * 4;
  for (let g: usize = 0; g < gates; g++) {
    for (let j: usize = 0; j < size; j++) {
      const from = weight + (g * size + j) * size * 4;
      const to = forward + (g * padded + j) * 4;
      if (j < whole && (j & 3) == 0) transposeFour(from, size * 4, to, width, whole);
      for (let k = j < whole ? whole : 0; k < size; k++) f32.store(to + k * width, f32.load(from + k * 4));
    }
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

export function embedding_forward(weight: usize, tokens: usize, out: usize, count: usize, dim: usize): void {
  for (let n: usize = 0; n < count; n++) memory.copy(out + n * dim * 4, weight + <usize>load<u32>(tokens + n * 4) * dim * 4, dim * 4);
}

/** Adds each output gradient to its token's row, in order. */
export function embedding_backward(tokens: usize, dOut: usize, dWeight: usize, count: usize, vocab: usize, dim: usize): void {
  memory.fill(dWeight, 0, vocab * dim * 4);
  for (let n: usize = 0; n < count; n++) {
    const from = dOut + n * dim * 4;
    const to = dWeight + <usize>load<u32>(tokens + n * 4) * dim * 4;
    for (let e: usize = 0; e < dim; e += 4) {
      storeFirst(to + e * 4, f32x4.add(v128.load(to + e * 4), v128.load(from + e * 4)), dim - e);
    }
  }
}

export function copy_within(data: usize, sourceOffset: usize, targetOffset: usize, count: usize): void {
  memory.copy(data + targetOffset * 4, data + sourceOffset * 4, count * 4);
}

export function fill(data: usize, offset: usize, count: usize, value: f32): void {
  const to = data + offset * 4;
  const values = splat(value);
  for (let i: usize = 0; i < count; i += 4) storeFirst(to + i * 4, values, count - i);
}
