// Second half of a time step of a GRU layer that resets before the product, in one dispatch: its product needs the whole of what
// gru_before_fused_forward_gates.wgsl makes. A product goes before this source; see fused_product.wgsl. Gate order: r, z, n.
//
// forward   n = tanh(x_n + W_hn m),  h_t = (1 - z) n + z h_{t-1}
// backward  gru_before_fused_backward_output.wgsl
//
//   gates        [T, B, 3H]       read_write  at `step`: in z, x_n; out n
//   weight       [up(4H)/8, H, 8]  read        `forward` of fused_pack
//   hidden_term  [T, B, H]        read        m
//   hidden       [T+1, B, H]      read_write  slot step is read, slot step+1 written
//
// saved     n in gates; h.
// gradients none.

// n of one unit, and zero.
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
@group(0) @binding(3) var<storage, read> hidden_term: array<real>;
@group(0) @binding(4) var<storage, read_write> hidden: array<real>;

fn columns_of(quad: vec4<f32>) -> Columns { return quad.zw; }
fn panel_length() -> u32 { return s.hidden_size; }
fn first_row(source: u32) -> u32 { return 0u; }
fn depth(source: u32) -> u32 { return s.hidden_size; }
fn input_row(source: u32, row: u32) -> u32 { return (s.step * s.batch + row) * s.hidden_size; }
fn input_at(source: u32, at: u32) -> f32 { return f32(hidden_term[at]); }

fn finish(row: u32, unit: u32, sums: Columns) {
  if (unit >= s.hidden_size) { return; }
  let at = (s.step * s.batch + row) * s.hidden_size + unit;
  let gate = (at - unit) * 3u + unit;
  let z = f32(gates[gate + s.hidden_size]);
  // Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
  let n = tanh(clamp(f32(gates[gate + 2u * s.hidden_size]) + sums.x, -10.0, 10.0));
  gates[gate + 2u * s.hidden_size] = to_real(n);
  hidden[at + s.batch * s.hidden_size] = to_real((1.0 - z) * n + z * f32(hidden[at]));
}
