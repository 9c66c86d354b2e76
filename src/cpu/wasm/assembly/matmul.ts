/**
 * C[m, n] (+)= A B (+ bias) in three forms, blocked: a block of B (KC x NC) is packed into panels of 8 columns, which stay in the first-
 * or second-level cache while the rows of A pass over it. Sizes count elements; pointers and row strides count bytes.
 */
import { biasFrom, PANEL, tile, tileRows } from "./tile";
import { horizontalSum, madd } from "./vector";

// A packed block of B takes KC * NC floats of scratch, one of A (tn) KC * MC; natives.ts reserves both.
const KC: usize = 256;
const NC: usize = 256;
const MC: usize = 64;

@inline
function min(a: usize, b: usize): usize {
  return a < b ? a : b;
}

/** Packs rows b[p, 0..n) into panels of 8 columns; the unused columns of the last panel hold whatever lies there and are never stored. */
export function packRows(b: usize, rowBytes: usize, k: usize, n: usize, out: usize): void {
  for (let j: usize = 0; j < n; j += PANEL) {
    let row = b + j * 4;
    for (let p: usize = 0; p < k; p++) {
      v128.store(out, v128.load(row));
      v128.store(out, v128.load(row, 16), 16);
      row += rowBytes;
      out += 32;
    }
  }
}

/** Packs the transpose of b[0..n, 0..k) into panels of 8 columns; a missing row repeats the last one. */
export function packColumns(b: usize, rowBytes: usize, k: usize, n: usize, out: usize): void {
  for (let j: usize = 0; j < n; j += 4) {
    let r0 = b + j * rowBytes;
    let r1 = j + 1 < n ? r0 + rowBytes : r0;
    let r2 = j + 2 < n ? r1 + rowBytes : r1;
    let r3 = j + 3 < n ? r2 + rowBytes : r2;
    let to = out + (j & ~7) * k * 4 + (j & 4) * 4;
    let p = k;
    for (; p >= 4; p -= 4) {
      const x0 = v128.load(r0);
      const x1 = v128.load(r1);
      const x2 = v128.load(r2);
      const x3 = v128.load(r3);
      const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 32);
      v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 64);
      v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 96);
      r0 += 16;
      r1 += 16;
      r2 += 16;
      r3 += 16;
      to += 128;
    }
    for (; p > 0; p--) {
      f32.store(to, f32.load(r0));
      f32.store(to, f32.load(r1), 4);
      f32.store(to, f32.load(r2), 8);
      f32.store(to, f32.load(r3), 12);
      r0 += 4;
      r1 += 4;
      r2 += 4;
      r3 += 4;
      to += 32;
    }
  }
}

/** Packs a[0..k, 0..m) of a transposed A into panels of as many rows of C as a tile has. */
function packLeft(a: usize, rowBytes: usize, k: usize, m: usize, out: usize): void {
  for (let i: usize = 0; i < m; ) {
    const rows = tileRows(m - i);
    let from = a + i * 4;
    if (rows == 6) {
      for (let p: usize = 0; p < k; p++) {
        v128.store(out, v128.load(from));
        store<u64>(out, load<u64>(from, 16), 16);
        from += rowBytes;
        out += 24;
      }
    } else {
      for (let p: usize = 0; p < k; p++) {
        v128.store(out, v128.load(from));
        from += rowBytes;
        out += 16;
      }
    }
    i += rows;
  }
}

/** One packed block of B against m plain rows of A. */
function rowsTimesBlock(a: usize, rowBytesA: usize, packed: usize, m: usize, n: usize, k: usize, c: usize, rowBytesC: usize, bias: usize, load: bool): void {
  for (let i0: usize = 0; i0 < m; i0 += MC) {
    const i1 = min(i0 + MC, m);
    for (let j: usize = 0; j < n; j += PANEL) {
      const panel = packed + j * k * 4;
      const biasAt = biasFrom(bias, j);
      for (let i = i0; i < i1; i += tileRows(i1 - i)) {
        tile<f32>(a + i * rowBytesA, rowBytesA, panel, k, c + i * rowBytesC + j * 4, rowBytesC, biasAt, load, i1 - i, n - j);
      }
    }
  }
}

export function nn(
  a: usize,
  b: usize,
  bias: usize,
  c: usize,
  m: usize,
  n: usize,
  k: usize,
  lda: usize,
  ldb: usize,
  ldc: usize,
  load: bool,
  scratch: usize,
): void {
  for (let j: usize = 0; j < n; j += NC) {
    const width = min(NC, n - j);
    for (let p: usize = 0; p < k; p += KC) {
      const depth = min(KC, k - p);
      packRows(b + (p * ldb + j) * 4, ldb * 4, depth, width, scratch);
      const biasAt = p > 0 ? <usize>0 : biasFrom(bias, j);
      rowsTimesBlock(a + p * 4, lda * 4, scratch, m, width, depth, c + j * 4, ldc * 4, biasAt, load || p > 0);
    }
  }
}

export function nt(
  a: usize,
  b: usize,
  bias: usize,
  c: usize,
  m: usize,
  n: usize,
  k: usize,
  lda: usize,
  ldb: usize,
  ldc: usize,
  load: bool,
  scratch: usize,
): void {
  for (let j: usize = 0; j < n; j += NC) {
    const width = min(NC, n - j);
    for (let p: usize = 0; p < k; p += KC) {
      const depth = min(KC, k - p);
      packColumns(b + (j * ldb + p) * 4, ldb * 4, depth, width, scratch);
      const biasAt = p > 0 ? <usize>0 : biasFrom(bias, j);
      rowsTimesBlock(a + p * 4, lda * 4, scratch, m, width, depth, c + j * 4, ldc * 4, biasAt, load || p > 0);
    }
  }
}

export function tn(
  a: usize,
  b: usize,
  bias: usize,
  c: usize,
  m: usize,
  n: usize,
  k: usize,
  lda: usize,
  ldb: usize,
  ldc: usize,
  load: bool,
  scratch: usize,
): void {
  const left = scratch + KC * NC * 4;
  for (let j: usize = 0; j < n; j += NC) {
    const width = min(NC, n - j);
    for (let p: usize = 0; p < k; p += KC) {
      const depth = min(KC, k - p);
      packRows(b + (p * ldb + j) * 4, ldb * 4, depth, width, scratch);
      const biasBlock = p > 0 ? <usize>0 : biasFrom(bias, j);
      for (let i0: usize = 0; i0 < m; i0 += MC) {
        const height = min(MC, m - i0);
        packLeft(a + (p * lda + i0) * 4, lda * 4, depth, height, left);
        for (let jj: usize = 0; jj < width; jj += PANEL) {
          const panel = scratch + jj * depth * 4;
          const biasAt = biasFrom(biasBlock, jj);
          for (let i: usize = 0; i < height; i += tileRows(height - i)) {
            const to = c + ((i0 + i) * ldc + j + jj) * 4;
            // Rows of the packed panel lie one element apart.
            tile<v128>(left + i * depth * 4, 4, panel, depth, to, ldc * 4, biasAt, load || p > 0, height - i, width - jj);
          }
        }
      }
    }
  }
}

/** One row of A times the transpose of B: dot products, four rows of B at a time. */
export function rowTimesTranspose(a: usize, b: usize, rowBytesB: usize, k: usize, n: usize, c: usize, bias: usize, load: bool): void {
  const whole = k & ~3;
  for (let j: usize = 0; j < n; j += 4) {
    const r0 = b + j * rowBytesB;
    const r1 = j + 1 < n ? r0 + rowBytesB : r0;
    const r2 = j + 2 < n ? r1 + rowBytesB : r1;
    const r3 = j + 3 < n ? r2 + rowBytesB : r2;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    for (let p: usize = 0; p < whole * 4; p += 16) {
      const x = v128.load(a + p);
      s0 = madd(x, v128.load(r0 + p), s0);
      s1 = madd(x, v128.load(r1 + p), s1);
      s2 = madd(x, v128.load(r2 + p), s2);
      s3 = madd(x, v128.load(r3 + p), s3);
    }
    putDot(horizontalSum(s0), a, r0, whole, k, c, bias, j, load);
    if (j + 1 < n) putDot(horizontalSum(s1), a, r1, whole, k, c, bias, j + 1, load);
    if (j + 2 < n) putDot(horizontalSum(s2), a, r2, whole, k, c, bias, j + 2, load);
    if (j + 3 < n) putDot(horizontalSum(s3), a, r3, whole, k, c, bias, j + 3, load);
  }
}

function putDot(sum: f32, a: usize, row: usize, from: usize, k: usize, c: usize, bias: usize, j: usize, load: bool): void {
  let total = sum;
  for (let p = from * 4; p < k * 4; p += 4) total += f32.load(a + p) * f32.load(row + p);
  if (bias != 0) total += f32.load(bias + j * 4);
  if (load) total += f32.load(c + j * 4);
  f32.store(c + j * 4, total);
}

/** Elements of a k x n matrix packed whole. */
@inline
export function packedLength(k: usize, n: usize): usize {
  return k * ((n + PANEL - 1) & ~(PANEL - 1));
}

/** Packs a whole k x n matrix of plain rows, in blocks of KC rows, for many products with `timesPacked`. */
export function packWhole(b: usize, ldb: usize, k: usize, n: usize, out: usize): void {
  for (let p: usize = 0; p < k; p += KC) packRows(b + p * ldb * 4, ldb * 4, min(KC, k - p), n, out + packedLength(p, n) * 4);
}

/** C (+)= A B for a B from `packWhole`. */
export function timesPacked(a: usize, lda: usize, packed: usize, m: usize, n: usize, k: usize, c: usize, ldc: usize, load: bool): void {
  for (let p: usize = 0; p < k; p += KC) {
    rowsTimesBlock(a + p * 4, lda * 4, packed + packedLength(p, n) * 4, m, n, min(KC, k - p), c, ldc * 4, 0, load || p > 0);
  }
}
