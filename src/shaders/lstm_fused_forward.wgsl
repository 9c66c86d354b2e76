// One time step of an LSTM layer, forward, in one dispatch. A product goes before this source; see fused_product.wgsl.
// Gates in PyTorch's order i, f, g, o.
//
// forward   a = x_t + W_hh h_{t-1} + b_hh, x_t already holding W_ih input_t + b_ih
//           i = sigmoid(a_i)  f = sigmoid(a_f)  g = tanh(a_g)  o = sigmoid(a_o)
//           c_t = f c_{t-1} + i g              h_t = o tanh(c_t)
// backward  lstm_fused_backward.wgsl
//
//   gates    [T, B, 4H]       read_write  at `step`: in x_t; out i, f, g, o
//   weight   [up(4H)/8, H, 8]  read        `forward` of fused_pack
//   bias_hh  [4H]             read
//   hidden   [T+1, B, H]      read_write  slot step is read, slot step+1 written
//   cell     [T+1, B, H]      read_write  likewise
//
// saved     gates after their activation, and cell; tanh(c) is computed again.
// gradients none.

// i, f, g, o of one unit.
alias Columns = vec4<f32>;
alias Four = mat4x4<f32>;
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
@group(0) @binding(5) var<storage, read_write> cell: array<f32>;

fn columns_of(quad: vec4<f32>) -> Columns { return quad; }
fn panel_length() -> u32 { return s.hidden_size; }
fn first_row(source: u32) -> u32 { return 0u; }
fn depth(source: u32) -> u32 { return s.hidden_size; }
fn input_row(source: u32, row: u32) -> u32 { return (s.step * s.batch + row) * s.hidden_size; }
fn input_at(source: u32, at: u32) -> f32 { return f32(hidden[at]); }

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: f32) -> f32 { return tanh(clamp(x, -10.0, 10.0)); }
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0))); }

fn finish(row: u32, unit: u32, sums: Columns) {
  let size = s.hidden_size;
  if (unit >= size) { return; }
  let slot = s.batch * size;
  let at = s.step * slot + row * size + unit;
  let gate = (at - unit) * 4u + unit;
  let i = sigmoid(f32(gates[gate]) + bias_hh[unit] + sums.x);
  let f = sigmoid(f32(gates[gate + size]) + bias_hh[size + unit] + sums.y);
  let g = safe_tanh(f32(gates[gate + 2u * size]) + bias_hh[2u * size + unit] + sums.z);
  let o = sigmoid(f32(gates[gate + 3u * size]) + bias_hh[3u * size + unit] + sums.w);
  gates[gate] = to_real(i);
  gates[gate + size] = to_real(f);
  gates[gate + 2u * size] = to_real(g);
  gates[gate + 3u * size] = to_real(o);
  let c = f * cell[at] + i * g;
  cell[at + slot] = c;
  hidden[at + slot] = to_real(o * safe_tanh(c));
}
