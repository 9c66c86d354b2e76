// One time step of a GRU layer that resets after the product, forward, in one dispatch. A product goes before this source; see
// fused_product.wgsl. Gate order: r, z, n.
//
// forward   r = sigmoid(x_r + W_hr h_{t-1} + b_hr),  z = sigmoid(x_z + W_hz h_{t-1} + b_hz)
//           m = W_hn h_{t-1} + b_hn,  n = tanh(x_n + r m),  h_t = (1 - z) n + z h_{t-1}
// backward  gru_fused_backward.wgsl
//
//   gates        [T, B, 3H]       read_write  at `step`: in x_r, x_z, x_n; out r, z, n
//   weight       [up(4H)/8, H, 8]  read        `forward` of fused_pack
//   bias_hh      [3H]             read
//   hidden       [T+1, B, H]      read_write  slot step is read, slot step+1 written
//   hidden_term  [T, B, H]        read_write  m is written
//
// saved     r, z, n in gates; m in hidden_term; h.
// gradients none.

// r, z, n of one unit.
alias Columns = vec3<f32>;
alias Four = mat4x3<f32>;
const SOURCES = 1u;

struct Scalars {
  step: u32,
  batch: u32,
  hidden_size: u32,
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read_write> gates: array<real>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<real>;
@group(0) @binding(5) var<storage, read_write> hidden_term: array<real>;

fn columns_of(quad: vec4<f32>) -> Columns { return quad.xyz; }
fn panel_length() -> u32 { return s.hidden_size; }
fn first_row(source: u32) -> u32 { return 0u; }
fn depth(source: u32) -> u32 { return s.hidden_size; }
fn input_row(source: u32, row: u32) -> u32 { return (s.step * s.batch + row) * s.hidden_size; }
fn input_at(source: u32, at: u32) -> f32 { return f32(hidden[at]); }

fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0))); }

fn finish(row: u32, unit: u32, sums: Columns) {
  let size = s.hidden_size;
  if (unit >= size) { return; }
  let slot = s.batch * size;
  let at = s.step * slot + row * size + unit;
  let gate = (at - unit) * 3u + unit;
  let r = sigmoid(f32(gates[gate]) + bias_hh[unit] + sums.x);
  let z = sigmoid(f32(gates[gate + size]) + bias_hh[size + unit] + sums.y);
  let m = bias_hh[2u * size + unit] + sums.z;
  // Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
  let n = tanh(clamp(f32(gates[gate + 2u * size]) + r * m, -10.0, 10.0));
  gates[gate] = to_real(r);
  gates[gate + size] = to_real(z);
  gates[gate + 2u * size] = to_real(n);
  hidden_term[at] = to_real(m);
  hidden[at + slot] = to_real((1.0 - z) * n + z * f32(hidden[at]));
}
