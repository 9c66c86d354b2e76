/**
 * The LSTM, gates i, f, g, o: c_t = f c_{t-1} + i g, h_t = o tanh(c_t), and backwards.
 * Time-major tensors: gates, d_gates [T, B, 4H]; hidden, cell, d_hidden, d_cell [T+1, B, H], slot t+1 holding step t.
 */
import { packedLength, packWhole, timesPacked } from "./matmul";
import { firstRow } from "./parts";
import { clearUnlessFromAbove, finish_carry } from "./rnn";
import { madd, sigmoid, splat, storeFirst, tanh } from "./vector";

/** gates[t], complete but for b_hh, becomes the post-activation values. */
export function lstmForward(
  gates: usize,
  bias: usize,
  hidden: usize,
  cell: usize,
  step: usize,
  batch: usize,
  size: usize,
  row0: usize,
  row1: usize,
  column0: usize,
  column1: usize,
): void {
  const slot = batch * size * 4;
  const width = size * 4;
  const h = hidden + (step + 1) * slot;
  const cPrevious = cell + step * slot;
  const c = cPrevious + slot;
  for (let b = row0; b < row1; b++) {
    const gateRow = gates + (step * batch + b) * 4 * width;
    const row = b * width;
    for (let j = column0; j < column1; j += 4) {
      const n = column1 - j;
      const gi = gateRow + j * 4;
      const gf = gi + width;
      const gg = gf + width;
      const go = gg + width;
      const bi = bias + j * 4;
      const i = sigmoid(f32x4.add(v128.load(gi), v128.load(bi)));
      const f = sigmoid(f32x4.add(v128.load(gf), v128.load(bi + width)));
      const g = tanh(f32x4.add(v128.load(gg), v128.load(bi + 2 * width)));
      const o = sigmoid(f32x4.add(v128.load(go), v128.load(bi + 3 * width)));
      const next = madd(f, v128.load(cPrevious + row + j * 4), f32x4.mul(i, g));
      storeFirst(gi, i, n);
      storeFirst(gf, f, n);
      storeFirst(gg, g, n);
      storeFirst(go, o, n);
      storeFirst(c + row + j * 4, next, n);
      storeFirst(h + row + j * 4, f32x4.mul(o, tanh(next)), n);
    }
  }
}

export function lstm_step_forward(
  gates: usize,
  bias: usize,
  hidden: usize,
  cell: usize,
  step: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  lstmForward(gates, bias, hidden, cell, step, batch, size, firstRow(batch, part, parts), firstRow(batch, part + 1, parts), 0, size);
}

/** d_cell slot t+1 holds what step t+1 left there (nothing at the last step) and becomes the total dL/dc_t; slot t gets this step's part. */
export function lstmBackward(
  gates: usize,
  cell: usize,
  carryScale: usize,
  carry: usize,
  dHidden: usize,
  dCell: usize,
  dGates: usize,
  step: usize,
  steps: usize,
  batch: usize,
  size: usize,
  row0: usize,
  row1: usize,
  column0: usize,
  column1: usize,
): void {
  const slot = batch * size * 4;
  const width = size * 4;
  const last = step + 1 == steps;
  const scaleNext = last ? splat(0) : v128.load_splat<f32>(carryScale + (step + 1) * 4);
  const scale = v128.load_splat<f32>(carryScale + step * 4);
  const one = splat(1);
  for (let b = row0; b < row1; b++) {
    const gateRow = (step * batch + b) * 4 * width;
    for (let j = column0; j < column1; j += 4) {
      const n = column1 - j;
      const at = b * width + j * 4;
      const now = (step + 1) * slot + at;
      const before = step * slot + at;
      const from = gates + gateRow + j * 4;
      const to = dGates + gateRow + j * 4;
      const i = v128.load(from);
      const f = v128.load(from + width);
      const g = v128.load(from + 2 * width);
      const o = v128.load(from + 3 * width);
      let dh = v128.load(dHidden + now);
      if (!last) dh = madd(scaleNext, v128.load(carry + at), dh);
      const tc = tanh(v128.load(cell + now));
      const dhTc = f32x4.mul(dh, tc);
      let dc = f32x4.mul(f32x4.mul(dh, o), f32x4.sub(one, f32x4.mul(tc, tc)));
      if (!last) dc = f32x4.add(dc, v128.load(dCell + now));
      const previous = v128.load(cell + before);
      storeFirst(dHidden + now, dh, n);
      storeFirst(dCell + now, dc, n);
      storeFirst(dCell + before, f32x4.mul(scale, f32x4.mul(dc, f)), n);
      storeFirst(to, f32x4.mul(f32x4.mul(dc, g), f32x4.mul(i, f32x4.sub(one, i))), n);
      storeFirst(to + width, f32x4.mul(f32x4.mul(dc, previous), f32x4.mul(f, f32x4.sub(one, f))), n);
      storeFirst(to + 2 * width, f32x4.mul(f32x4.mul(dc, i), f32x4.sub(one, f32x4.mul(g, g))), n);
      storeFirst(to + 3 * width, f32x4.mul(dhTc, f32x4.mul(o, f32x4.sub(one, o))), n);
    }
  }
}

export function lstm_step_backward(
  gates: usize,
  cell: usize,
  carryScale: usize,
  carry: usize,
  dHidden: usize,
  dCell: usize,
  dGates: usize,
  step: usize,
  steps: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  lstmBackward(gates, cell, carryScale, carry, dHidden, dCell, dGates, step, steps, batch, size, firstRow(batch, part, parts), firstRow(batch, part + 1, parts), 0, size);
}

export function lstm_sequence_forward(
  gates: usize,
  weight: usize,
  bias: usize,
  hidden: usize,
  cell: usize,
  steps: usize,
  batch: usize,
  size: usize,
  scratch: usize,
  part: usize,
  parts: usize,
): void {
  const slot = batch * size * 4;
  const first = firstRow(batch, part, parts);
  const rows = firstRow(batch, part + 1, parts) - first;
  const before = first * size * 4;
  const padded = (size + 3) & ~3;
  const block = packedLength(size, size) * 4;
  for (let g: usize = 0; g < 4; g++) packWhole(weight + g * padded * 4, 4 * padded, size, size, scratch + g * block);
  for (let t: usize = 0; t < steps; t++) {
    const to = gates + t * 4 * slot + 4 * before;
    for (let g: usize = 0; g < 4; g++) {
      timesPacked(hidden + t * slot + before, size, scratch + g * block, rows, size, size, to + g * size * 4, 4 * size, true);
    }
    lstmForward(gates, bias, hidden, cell, t, batch, size, first, first + rows, 0, size);
  }
}

export function lstm_sequence_backward(
  gates: usize,
  cell: usize,
  weight: usize,
  carryScale: usize,
  dHidden: usize,
  dCell: usize,
  dGates: usize,
  steps: usize,
  batch: usize,
  size: usize,
  fromAbove: usize,
  scratch: usize,
  part: usize,
  parts: usize,
): void {
  const slot = batch * size * 4;
  const first = firstRow(batch, part, parts);
  const rows = firstRow(batch, part + 1, parts) - first;
  const before = first * size * 4;
  const carry = scratch + packedLength(4 * size, size) * 4;
  packWhole(weight, (size + 3) & ~3, 4 * size, size, scratch);
  for (let t = steps; t-- > 0; ) {
    clearUnlessFromAbove(dHidden + before, slot, rows * size * 4, t, steps, fromAbove);
    lstmBackward(gates, cell, carryScale, carry, dHidden, dCell, dGates, t, steps, batch, size, first, first + rows, 0, size);
    timesPacked(dGates + t * 4 * slot + 4 * before, 4 * size, scratch, rows, size, 4 * size, carry + before, size, false);
  }
  finish_carry(carryScale, carry, dHidden, batch, size, 0, part, parts);
}
