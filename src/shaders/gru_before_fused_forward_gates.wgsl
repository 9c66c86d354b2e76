// First half of a time step of a GRU layer that resets before the product, in one dispatch. A product goes before this source; see
// fused_product.wgsl. Gate order: r, z, n. There is no bias_hh.
//
// forward   r = sigmoid(x_r + W_hr h_{t-1}),  z = sigmoid(x_z + W_hz h_{t-1}),  m = r h_{t-1}
// backward  gru_before_fused_backward_reset.wgsl
//
//   gates        [T, B, 3H]       read_write  at `step`: in x_r, x_z; out r, z
//   weight       [up(4H)/8, H, 8]  read        `forward` of fused_pack
//   hidden       [T+1, B, H]      read        slot step
//   hidden_term  [T, B, H]        read_write  m is written
//
// saved     r, z in gates; m in hidden_term.
// gradients none.

// r and z of one unit.
alias Columns = vec2<f32>;
alias Four = mat4x2<f32>;
const SOURCES = 1u;

struct Scalars {
  step: u32,
  batch: u32,
  hidden_size: u32,
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read_write> gates: array<real>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> hidden: array<real>;
@group(0) @binding(4) var<storage, read_write> hidden_term: array<real>;

fn columns_of(quad: vec4<f32>) -> Columns { return quad.xy; }
fn panel_length() -> u32 { return s.hidden_size; }
fn first_row(source: u32) -> u32 { return 0u; }
fn depth(source: u32) -> u32 { return s.hidden_size; }
fn input_row(source: u32, row: u32) -> u32 { return (s.step * s.batch + row) * s.hidden_size; }
fn input_at(source: u32, at: u32) -> f32 { return f32(hidden[at]); }

fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0))); }

fn finish(row: u32, unit: u32, sums: Columns) {
  if (unit >= s.hidden_size) { return; }
  let at = (s.step * s.batch + row) * s.hidden_size + unit;
  let gate = (at - unit) * 3u + unit;
  let r = sigmoid(f32(gates[gate]) + sums.x);
  gates[gate] = to_real(r);
  gates[gate + s.hidden_size] = to_real(sigmoid(f32(gates[gate + s.hidden_size]) + sums.y));
  hidden_term[at] = to_real(r * f32(hidden[at]));
}
