// One time step of an LSTM layer: the point-wise part, for hidden sizes whose product is a matmul of its own.
// Gates in PyTorch's order i, f, g, o.
//
// forward   a = x_t + b_hh, x_t already holding W_ih input_t + b_ih + W_hh h_{t-1}
//           i = sigmoid(a_i)  f = sigmoid(a_f)  g = tanh(a_g)  o = sigmoid(a_o)
//           c_t = f c_{t-1} + i g              h_t = o tanh(c_t)
// backward  dh_t = dh_t from above + carry_scale_{t+1} d_carry
//           dc_t = dh_t o (1 - tanh(c_t)^2) + carry_scale_{t+1} dc_{t+1} f_{t+1}
//           da_i = dc g i (1 - i)              da_f = dc c_{t-1} f (1 - f)
//           da_g = dc i (1 - g^2)              da_o = dh tanh(c_t) o (1 - o)
//
//   lstm_step_forward    gates        [T, B, 4H]   read_write  at `step`: in a - b_hh; out i, f, g, o
//                        bias_hh      [4H]         read
//                        hidden       [T+1, B, H]  read_write  slot step+1 is written
//                        cell         [T+1, B, H]  read_write  slot step is read, slot step+1 written
//   lstm_step_backward   gates        [T, B, 4H]   read        i, f, g, o
//                        cell         [T+1, B, H]  read
//                        carry_scale  [T]          read
//                        d_carry      [B, H]       read        W_hh^T da_{t+1}; not read at the last step
//                        d_hidden     [T+1, B, H]  read_write  slot step+1: in from above, out the total
//                        d_cell       [T+1, B, H]  read_write  slot step+1 completed; slot step holds what flows back
//                        d_gates      [T, B, 4H]   read_write  da, the gradient of x_t
//
// saved     gates after their activation, and cell; tanh(c) is computed again.
// gradients d_hidden +=; d_cell = (in two parts); d_gates =.

struct ForwardScalars {
  step: u32,
  batch: u32,
  hidden_size: u32,
}

struct BackwardScalars {
  step: u32,
  steps: u32,
  batch: u32,
  hidden_size: u32,
}

@group(0) @binding(0) var<uniform> forward: ForwardScalars;
@group(0) @binding(1) var<storage, read_write> forward_gates: array<real>;
@group(0) @binding(2) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(3) var<storage, read_write> forward_hidden: array<real>;
@group(0) @binding(4) var<storage, read_write> forward_cell: array<f32>;

@group(0) @binding(0) var<uniform> backward: BackwardScalars;
@group(0) @binding(1) var<storage, read> backward_gates: array<real>;
@group(0) @binding(2) var<storage, read> backward_cell: array<f32>;
@group(0) @binding(3) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(4) var<storage, read> d_carry: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_hidden: array<real>;
@group(0) @binding(6) var<storage, read_write> d_cell: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_gates: array<real>;

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: f32) -> f32 {
  return tanh(clamp(x, -10.0, 10.0));
}

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0)));
}

@compute @workgroup_size(64)
fn lstm_step_forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let hidden_size = forward.hidden_size;
  let slot = forward.batch * hidden_size;
  for (var item = id.x; item < slot; item += groups.x * 64u) {
    let unit = item % hidden_size;
    let at = forward.step * slot + item;
    let gate = (at - unit) * 4u + unit;
    let i = sigmoid(f32(forward_gates[gate]) + bias_hh[unit]);
    let f = sigmoid(f32(forward_gates[gate + hidden_size]) + bias_hh[hidden_size + unit]);
    let g = safe_tanh(f32(forward_gates[gate + 2u * hidden_size]) + bias_hh[2u * hidden_size + unit]);
    let o = sigmoid(f32(forward_gates[gate + 3u * hidden_size]) + bias_hh[3u * hidden_size + unit]);
    forward_gates[gate] = to_real(i);
    forward_gates[gate + hidden_size] = to_real(f);
    forward_gates[gate + 2u * hidden_size] = to_real(g);
    forward_gates[gate + 3u * hidden_size] = to_real(o);
    let c = f * forward_cell[at] + i * g;
    forward_cell[at + slot] = c;
    forward_hidden[at + slot] = to_real(o * safe_tanh(c));
  }
}

@compute @workgroup_size(64)
fn lstm_step_backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let hidden_size = backward.hidden_size;
  let slot = backward.batch * hidden_size;
  let step = backward.step;
  for (var item = id.x; item < slot; item += groups.x * 64u) {
    let unit = item % hidden_size;
    let at = step * slot + item;
    let gate = (at - unit) * 4u + unit;
    let i = f32(backward_gates[gate]);
    let f = f32(backward_gates[gate + hidden_size]);
    let g = f32(backward_gates[gate + 2u * hidden_size]);
    let o = f32(backward_gates[gate + 3u * hidden_size]);
    let tanh_c = safe_tanh(backward_cell[at + slot]);

    var dh = f32(d_hidden[at + slot]);
    var carried = 0.0;
    if (step + 1u < backward.steps) {
      dh += carry_scale[step + 1u] * d_carry[item];
      carried = d_cell[at + slot];
    }
    let dc = dh * o * (1.0 - tanh_c * tanh_c) + carried;
    d_hidden[at + slot] = to_real(dh);
    d_cell[at + slot] = dc;
    d_cell[at] = carry_scale[step] * dc * f;
    d_gates[gate] = to_real(dc * g * i * (1.0 - i));
    d_gates[gate + hidden_size] = to_real(dc * backward_cell[at] * f * (1.0 - f));
    d_gates[gate + 2u * hidden_size] = to_real(dc * i * (1.0 - g * g));
    d_gates[gate + 3u * hidden_size] = to_real(dh * tanh_c * o * (1.0 - o));
  }
}
