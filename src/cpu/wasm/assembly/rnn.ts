/**
 * The tanh RNN: h_t = tanh(gates_t + W_hh h_{t-1} + b_hh), and backwards.
 * Time-major tensors: gates, d_gates [T, B, H]; hidden, d_hidden [T+1, B, H], slot t+1 holding step t.
 */
import { packedLength, packWhole, timesPacked } from "./matmul";
import { madd, splat, storeFirst, tanh } from "./vector";

/** One step's point-wise part; `product` says that `out` holds W_hh h_{t-1} already. */
@inline
function forward(gates: usize, bias: usize, out: usize, batch: usize, hidden: usize, product: bool): void {
  for (let b: usize = 0; b < batch; b++) {
    const row = b * hidden * 4;
    for (let j: usize = 0; j < hidden; j += 4) {
      const at = row + j * 4;
      let x = f32x4.add(v128.load(gates + at), v128.load(bias + j * 4));
      if (product) x = f32x4.add(x, v128.load(out + at));
      storeFirst(out + at, tanh(x), hidden - j);
    }
  }
}

export function rnn_step_forward(gates: usize, bias: usize, hidden: usize, step: usize, batch: usize, size: usize): void {
  const slot = batch * size * 4;
  forward(gates + step * slot, bias, hidden + (step + 1) * slot, batch, size, false);
}

/** Adds what flows back from step t+1 to dL/dh_t and takes it through tanh. */
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
): void {
  const slot = batch * size * 4;
  const h = hidden + (step + 1) * slot;
  const dh = dHidden + (step + 1) * slot;
  const out = dGates + step * slot;
  const last = step + 1 == steps;
  const scale = last ? splat(0) : v128.load_splat<f32>(carryScale + (step + 1) * 4);
  const count = batch * size;
  for (let i: usize = 0; i < count; i += 4) {
    const at = i * 4;
    let d = v128.load(dh + at);
    // The carry is undefined before the last step has run.
    if (!last) d = madd(scale, v128.load(carry + at), d);
    const y = v128.load(h + at);
    storeFirst(dh + at, d, count - i);
    storeFirst(out + at, f32x4.mul(d, f32x4.sub(splat(1), f32x4.mul(y, y))), count - i);
  }
}

/** d_hidden slot 0 = carry_scale[0] * d_carry */
export function finish_carry(carryScale: usize, carry: usize, dHidden: usize, batch: usize, size: usize): void {
  const scale = v128.load_splat<f32>(carryScale);
  const count = batch * size;
  for (let i: usize = 0; i < count; i += 4) storeFirst(dHidden + i * 4, f32x4.mul(scale, v128.load(carry + i * 4)), count - i);
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
): void {
  const slot = batch * size * 4;
  packWhole(weight, (size + 3) & ~3, size, size, scratch);
  for (let t: usize = 0; t < steps; t++) {
    const out = hidden + (t + 1) * slot;
    timesPacked(hidden + t * slot, size, scratch, batch, size, size, out, size, false);
    forward(gates + t * slot, bias, out, batch, size, true);
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
  scratch: usize,
): void {
  const slot = batch * size * 4;
  const carry = scratch + packedLength(size, size) * 4;
  packWhole(weight, (size + 3) & ~3, size, size, scratch);
  for (let t = steps; t-- > 0; ) {
    rnn_step_backward(hidden, carryScale, carry, dHidden, dGates, t, steps, batch, size);
    timesPacked(dGates + t * slot, size, scratch, batch, size, size, carry, size, false);
  }
  finish_carry(carryScale, carry, dHidden, batch, size);
}
