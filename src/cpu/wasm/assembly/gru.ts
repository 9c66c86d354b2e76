/**
 * The GRU with the reset gate after the product (PyTorch), gates r, z, n: n = tanh(x_n + r (W_hn h + b_hn)), h_t = (1 - z) n + z h_{t-1}.
 * Time-major tensors: gates, d_gates [T, B, 3H]; hidden, d_hidden [T+1, B, H]; hidden_term = W_hn h + b_hn, d_hidden_term [T, B, H].
 */
import { packedLength, packWhole, timesPacked } from "./matmul";
import { firstRow } from "./parts";
import { clearUnlessFromAbove, finish_carry } from "./rnn";
import { madd, sigmoid, splat, storeFirst, tanh } from "./vector";

/** gates[t] holds everything but b_hh in r and z, hidden_term[t] holds W_hn h_{t-1}. */
export function gruForward(
  gates: usize,
  bias: usize,
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
  const slot = batch * size * 4;
  const width = size * 4;
  for (let b = row0; b < row1; b++) {
    const gateRow = gates + (step * batch + b) * 3 * width;
    for (let j = column0; j < column1; j += 4) {
      const n = column1 - j;
      const at = step * slot + b * width + j * 4;
      const gr = gateRow + j * 4;
      const br = bias + j * 4;
      const r = sigmoid(f32x4.add(v128.load(gr), v128.load(br)));
      const z = sigmoid(f32x4.add(v128.load(gr + width), v128.load(br + width)));
      const inner = f32x4.add(v128.load(term + at), v128.load(br + 2 * width));
      const candidate = tanh(madd(r, inner, v128.load(gr + 2 * width)));
      const previous = v128.load(hidden + at);
      storeFirst(gr, r, n);
      storeFirst(gr + width, z, n);
      storeFirst(gr + 2 * width, candidate, n);
      storeFirst(term + at, inner, n);
      storeFirst(hidden + slot + at, madd(z, previous, f32x4.mul(f32x4.sub(splat(1), z), candidate)), n);
    }
  }
}

export function gru_step_forward(
  gates: usize,
  bias: usize,
  hidden: usize,
  term: usize,
  step: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  gruForward(gates, bias, hidden, term, step, batch, size, firstRow(batch, part, parts), firstRow(batch, part + 1, parts), 0, size);
}

/** Leaves d_carry = dh z, to which the products with W_hh are added. */
export function gruBackward(
  gates: usize,
  hidden: usize,
  term: usize,
  carryScale: usize,
  carry: usize,
  dHidden: usize,
  dGates: usize,
  dTerm: usize,
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
      const from = gates + gateRow + j * 4;
      const to = dGates + gateRow + j * 4;
      const r = v128.load(from);
      const z = v128.load(from + width);
      const n = v128.load(from + 2 * width);
      let dh = v128.load(dHidden + slot + at);
      if (!last) dh = madd(scale, v128.load(carry + inSlot), dh);
      const dn = f32x4.mul(f32x4.mul(dh, f32x4.sub(one, z)), f32x4.sub(one, f32x4.mul(n, n)));
      const dz = f32x4.mul(f32x4.mul(dh, f32x4.sub(v128.load(hidden + at), n)), f32x4.mul(z, f32x4.sub(one, z)));
      const dr = f32x4.mul(f32x4.mul(dn, v128.load(term + at)), f32x4.mul(r, f32x4.sub(one, r)));
      storeFirst(dHidden + slot + at, dh, count);
      storeFirst(to, dr, count);
      storeFirst(to + width, dz, count);
      storeFirst(to + 2 * width, dn, count);
      storeFirst(dTerm + at, f32x4.mul(dn, r), count);
      storeFirst(carry + inSlot, f32x4.mul(dh, z), count);
    }
  }
}

export function gru_step_backward(
  gates: usize,
  hidden: usize,
  term: usize,
  carryScale: usize,
  carry: usize,
  dHidden: usize,
  dGates: usize,
  dTerm: usize,
  step: usize,
  steps: usize,
  batch: usize,
  size: usize,
  _scratch: usize,
  part: usize,
  parts: usize,
): void {
  gruBackward(gates, hidden, term, carryScale, carry, dHidden, dGates, dTerm, step, steps, batch, size, firstRow(batch, part, parts), firstRow(batch, part + 1, parts), 0, size);
}

export function gru_sequence_forward(
  gates: usize,
  weight: usize,
  bias: usize,
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
    timesPacked(from, size, scratch + 2 * block, rows, size, size, term + t * slot + before, size, false);
    gruForward(gates, bias, hidden, term, t, batch, size, first, first + rows, 0, size);
  }
}

export function gru_sequence_backward(
  gates: usize,
  hidden: usize,
  term: usize,
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
    clearUnlessFromAbove(dHidden + before, slot, rows * size * 4, t, steps, fromAbove);
    gruBackward(gates, hidden, term, carryScale, carry, dHidden, dGates, dTerm, t, steps, batch, size, first, first + rows, 0, size);
    timesPacked(dGates + t * 3 * slot + 3 * before, 3 * size, scratch, rows, size, 2 * size, carry + before, size, true);
    timesPacked(dTerm + t * slot + before, size, packedN, rows, size, size, carry + before, size, true);
  }
  finish_carry(carryScale, carry, dHidden, batch, size, 0, part, parts);
}
