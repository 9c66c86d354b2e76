import { madd, storeFirst } from "./vector";

/** Columns of a packed panel of B, and rows of a tile. */
export const PANEL: usize = 8;
export const TILE_ROWS: usize = 4;

/** The bias of column j on; 0 stands for no bias. */
@inline
export function biasFrom(bias: usize, j: usize): usize {
  return bias == 0 ? 0 : bias + j * 4;
}

/** Where an incomplete tile is put before its valid part is copied out. */
const edge: usize = memory.data(128, 16);

/**
 * One 4 x 8 tile: C (+)= A B (+ bias). Row r of A starts at a + r * rowBytes and its elements lie sizeof<STEP>() bytes apart (f32: plain
 * rows; v128: a packed panel of 4 rows). Row p of B lies at b + p * bStep. Only `rows` x `columns` of C are written.
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
  if (rows >= TILE_ROWS && columns >= PANEL) {
    putRow(c, c00, c01, bias, load);
    putRow(c + rowBytesC, c10, c11, bias, load);
    putRow(c + 2 * rowBytesC, c20, c21, bias, load);
    putRow(c + 3 * rowBytesC, c30, c31, bias, load);
    return;
  }
  v128.store(edge, c00);
  v128.store(edge, c01, 16);
  v128.store(edge, c10, 32);
  v128.store(edge, c11, 48);
  v128.store(edge, c20, 64);
  v128.store(edge, c21, 80);
  v128.store(edge, c30, 96);
  v128.store(edge, c31, 112);
  for (let r: usize = 0; r < rows && r < TILE_ROWS; r++) {
    for (let j: usize = 0; j < columns && j < PANEL; j++) putElement(c + r * rowBytesC + j * 4, f32.load(edge + r * 32 + j * 4), bias, j, load);
  }
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

@inline
function putElement(c: usize, sum: f32, bias: usize, j: usize, load: bool): void {
  let value = sum;
  if (bias != 0) value += f32.load(bias + j * 4);
  if (load) value += f32.load(c);
  f32.store(c, value);
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
    if (bias != 0) s = f32x4.add(s, v128.load(bias + j * 4));
    if (load) s = f32x4.add(s, v128.load(c + j * 4));
    storeFirst(c + j * 4, s, n - j);
  }
}
