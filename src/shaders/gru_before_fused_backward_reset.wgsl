// The gradient of the first half of a time step of a GRU layer that resets before the product, in one dispatch.
// fused_backward.wgsl goes before this. Gate order: r, z, n.
//
// forward   gru_before_fused_forward_gates.wgsl
// backward  dm = W_hn^T dn,  dr = dm h_{t-1} r (1 - r), for t = `step`
//
//   gates          [T, B, 3H]     read        r
//   hidden         [T+1, B, H]    read        slot step
//   weight         [up(H)/8, 3H, 8]  read        `backward` of fused_pack
//   d_gates        [T, B, 3H]     read_write  dn is read, dr written
//   d_hidden_term  [T, B, H]      read_write  dm is written
//
// saved     nothing more.
// gradients d_gates =; d_hidden_term =.

const GATES = 3u;
const SOURCES = 1u;

struct Scalars {
  step: u32,
  batch: u32,
  hidden_size: u32,
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> gates: array<real>;
@group(0) @binding(2) var<storage, read> hidden: array<real>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<real>>;
@group(0) @binding(4) var<storage, read_write> d_gates: array<real>;
@group(0) @binding(5) var<storage, read_write> d_hidden_term: array<real>;

fn depth(source: u32) -> u32 { return s.hidden_size; }
fn first_row(source: u32) -> u32 { return 2u * s.hidden_size; }
fn input_row(source: u32, row: u32) -> u32 { return ((s.step * s.batch + row) * 3u + 2u) * s.hidden_size; }
fn input_at(source: u32, at: u32) -> f32 { return f32(d_gates[at]); }

fn finish_unit(row: u32, unit: u32, sum: f32) {
  let at = (s.step * s.batch + row) * s.hidden_size + unit;
  let gate = (at - unit) * 3u + unit;
  let r = f32(gates[gate]);
  d_hidden_term[at] = to_real(sum);
  d_gates[gate] = to_real(sum * f32(hidden[at]) * r * (1.0 - r));
}
