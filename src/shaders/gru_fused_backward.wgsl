// The gradient of one state of a GRU layer that resets after the product, and of the step that made it, in one dispatch.
// fused_backward.wgsl goes before this. Gate order: r, z, n.
//
// forward   gru_fused_forward.wgsl
// backward  for slot `step`, t = step - 1, which goes down from T to 0:
//           dh_t = dh_t from above, if from_above, and unless t is the last step
//                + carry_scale_{t+1} (dh_{t+1} z_{t+1} + W_hr^T dr_{t+1} + W_hz^T dz_{t+1} + W_hn^T dm_{t+1})
//           and where t is a step and not the initial state:
//           dn = dh (1 - z) (1 - n^2),  dm = dn r,  dr = dn m r (1 - r),  dz = dh (h_{t-1} - n) z (1 - z)
//
//   gates          [T, B, 3H]     read        r, z, n
//   hidden         [T+1, B, H]    read
//   hidden_term    [T, B, H]      read        m
//   weight         [up(H)/8, 3H, 8]  read        `backward` of fused_pack
//   carry_scale    [T]            read
//   d_hidden       [T+1, B, H]    read_write  slot step+1 is read; slot `step`: in from above, out the total
//   d_gates        [T, B, 3H]     read_write  step t+1 is read, step t written: dr, dz, dn, the gradient of x_t
//   d_hidden_term  [T, B, H]      read_write  likewise: dm
//
// saved     nothing more.
// gradients d_hidden +=, or = unless from_above; d_gates =; d_hidden_term =.

const GATES = 3u;
// The gradients of r and z, then of m.
const SOURCES = 2u;

struct Scalars {
  step: u32,
  steps: u32,
  batch: u32,
  hidden_size: u32,
  from_above: u32,
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> gates: array<real>;
@group(0) @binding(2) var<storage, read> hidden: array<real>;
@group(0) @binding(3) var<storage, read> hidden_term: array<real>;
@group(0) @binding(4) var<storage, read> weight: array<vec4<real>>;
@group(0) @binding(5) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_hidden: array<real>;
@group(0) @binding(7) var<storage, read_write> d_gates: array<real>;
@group(0) @binding(8) var<storage, read_write> d_hidden_term: array<real>;

fn depth(source: u32) -> u32 { return select(0u, (2u - source) * s.hidden_size, s.step < s.steps); }
fn first_row(source: u32) -> u32 { return source * 2u * s.hidden_size; }
fn input_row(source: u32, row: u32) -> u32 { return (s.step * s.batch + row) * (3u - 2u * source) * s.hidden_size; }

fn input_at(source: u32, at: u32) -> f32 {
  if (source == 0u) { return f32(d_gates[at]); }
  return f32(d_hidden_term[at]);
}

fn finish_unit(row: u32, unit: u32, sum: f32) {
  let size = s.hidden_size;
  let slot = s.batch * size;
  let at = s.step * slot + row * size + unit;
  var dh = 0.0;
  if (s.step < s.steps) { dh = carry_scale[s.step] * (sum + f32(d_hidden[at + slot]) * f32(gates[(at - unit) * 3u + size + unit])); }
  if (s.from_above != 0u) { dh += f32(d_hidden[at]); }
  d_hidden[at] = to_real(dh);
  if (s.step == 0u) { return; }

  let gate = (at - slot - unit) * 3u + unit;
  let r = f32(gates[gate]);
  let z = f32(gates[gate + size]);
  let n = f32(gates[gate + 2u * size]);
  let dn = dh * (1.0 - z) * (1.0 - n * n);
  let dm = dn * r;
  d_gates[gate] = to_real(dm * f32(hidden_term[at - slot]) * (1.0 - r));
  d_gates[gate + size] = to_real(dh * (f32(hidden[at - slot]) - n) * z * (1.0 - z));
  d_gates[gate + 2u * size] = to_real(dn);
  d_hidden_term[at - slot] = to_real(dm);
}
