// The gradient of one state of a tanh RNN layer, and of the step that made it, in one dispatch. fused_backward.wgsl goes before this.
//
// forward   h_t = tanh(x_t + W_hh h_{t-1} + b_hh); rnn_fused_forward.wgsl
// backward  for slot `step`, t = step - 1, which goes down from T to 0:
//           dh_t = dh_t from above, if from_above,  + carry_scale_{t+1} W_hh^T d_{t+1} unless t is the last step
//           d_t  = dh_t (1 - h_t^2), where t is a step and not the initial state
//
//   hidden       [T+1, B, H]   read
//   weight       [up(H)/8, H, 8]  read        `backward` of fused_pack
//   carry_scale  [T]           read
//   d_hidden     [T+1, B, H]   read_write  slot `step`: in from above, out the total
//   d_gates      [T, B, H]     read_write  step t+1 is read, step t written: the gradient of x_t
//
// saved     nothing more.
// gradients d_hidden +=, or = unless from_above; d_gates =.

const GATES = 1u;
const SOURCES = 1u;

struct Scalars {
  step: u32,
  steps: u32,
  batch: u32,
  hidden_size: u32,
  from_above: u32,
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> hidden: array<real>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_hidden: array<real>;
@group(0) @binding(5) var<storage, read_write> d_gates: array<real>;

fn depth(source: u32) -> u32 { return select(0u, s.hidden_size, s.step < s.steps); }
fn first_row(source: u32) -> u32 { return 0u; }
fn input_row(source: u32, row: u32) -> u32 { return (s.step * s.batch + row) * s.hidden_size; }
fn input_at(source: u32, at: u32) -> f32 { return f32(d_gates[at]); }

fn finish_unit(row: u32, unit: u32, sum: f32) {
  let at = (s.step * s.batch + row) * s.hidden_size + unit;
  var dh = 0.0;
  if (s.step < s.steps) { dh = carry_scale[s.step] * sum; }
  if (s.from_above != 0u) { dh += f32(d_hidden[at]); }
  d_hidden[at] = to_real(dh);
  if (s.step > 0u) {
    let h = f32(hidden[at]);
    d_gates[at - s.batch * s.hidden_size] = to_real(dh * (1.0 - h * h));
  }
}
