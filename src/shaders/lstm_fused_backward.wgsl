// The gradient of one state of an LSTM layer, and of the step that made it, in one dispatch. fused_backward.wgsl goes before this.
//
// forward   lstm_fused_forward.wgsl
// backward  for slot `step`, t = step - 1, which goes down from T to 0:
//           dh_t = dh_t from above, if from_above,  + carry_scale_{t+1} W_hh^T da_{t+1} unless t is the last step
//           and where t is a step and not the initial state:
//           dc_t = dh_t o (1 - tanh(c_t)^2) + carry_scale_{t+1} dc_{t+1} f_{t+1}
//           da_i = dc g i (1 - i)              da_f = dc c_{t-1} f (1 - f)
//           da_g = dc i (1 - g^2)              da_o = dh tanh(c_t) o (1 - o)
//
//   gates        [T, B, 4H]     read        i, f, g, o
//   cell         [T+1, B, H]    read
//   weight       [up(H)/8, 4H, 8]  read        `backward` of fused_pack
//   carry_scale  [T]            read
//   d_hidden     [T+1, B, H]    read_write  slot `step`: in from above, out the total
//   d_cell       [T+1, B, H]    read_write  slot `step` completed; slot step-1 holds what flows back
//   d_gates      [T, B, 4H]     read_write  step t+1 is read, step t written: da, the gradient of x_t
//
// saved     nothing more.
// gradients d_hidden +=, or = unless from_above; d_cell = (in two parts); d_gates =.

const GATES = 4u;
const SOURCES = 1u;

struct Scalars {
  step: u32,
  steps: u32,
  batch: u32,
  hidden_size: u32,
  from_above: u32,
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> gates: array<real>;
@group(0) @binding(2) var<storage, read> cell: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<real>>;
@group(0) @binding(4) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_hidden: array<real>;
@group(0) @binding(6) var<storage, read_write> d_cell: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_gates: array<real>;

fn depth(source: u32) -> u32 { return select(0u, 4u * s.hidden_size, s.step < s.steps); }
fn first_row(source: u32) -> u32 { return 0u; }
fn input_row(source: u32, row: u32) -> u32 { return (s.step * s.batch + row) * 4u * s.hidden_size; }
fn input_at(source: u32, at: u32) -> f32 { return f32(d_gates[at]); }

fn finish_unit(row: u32, unit: u32, sum: f32) {
  let size = s.hidden_size;
  let slot = s.batch * size;
  let at = s.step * slot + row * size + unit;
  var dh = 0.0;
  if (s.step < s.steps) { dh = carry_scale[s.step] * sum; }
  if (s.from_above != 0u) { dh += f32(d_hidden[at]); }
  d_hidden[at] = to_real(dh);
  if (s.step == 0u) { return; }

  let gate = (at - slot - unit) * 4u + unit;
  let i = f32(gates[gate]);
  let f = f32(gates[gate + size]);
  let g = f32(gates[gate + 2u * size]);
  let o = f32(gates[gate + 3u * size]);
  // Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
  let tanh_c = tanh(clamp(cell[at], -10.0, 10.0));
  var dc = dh * o * (1.0 - tanh_c * tanh_c);
  if (s.step < s.steps) { dc += d_cell[at]; }
  d_cell[at] = dc;
  d_cell[at - slot] = carry_scale[s.step - 1u] * dc * f;
  d_gates[gate] = to_real(dc * g * i * (1.0 - i));
  d_gates[gate + size] = to_real(dc * cell[at - slot] * f * (1.0 - f));
  d_gates[gate + 2u * size] = to_real(dc * i * (1.0 - g * g));
  d_gates[gate + 3u * size] = to_real(dh * tanh_c * o * (1.0 - o));
}
