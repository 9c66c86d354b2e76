/**
 * The tanh RNN: h_t = tanh(gates_t + W_hh h_{t-1} + b_hh), and backwards.
 * Time-major tensors: gates, d_gates [T, B, H]; hidden, d_hidden [T+1, B, H], slot t+1 holding step t.
 */
import { packedLength, packWhole, timesPacked } from "./matmul";
import { firstRow } from "./parts";
import { madd, splat, storeFirst, tanh } from "./vector";

/** The point-wise part of one step; `product` says that slot t+1 of `hidden` holds W_hh h_{t-1} already. */
export function rnnForward(
  gates: usize,
  bias: usize,
  hidden: usize,
  step: usize,
  batch: usize,
  size: usize,
  product: bool,
  row0: usize,
  row1: usize,
  column0: usize,
  column1: usize,
): void {
  const slot = batch * size * 4;
  const from = gates + step * slot;
  const out = hidden + (step + 1) * slot;
  for (let b = row0; b < row1; b++) {
    const row = b * size * 4;
    for (let j = column0; j < column1; j += 4) {
      const at = row + j * 4;
      let x = f32x4.add(v128.load(from + at), v128.load(bias + j * 4));
      if (product) x = f32x4.add(x, v128.load(out + at));
      storeFirst(out + at, tanh(x), column1 - j);
    }
  }
}

export function rnn_step_forward(
  gates: usize,
  bias: usize,
  hidden: usize,
  step: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  rnnForward(gates, bias, hidden, step, batch, size, false, firstRow(batch, part, parts), firstRow(batch, part + 1, parts), 0, size);
}

/** Adds what flows back from step t+1 to dL/dh_t and takes it through tanh. */
export function rnnBackward(
  hidden: usize,
  carryScale: usize,
  carry: usize,
  dHidden: usize,
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
  const h = hidden + (step + 1) * slot;
  const dh = dHidden + (step + 1) * slot;
  const out = dGates + step * slot;
  const last = step + 1 == steps;
  const scale = last ? splat(0) : v128.load_splat<f32>(carryScale + (step + 1) * 4);
  for (let b = row0; b < row1; b++) {
    for (let j = column0; j < column1; j += 4) {
      const at = (b * size + j) * 4;
      let d = v128.load(dh + at);
      // The carry is undefined before the last step has run.
      if (!last) d = madd(scale, v128.load(carry + at), d);
      const y = v128.load(h + at);
      storeFirst(dh + at, d, column1 - j);
      storeFirst(out + at, f32x4.mul(d, f32x4.sub(splat(1), f32x4.mul(y, y))), column1 - j);
    }
  }
}

export function rnn_step_backward(
  hidden: usize,
  carryScale: usize,
  carry: usize,
  dHidden: usize,
  dGates: usize,
  step: usize,
  steps: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  rnnBackward(hidden, carryScale, carry, dHidden, dGates, step, steps, batch, size, firstRow(batch, part, parts), firstRow(batch, part + 1, parts), 0, size);
}

/** d_hidden slot 0 = carry_scale[0] * d_carry */
export function finish_carry(
  carryScale: usize,
  carry: usize,
  dHidden: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  const scale = v128.load_splat<f32>(carryScale);
  const end = firstRow(batch, part + 1, parts) * size;
  for (let i = firstRow(batch, part, parts) * size; i < end; i += 4) {
    storeFirst(dHidden + i * 4, f32x4.mul(scale, v128.load(carry + i * 4)), end - i);
  }
}

/**
 * Zeros in `bytes` of d_hidden slot t+1 if only the last `fromAbove` steps (0: all) have a gradient from above: its content is then
 * undefined.
 */
export function clearUnlessFromAbove(dHidden: usize, slot: usize, bytes: usize, t: usize, steps: usize, fromAbove: usize): void {
  if (fromAbove != 0 && t + fromAbove < steps) memory.fill(dHidden + (t + 1) * slot, 0, bytes);
}

export function rnn_sequence_forward(
  gates: usize,
  weight: usize,
  bias: usize,
  hidden: usize,
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
  packWhole(weight, (size + 3) & ~3, size, size, scratch);
  for (let t: usize = 0; t < steps; t++) {
    const out = hidden + (t + 1) * slot;
    timesPacked(hidden + t * slot + before, size, scratch, rows, size, size, out + before, size, false);
    rnnForward(gates, bias, hidden, t, batch, size, true, first, first + rows, 0, size);
  }
}

export function rnn_sequence_backward(
  hidden: usize,
  weight: usize,
  carryScale: usize,
  dHidden: usize,
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
  const carry = scratch + packedLength(size, size) * 4;
  packWhole(weight, (size + 3) & ~3, size, size, scratch);
  for (let t = steps; t-- > 0; ) {
    clearUnlessFromAbove(dHidden + before, slot, rows * size * 4, t, steps, fromAbove);
    rnnBackward(hidden, carryScale, carry, dHidden, dGates, t, steps, batch, size, first, first + rows, 0, size);
    timesPacked(dGates + t * slot + before, size, scratch, rows, size, size, carry + before, size, false);
  }
  finish_carry(carryScale, carry, dHidden, batch, size, 0, part, parts);
}
