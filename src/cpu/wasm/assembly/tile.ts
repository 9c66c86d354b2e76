import { madd, storeFirst } from "./vector";

/** Columns of a packed panel of B, and rows of a tile. */
export const PANEL: usize = 8;
export const TILE_ROWS: usize = 4;

/** Rows of the next tile where so many are left: 6 or, if need be, 4, so that even numbers leave none over. */
@inline
export function tileRows(left: usize): usize {
  return RELAXED && left >= 6 && left != 8 ? 6 : TILE_ROWS;
}

/** The tile of `tileRows`; see tile4x8. */
@inline
export function tile<STEP>(
  a: usize,
  rowBytes: usize,
  b: usize,
  k: usize,
  c: usize,
  rowBytesC: usize,
  bias: usize,
  load: bool,
  rows: usize,
  columns: usize,
): void {
  if (tileRows(rows) == 6) tile6x8<STEP>(a, rowBytes, b, k, c, rowBytesC, bias, load, columns);
  else tile4x8<STEP>(a, rowBytes, b, k, c, rowBytesC, bias, load, rows, columns);
}

/** The bias of column j on; 0 stands for no bias. */
@inline
export function biasFrom(bias: usize, j: usize): usize {
  return bias == 0 ? 0 : bias + j * 4;
}

/**
 * One 4 x 8 tile: C (+)= A B (+ bias). Row r of A starts at a + r * rowBytes and its elements lie sizeof<STEP>() bytes apart (f32: plain
 * rows; v128: a packed panel of 4 rows). Row p of B lies at b + p * PANEL * 4. Only `rows` x `columns` of C are written.
 */
export function tile4x8<STEP>(
  a: usize,
  rowBytes: usize,
  b: usize,
  k: usize,
  c: usize,
  rowBytesC: usize,
  bias: usize,
  load: bool,
  rows: usize,
  columns: usize,
): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + rowBytes : a0;
  let a2 = rows > 2 ? a1 + rowBytes : a1;
  let a3 = rows > 3 ? a2 + rowBytes : a2;
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let b0: v128;
  let b1: v128;
  let x: v128;
  // Four turns in one, since V8 checks for interrupts in each. The breaks between them end its basic blocks: within one
  // it would move all loads above the arithmetic, and spill them.
  const end = b + k * PANEL * 4;
  while (b != end) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 4) : v128.load_splat<f32>(a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 8) : v128.load_splat<f32>(a2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 12) : v128.load_splat<f32>(a3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    a0 += sizeof<STEP>();
    if (sizeof<STEP>() != 16) {
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    b += PANEL * 4;
    if (b == end) break;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 4) : v128.load_splat<f32>(a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 8) : v128.load_splat<f32>(a2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 12) : v128.load_splat<f32>(a3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    a0 += sizeof<STEP>();
    if (sizeof<STEP>() != 16) {
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    b += PANEL * 4;
    if (b == end) break;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 4) : v128.load_splat<f32>(a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 8) : v128.load_splat<f32>(a2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 12) : v128.load_splat<f32>(a3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    a0 += sizeof<STEP>();
    if (sizeof<STEP>() != 16) {
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    b += PANEL * 4;
    if (b == end) break;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 4) : v128.load_splat<f32>(a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 8) : v128.load_splat<f32>(a2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 12) : v128.load_splat<f32>(a3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    a0 += sizeof<STEP>();
    if (sizeof<STEP>() != 16) {
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    b += PANEL * 4;
  }
  put(c, c00, c01, bias, load, columns);
  if (rows > 1) put(c + rowBytesC, c10, c11, bias, load, columns);
  if (rows > 2) put(c + 2 * rowBytesC, c20, c21, bias, load, columns);
  if (rows > 3) put(c + 3 * rowBytesC, c30, c31, bias, load, columns);
}

/**
 * The same with 6 rows: fewer loads for each multiply-add. Only with the fused instruction do its 12 sums leave a register to work with,
 * and V8 must not see more than one turn at a time, or it spills them.
 */
export function tile6x8<STEP>(
  a: usize,
  rowBytes: usize,
  b: usize,
  k: usize,
  c: usize,
  rowBytesC: usize,
  bias: usize,
  load: bool,
  columns: usize,
): void {
  let a0 = a;
  let a1 = a0 + rowBytes;
  let a2 = a1 + rowBytes;
  let a3 = a2 + rowBytes;
  let a4 = a3 + rowBytes;
  let a5 = a4 + rowBytes;
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  const end = b + k * PANEL * 4;
  while (b != end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 4) : v128.load_splat<f32>(a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 8) : v128.load_splat<f32>(a2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 12) : v128.load_splat<f32>(a3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 16) : v128.load_splat<f32>(a4);
    c40 = madd(x, b0, c40);
    c41 = madd(x, b1, c41);
    x = sizeof<STEP>() == 16 ? v128.load_splat<f32>(a0, 20) : v128.load_splat<f32>(a5);
    c50 = madd(x, b0, c50);
    c51 = madd(x, b1, c51);
    a0 += sizeof<STEP>() == 16 ? 24 : 4;
    if (sizeof<STEP>() != 16) {
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
      a5 += 4;
    }
    b += PANEL * 4;
  }
  put(c, c00, c01, bias, load, columns);
  put(c + rowBytesC, c10, c11, bias, load, columns);
  put(c + 2 * rowBytesC, c20, c21, bias, load, columns);
  put(c + 3 * rowBytesC, c30, c31, bias, load, columns);
  put(c + 4 * rowBytesC, c40, c41, bias, load, columns);
  put(c + 5 * rowBytesC, c50, c51, bias, load, columns);
}

/** Writes the first `columns` of a panel's row. */
@inline
function put(c: usize, left: v128, right: v128, bias: usize, load: bool, columns: usize): void {
  if (columns >= PANEL) putRow(c, left, right, bias, load);
  else putPart(c, left, right, bias, load, columns);
}

function putPart(c: usize, left: v128, right: v128, bias: usize, load: bool, columns: usize): void {
  storeFirst(c, finished(c, left, bias, load), columns);
  if (columns > 4) storeFirst(c + 16, finished(c + 16, right, bias == 0 ? 0 : bias + 16, load), columns - 4);
}

/** A sum with what it is added to. */
@inline
function finished(c: usize, sum: v128, bias: usize, load: bool): v128 {
  let value = sum;
  if (bias != 0) value = f32x4.add(value, v128.load(bias));
  if (load) value = f32x4.add(value, v128.load(c));
  return value;
}

@inline
function putRow(c: usize, left: v128, right: v128, bias: usize, load: bool): void {
  let l = left;
  let r = right;
  if (bias != 0) {
    l = f32x4.add(l, v128.load(bias));
    r = f32x4.add(r, v128.load(bias, 16));
  }
  if (load) {
    l = f32x4.add(l, v128.load(c));
    r = f32x4.add(r, v128.load(c, 16));
  }
  v128.store(c, l);
  v128.store(c, r, 16);
}

/** One row of A times B with plain rows: C[0, 0..n) (+)= a B (+ bias), 32 columns at a time. */
export function rowTimesMatrix(a: usize, b: usize, rowBytesB: usize, k: usize, n: usize, c: usize, bias: usize, load: bool): void {
  let j: usize = 0;
  for (; j + 32 <= n; j += 32) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let s4 = f32x4.splat(0);
    let s5 = f32x4.splat(0);
    let s6 = f32x4.splat(0);
    let s7 = f32x4.splat(0);
    let row = b + j * 4;
    for (let p: usize = 0; p < k; p++) {
      const x = v128.load_splat<f32>(a + p * 4);
      s0 = madd(x, v128.load(row), s0);
      s1 = madd(x, v128.load(row, 16), s1);
      s2 = madd(x, v128.load(row, 32), s2);
      s3 = madd(x, v128.load(row, 48), s3);
      s4 = madd(x, v128.load(row, 64), s4);
      s5 = madd(x, v128.load(row, 80), s5);
      s6 = madd(x, v128.load(row, 96), s6);
      s7 = madd(x, v128.load(row, 112), s7);
      row += rowBytesB;
    }
    const at = c + j * 4;
    putRow(at, s0, s1, biasFrom(bias, j), load);
    putRow(at + 32, s2, s3, biasFrom(bias, j + 8), load);
    putRow(at + 64, s4, s5, biasFrom(bias, j + 16), load);
    putRow(at + 96, s6, s7, biasFrom(bias, j + 24), load);
  }
  for (; j < n; j += 4) {
    let s = f32x4.splat(0);
    let row = b + j * 4;
    for (let p: usize = 0; p < k; p++) {
      s = madd(v128.load_splat<f32>(a + p * 4), v128.load(row), s);
      row += rowBytesB;
    }
    storeFirst(c + j * 4, finished(c + j * 4, s, biasFrom(bias, j), load), n - j);
  }
}
