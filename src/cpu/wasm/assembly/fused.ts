/**
 * What the fused step kernels share: products with weights that lie packed in panels of 8 columns (src/shaders/fused_pack.ts), of which
 * a part of a call has some, with all rows of the batch; and how the gradient of a state begins.
 */
import { packColumns, packRows } from "./matmul";
import { partStart } from "./parts";
import { PANEL, tile, tileRows } from "./tile";
import { madd, storeFirst } from "./vector";

/** Rows of a panel that are multiplied at a time: they stay in the first-level cache, and so many columns of A in the second. */
const DEPTH: usize = 512;

/** The first unit of a part. */
@inline
export function firstUnit(size: usize, part: usize, parts: usize): usize {
  return partStart(size, PANEL, part, parts);
}

/** Bytes of k rows of a panel. */
@inline
export function panelBytes(k: usize): usize {
  return k * PANEL * 4;
}

/**
 * C[m, first..end) (+)= A P for m rows. Panels follow each other every `stride` bytes; the one of column 0 lies at `panels`. C is the
 * address of column 0.
 */
export function timesPanels(
  a: usize,
  lda: usize,
  panels: usize,
  stride: usize,
  m: usize,
  k: usize,
  c: usize,
  ldc: usize,
  first: usize,
  end: usize,
  load: bool,
): void {
  for (let p: usize = 0; p < k; p += DEPTH) {
    const depth = k - p < DEPTH ? k - p : DEPTH;
    for (let j = first; j < end; j += PANEL) {
      const panel = panels + (j / PANEL) * stride + panelBytes(p);
      for (let i: usize = 0; i < m; i += tileRows(m - i)) {
        tile<f32>(a + (i * lda + p) * 4, lda * 4, panel, depth, c + (i * ldc + j) * 4, ldc * 4, 0, load || p > 0, m - i, end - j);
      }
    }
  }
}

/** Zeros in columns first..end of m rows. */
export function clearColumns(c: usize, m: usize, size: usize, first: usize, end: usize): void {
  for (let i: usize = 0; i < m; i++) memory.fill(c + (i * size + first) * 4, 0, (end - first) * 4);
}

/** d_hidden slot 0 += carry_scale[0] * d_carry */
export function finishState(carryScale: usize, carry: usize, dHidden: usize, m: usize, size: usize, first: usize, end: usize): void {
  const scale = v128.load_splat<f32>(carryScale);
  for (let i: usize = 0; i < m; i++) {
    for (let j = first; j < end; j += 4) {
      const at = (i * size + j) * 4;
      storeFirst(dHidden + at, madd(scale, v128.load(carry + at), v128.load(dHidden + at)), end - j);
    }
  }
}

/** out = x1 y1, or x1 y1 + x2 y2 if x2 is not 0: rows of x and out have `size` elements, those of y `gates` times as many. */
export function carryThroughGates(
  x1: usize,
  y1: usize,
  x2: usize,
  y2: usize,
  gates: usize,
  out: usize,
  m: usize,
  size: usize,
  first: usize,
  end: usize,
): void {
  for (let i: usize = 0; i < m; i++) {
    for (let j = first; j < end; j += 4) {
      const at = (i * size + j) * 4;
      const gate = (i * gates * size + j) * 4;
      let sum = f32x4.mul(v128.load(x1 + at), v128.load(y1 + gate));
      if (x2 != 0) sum = madd(v128.load(x2 + at), v128.load(y2 + gate), sum);
      storeFirst(out + at, sum, end - j);
    }
  }
}

/**
 * The recurrent product of all gates, with `weight` in the forward order: out[b, unit, 0..4), in which a GRU's fourth number is 0.
 * `out` takes 4 H numbers for each of the m rows.
 */
export function timesGates(hidden: usize, weight: usize, m: usize, size: usize, out: usize, first: usize, end: usize): void {
  timesPanels(hidden, size, weight, panelBytes(size), m, size, out, 4 * size, 4 * first, 4 * end, false);
}

/** One gate's numbers of what `timesGates` left, put or added into columns of rows of `rowLength`. */
export function takeGate(
  product: usize,
  gate: usize,
  out: usize,
  rowLength: usize,
  m: usize,
  size: usize,
  first: usize,
  end: usize,
  add: bool,
): void {
  for (let i: usize = 0; i < m; i++) {
    for (let j = first; j < end; j += 4) {
      const from = product + ((i * size + j) * 4 + gate) * 4;
      const to = out + (i * rowLength + j) * 4;
      let x = v128.load_zero<f32>(from);
      x = v128.load_lane<f32>(from, x, 1, 16);
      x = v128.load_lane<f32>(from, x, 2, 32);
      x = v128.load_lane<f32>(from, x, 3, 48);
      storeFirst(to, add ? f32x4.add(x, v128.load(to)) : x, end - j);
    }
  }
}

/** The copies of weight_hh [G*H, H] that the fused steps read, zeros behind the last unit (src/shaders/fused_pack.ts). */
export function fused_pack(
  weight: usize,
  forward: usize,
  backward: usize,
  gates: usize,
  size: usize,
  hasBackward: bool,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const rows = gates * size;
  if (gates == 1) {
    const columns = (size + 63) & ~63;
    const end = partStart(columns, PANEL, part + 1, parts);
    for (let j = partStart(columns, PANEL, part, parts); j < end; j += PANEL) packUnits(weight, forward, size, j);
  } else {
    const units = (size + 15) & ~15;
    const end = partStart(units, 2, part + 1, parts);
    for (let unit = partStart(units, 2, part, parts); unit < end; unit++) packGates(weight, forward, gates, size, unit);
  }
  if (!hasBackward) return;
  const columns = (size + 63) & ~63;
  const end = partStart(columns, PANEL, part + 1, parts);
  for (let j = partStart(columns, PANEL, part, parts); j < end; j += PANEL) {
    const panel = backward + (j / PANEL) * panelBytes(rows);
    if (j < size) packRows(weight + j * 4, size * 4, rows, PANEL, panel);
    clearLanes(panel, rows, j < size ? size - j : 0, PANEL);
  }
}

/** Zeros in lanes from..to of every row of a panel. */
function clearLanes(panel: usize, rows: usize, from: usize, to: usize): void {
  for (let lane = from; lane < to; lane++) {
    for (let row: usize = 0; row < rows; row++) f32.store(panel + (row * PANEL + lane) * 4, 0);
  }
}

/** The panel of units j to j + 7, of a cell with one gate. */
function packUnits(weight: usize, forward: usize, size: usize, j: usize): void {
  const panel = forward + (j / PANEL) * panelBytes(size);
  const units = j < size ? (size - j < PANEL ? size - j : PANEL) : 0;
  if (units > 0) packColumns(weight + j * size * 4, size * 4, size, units, panel);
  clearLanes(panel, size, units, PANEL);
}

/** A unit's gates, which are one half of a panel's row. */
function packGates(weight: usize, forward: usize, gates: usize, size: usize, unit: usize): void {
  const half = forward + (unit / 2) * panelBytes(size) + (unit & 1) * 16;
  if (unit < size) packColumns(weight + unit * size * 4, size * size * 4, size, gates, half);
  clearLanes(half, size, unit < size ? gates : 0, 4);
}
