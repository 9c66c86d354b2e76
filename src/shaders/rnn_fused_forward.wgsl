// One time step of a tanh RNN layer, forward, in one dispatch. A product goes before this source; see fused_product.wgsl.
//
// forward   h_t = tanh(x_t + W_hh h_{t-1} + b_hh), x_t already holding W_ih input_t + b_ih
// backward  rnn_fused_backward.wgsl
//
//   gates    [T, B, H]     read        x_t
//   weight   [up(H)/8, H, 8]  read        `forward` of fused_pack
//   bias_hh  [H]           read
//   hidden   [T+1, B, H]   read_write  slot step is read, slot step+1 written
//
// saved     hidden alone: tanh' follows from its value.
// gradients none.

// Four neighbouring units.
alias Columns = vec4<f32>;
alias Four = mat4x4<f32>;
const SOURCES = 1u;

struct Scalars {
  step: u32,
  batch: u32,
  hidden_size: u32,
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> gates: array<real>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<real>;

fn columns_of(quad: vec4<f32>) -> Columns { return quad; }
fn panel_length() -> u32 { return s.hidden_size; }
fn first_row(source: u32) -> u32 { return 0u; }
fn depth(source: u32) -> u32 { return s.hidden_size; }
fn input_row(source: u32, row: u32) -> u32 { return (s.step * s.batch + row) * s.hidden_size; }
fn input_at(source: u32, at: u32) -> f32 { return f32(hidden[at]); }

fn finish_unit(row: u32, unit: u32, sum: f32) {
  if (unit >= s.hidden_size) { return; }
  let at = (s.step * s.batch + row) * s.hidden_size + unit;
  // Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
  hidden[at + s.batch * s.hidden_size] = to_real(tanh(clamp(f32(gates[at]) + bias_hh[unit] + sum, -10.0, 10.0)));
}

fn finish(row: u32, quad: u32, sums: Columns) {
  for (var i = 0u; i < 4u; i++) { finish_unit(row, 4u * quad + i, sums[i]); }
}
