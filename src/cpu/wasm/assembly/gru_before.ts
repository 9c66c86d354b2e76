/**
 * The GRU with the reset gate before the product (Keras reset_after=False), gates r, z, n: n = tanh(x_n + W_hn (r h_{t-1})).
 * Tensors as in gru.ts, but hidden_term = r h_{t-1} and d_hidden_term its gradient; there is no b_hh.
 */
import { packedLength, packWhole, timesPacked } from "./matmul";
import { firstRow } from "./parts";
import { clearUnlessFromAbove, finish_carry } from "./rnn";
import { madd, sigmoid, splat, storeFirst, tanh } from "./vector";

export function forwardGates(
  gates: usize,
  hidden: usize,
  term: usize,
  step: usize,
  batch: usize,
  size: usize,
  row0: usize,
  row1: usize,
  column0: usize,
  column1: usize,
): void {
  const width = size * 4;
  for (let b = row0; b < row1; b++) {
    const gateRow = gates + (step * batch + b) * 3 * width;
    const row = (step * batch + b) * width;
    for (let j = column0; j < column1; j += 4) {
      const n = column1 - j;
      const r = sigmoid(v128.load(gateRow + j * 4));
      const z = sigmoid(v128.load(gateRow + width + j * 4));
      const h = v128.load(hidden + row + j * 4);
      storeFirst(gateRow + j * 4, r, n);
      storeFirst(gateRow + width + j * 4, z, n);
      storeFirst(term + row + j * 4, f32x4.mul(r, h), n);
    }
  }
}

export function gru_before_step_forward_gates(
  gates: usize,
  hidden: usize,
  term: usize,
  step: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  forwardGates(gates, hidden, term, step, batch, size, firstRow(batch, part, parts), firstRow(batch, part + 1, parts), 0, size);
}

export function forwardOutput(
  gates: usize,
  hidden: usize,
  step: usize,
  batch: usize,
  size: usize,
  row0: usize,
  row1: usize,
  column0: usize,
  column1: usize,
): void {
  const width = size * 4;
  for (let b = row0; b < row1; b++) {
    const gateRow = gates + (step * batch + b) * 3 * width;
    const from = hidden + (step * batch + b) * width;
    const to = from + batch * width;
    for (let j = column0; j < column1; j += 4) {
      const z = v128.load(gateRow + width + j * 4);
      const candidate = tanh(v128.load(gateRow + 2 * width + j * 4));
      const previous = v128.load(from + j * 4);
      storeFirst(gateRow + 2 * width + j * 4, candidate, column1 - j);
      storeFirst(to + j * 4, madd(z, previous, f32x4.mul(f32x4.sub(splat(1), z), candidate)), column1 - j);
    }
  }
}

export function gru_before_step_forward_output(
  gates: usize,
  hidden: usize,
  step: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  forwardOutput(gates, hidden, step, batch, size, firstRow(batch, part, parts), firstRow(batch, part + 1, parts), 0, size);
}

/** The z and n blocks of d_gates[t]; leaves d_carry = dh z. */
export function backwardOutput(
  gates: usize,
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
  const width = size * 4;
  const last = step + 1 == steps;
  const scale = last ? splat(0) : v128.load_splat<f32>(carryScale + (step + 1) * 4);
  const one = splat(1);
  for (let b = row0; b < row1; b++) {
    const gateRow = (step * batch + b) * 3 * width;
    for (let j = column0; j < column1; j += 4) {
      const count = column1 - j;
      const inSlot = b * width + j * 4;
      const at = step * slot + inSlot;
      const z = v128.load(gates + gateRow + width + j * 4);
      const n = v128.load(gates + gateRow + 2 * width + j * 4);
      let dh = v128.load(dHidden + slot + at);
      if (!last) dh = madd(scale, v128.load(carry + inSlot), dh);
      const dn = f32x4.mul(f32x4.mul(dh, f32x4.sub(one, z)), f32x4.sub(one, f32x4.mul(n, n)));
      const dz = f32x4.mul(f32x4.mul(dh, f32x4.sub(v128.load(hidden + at), n)), f32x4.mul(z, f32x4.sub(one, z)));
      storeFirst(dHidden + slot + at, dh, count);
      storeFirst(dGates + gateRow + width + j * 4, dz, count);
      storeFirst(dGates + gateRow + 2 * width + j * 4, dn, count);
      storeFirst(carry + inSlot, f32x4.mul(dh, z), count);
    }
  }
}

export function gru_before_step_backward_output(
  gates: usize,
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
  backwardOutput(gates, hidden, carryScale, carry, dHidden, dGates, step, steps, batch, size, firstRow(batch, part, parts), firstRow(batch, part + 1, parts), 0, size);
}

/** The r block of d_gates[t], and d_carry += d_hidden_term[t] r unless `carry` is 0. */
export function backwardReset(
  gates: usize,
  hidden: usize,
  dTerm: usize,
  carry: usize,
  dGates: usize,
  step: usize,
  batch: usize,
  size: usize,
  row0: usize,
  row1: usize,
  column0: usize,
  column1: usize,
): void {
  const width = size * 4;
  const one = splat(1);
  for (let b = row0; b < row1; b++) {
    const gateRow = (step * batch + b) * 3 * width;
    const row = (step * batch + b) * width;
    for (let j = column0; j < column1; j += 4) {
      const r = v128.load(gates + gateRow + j * 4);
      const d = v128.load(dTerm + row + j * 4);
      if (carry != 0) {
        const to = carry + b * width + j * 4;
        storeFirst(to, madd(d, r, v128.load(to)), column1 - j);
      }
      const dr = f32x4.mul(f32x4.mul(d, v128.load(hidden + row + j * 4)), f32x4.mul(r, f32x4.sub(one, r)));
      storeFirst(dGates + gateRow + j * 4, dr, column1 - j);
    }
  }
}

export function gru_before_step_backward_reset(
  gates: usize,
  hidden: usize,
  dTerm: usize,
  carry: usize,
  dGates: usize,
  step: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  backwardReset(gates, hidden, dTerm, carry, dGates, step, batch, size, firstRow(batch, part, parts), firstRow(batch, part + 1, parts), 0, size);
}

export function gru_before_sequence_forward(
  gates: usize,
  weight: usize,
  hidden: usize,
  term: usize,
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
  for (let g: usize = 0; g < 3; g++) packWhole(weight + g * padded * 4, 3 * padded, size, size, scratch + g * block);
  for (let t: usize = 0; t < steps; t++) {
    const from = hidden + t * slot + before;
    const to = gates + t * 3 * slot + 3 * before;
    timesPacked(from, size, scratch, rows, size, size, to, 3 * size, true);
    timesPacked(from, size, scratch + block, rows, size, size, to + size * 4, 3 * size, true);
    forwardGates(gates, hidden, term, t, batch, size, first, first + rows, 0, size);
    timesPacked(term + t * slot + before, size, scratch + 2 * block, rows, size, size, to + 2 * size * 4, 3 * size, true);
    forwardOutput(gates, hidden, t, batch, size, first, first + rows, 0, size);
  }
}

export function gru_before_sequence_backward(
  gates: usize,
  hidden: usize,
  weight: usize,
  carryScale: usize,
  dHidden: usize,
  dGates: usize,
  dTerm: usize,
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
  const padded = (size + 3) & ~3;
  const packedN = scratch + packedLength(2 * size, size) * 4;
  const carry = packedN + packedLength(size, size) * 4;
  packWhole(weight, padded, 2 * size, size, scratch);
  packWhole(weight + 2 * size * padded * 4, padded, size, size, packedN);
  for (let t = steps; t-- > 0; ) {
    const dGatesT = dGates + t * 3 * slot + 3 * before;
    clearUnlessFromAbove(dHidden + before, slot, rows * size * 4, t, steps, fromAbove);
    backwardOutput(gates, hidden, carryScale, carry, dHidden, dGates, t, steps, batch, size, first, first + rows, 0, size);
    timesPacked(dGatesT + 2 * size * 4, 3 * size, packedN, rows, size, size, dTerm + t * slot + before, size, false);
    backwardReset(gates, hidden, dTerm, carry, dGates, t, batch, size, first, first + rows, 0, size);
    timesPacked(dGatesT, 3 * size, scratch, rows, size, 2 * size, carry + before, size, true);
  }
  finish_carry(carryScale, carry, dHidden, batch, size, 0, part, parts);
}
