/** The products as kernels: which rows or columns of C a part computes. */
import { columnSums } from "./layout";
import { nn, nt, rowTimesTranspose, tn } from "./matmul";
import { partStart, ROW_GROUP } from "./parts";
import { rowTimesMatrix, TILE_ROWS } from "./tile";

/** Columns that stay in one part: those that `rowTimesMatrix` takes at once. */
const COLUMN_GROUP: usize = 32;
/** From this many columns a part on, columns are cut: then no part packs what another packs too. */
const ENOUGH_COLUMNS: usize = 64;

export function matmul_nn(
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
  aOffset: usize,
  bOffset: usize,
  cOffset: usize,
  hasBias: bool,
  accumulate: bool,
  scratch: usize,
  part: usize,
  parts: usize,
): void {
  const byColumns = m < TILE_ROWS || n >= ENOUGH_COLUMNS * parts;
  const i = byColumns ? <usize>0 : partStart(m, ROW_GROUP, part, parts);
  const j = byColumns ? partStart(n, COLUMN_GROUP, part, parts) : <usize>0;
  const rows = byColumns ? m : partStart(m, ROW_GROUP, part + 1, parts) - i;
  const columns = byColumns ? partStart(n, COLUMN_GROUP, part + 1, parts) - j : n;
  const left = a + (aOffset + i * lda) * 4;
  const right = b + (bOffset + j) * 4;
  const biasAt = hasBias ? bias + j * 4 : <usize>0;
  const to = c + (cOffset + i * ldc + j) * 4;
  if (m >= TILE_ROWS) {
    nn(left, right, biasAt, to, rows, columns, k, lda, ldb, ldc, accumulate, scratch);
    return;
  }
  for (let r: usize = 0; r < m; r++) rowTimesMatrix(left + r * lda * 4, right, ldb * 4, k, columns, to + r * ldc * 4, biasAt, accumulate);
}

export function matmul_nt(
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
  aOffset: usize,
  bOffset: usize,
  cOffset: usize,
  hasBias: bool,
  accumulate: bool,
  scratch: usize,
  part: usize,
  parts: usize,
): void {
  const byColumns = m < TILE_ROWS || n >= ENOUGH_COLUMNS * parts;
  const i = byColumns ? <usize>0 : partStart(m, ROW_GROUP, part, parts);
  const j = byColumns ? partStart(n, COLUMN_GROUP, part, parts) : <usize>0;
  const rows = byColumns ? m : partStart(m, ROW_GROUP, part + 1, parts) - i;
  const columns = byColumns ? partStart(n, COLUMN_GROUP, part + 1, parts) - j : n;
  const left = a + (aOffset + i * lda) * 4;
  const right = b + (bOffset + j * ldb) * 4;
  const biasAt = hasBias ? bias + j * 4 : <usize>0;
  const to = c + (cOffset + i * ldc + j) * 4;
  if (m >= TILE_ROWS) {
    nt(left, right, biasAt, to, rows, columns, k, lda, ldb, ldc, accumulate, scratch);
    return;
  }
  for (let r: usize = 0; r < m; r++) rowTimesTranspose(left + r * lda * 4, right, ldb * 4, k, columns, to + r * ldc * 4, biasAt, accumulate);
}

export function matmul_tn(
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
  aOffset: usize,
  bOffset: usize,
  cOffset: usize,
  hasBias: bool,
  accumulate: bool,
  scratch: usize,
  part: usize,
  parts: usize,
): void {
  const byColumns = n > m;
  const i = byColumns ? <usize>0 : partStart(m, ROW_GROUP, part, parts);
  const j = byColumns ? partStart(n, COLUMN_GROUP, part, parts) : <usize>0;
  const rows = byColumns ? m : partStart(m, ROW_GROUP, part + 1, parts) - i;
  const columns = byColumns ? partStart(n, COLUMN_GROUP, part + 1, parts) - j : n;
  const left = a + (aOffset + i) * 4;
  const right = b + (bOffset + j) * 4;
  const biasAt = hasBias ? bias + j * 4 : <usize>0;
  const to = c + (cOffset + i * ldc + j) * 4;
  tn(left, right, biasAt, to, rows, columns, k, lda, ldb, ldc, accumulate, scratch);
}

/** dW1 = A^T B1, dW2 = A^T B2 and A's column sums; a part has some rows of each. */
export function weight_gradients(
  a: usize,
  b1: usize,
  b2: usize,
  gradients: usize,
  m: usize,
  k: usize,
  n1: usize,
  m2: usize,
  n2: usize,
  lda: usize,
  ldb1: usize,
  ldb2: usize,
  aOffset: usize,
  b1Offset: usize,
  b2Offset: usize,
  c1Offset: usize,
  c2Offset: usize,
  bias1Offset: usize,
  bias2Offset: usize,
  scratch: usize,
  part: usize,
  parts: usize,
): void {
  const i = partStart(m, ROW_GROUP, part, parts);
  const end = partStart(m, ROW_GROUP, part + 1, parts);
  const left = a + (aOffset + i) * 4;
  tn(left, b1 + b1Offset * 4, 0, gradients + (c1Offset + i * n1) * 4, end - i, n1, k, lda, ldb1, n1, false, scratch);
  columnSums(left, gradients + (bias1Offset + i) * 4, k, end - i, lda);
  if (i < m2) memory.copy(gradients + (bias2Offset + i) * 4, gradients + (bias1Offset + i) * 4, ((end < m2 ? end : m2) - i) * 4);
  // Cut apart, so that every part has as much to do where the second has fewer rows.
  const i2 = partStart(m2, ROW_GROUP, part, parts);
  const rows2 = partStart(m2, ROW_GROUP, part + 1, parts) - i2;
  tn(a + (aOffset + i2) * 4, b2 + b2Offset * 4, 0, gradients + (c2Offset + i2 * n2) * 4, rows2, n2, k, lda, ldb2, n2, false, scratch);
}
