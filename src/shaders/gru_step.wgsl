// One time step of a GRU layer that resets after the product: the point-wise part, for hidden sizes whose product is a
// matmul of its own.
//
// forward   r = sigmoid(x_r + b_hr),  z = sigmoid(x_z + b_hz),  x_r and x_z already holding W_hr h_{t-1} and W_hz h_{t-1}
//           m = W_hn h_{t-1} + b_hn,  n = tanh(x_n + r m),  h_t = (1 - z) n + z h_{t-1}
// backward  dh = dh_t from above + carry_scale_{t+1} d_carry
//           dn = dh (1 - z) (1 - n^2),  dm = dn r,  dr = dn m r (1 - r),  dz = dh (h_{t-1} - n) z (1 - z)
//           d_carry = dh z, to which matmuls add W_hr^T dr + W_hz^T dz + W_hn^T dm
//
// Gate order: r, z, n.
//   gru_step_forward   gates          [T, B, 3H]   read_write  in: x_r, x_z, x_n; out: r, z, n
//                      bias_hh        [3H]         read
//                      hidden         [T+1, B, H]  read_write  slot step+1 is written
//                      hidden_term    [T, B, H]    read_write  in: W_hn h_{t-1}; out: m
//   gru_step_backward  gates          [T, B, 3H]   read        r, z, n
//                      hidden         [T+1, B, H]  read
//                      hidden_term    [T, B, H]    read        m
//                      carry_scale    [T]          read
//                      d_carry        [B, H]       read_write  in: gradient of h_t from step t+1, not read at the last step; out: dh z
//                      d_hidden       [T+1, B, H]  read_write  slot step+1: in from above, out the total
//                      d_gates        [T, B, 3H]   read_write  dr, dz, dn: the gradient of x
//                      d_hidden_term  [T, B, H]    read_write  dm
//
// saved     r, z, n in gates; m in hidden_term; h.
// gradients d_hidden +=; d_carry =; d_gates =; d_hidden_term =.

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
@group(0) @binding(4) var<storage, read_write> forward_hidden_term: array<real>;

@group(0) @binding(0) var<uniform> backward: BackwardScalars;
@group(0) @binding(1) var<storage, read> backward_gates: array<real>;
@group(0) @binding(2) var<storage, read> backward_hidden: array<real>;
@group(0) @binding(3) var<storage, read> backward_hidden_term: array<real>;
@group(0) @binding(4) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_carry: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_hidden: array<real>;
@group(0) @binding(7) var<storage, read_write> d_gates: array<real>;
@group(0) @binding(8) var<storage, read_write> d_hidden_term: array<real>;

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0)));
}

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: f32) -> f32 {
  return tanh(clamp(x, -10.0, 10.0));
}

@compute @workgroup_size(64)
fn gru_step_forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let hidden_size = forward.hidden_size;
  let slot = forward.batch * hidden_size;
  let start = forward.step * slot;
  for (var i = id.x; i < slot; i += groups.x * 64u) {
    let j = i % hidden_size;
    let at = start + i;
    let gate = 3u * (at - j) + j;
    let m = f32(forward_hidden_term[at]) + bias_hh[2u * hidden_size + j];
    let r = sigmoid(f32(forward_gates[gate]) + bias_hh[j]);
    let z = sigmoid(f32(forward_gates[gate + hidden_size]) + bias_hh[hidden_size + j]);
    let n = safe_tanh(f32(forward_gates[gate + 2u * hidden_size]) + r * m);
    forward_gates[gate] = to_real(r);
    forward_gates[gate + hidden_size] = to_real(z);
    forward_gates[gate + 2u * hidden_size] = to_real(n);
    forward_hidden_term[at] = to_real(m);
    forward_hidden[at + slot] = to_real((1.0 - z) * n + z * f32(forward_hidden[at]));
  }
}

@compute @workgroup_size(64)
fn gru_step_backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let hidden_size = backward.hidden_size;
  let slot = backward.batch * hidden_size;
  let start = backward.step * slot;
  for (var i = id.x; i < slot; i += groups.x * 64u) {
    let j = i % hidden_size;
    let at = start + i;
    let gate = 3u * (at - j) + j;
    let r = f32(backward_gates[gate]);
    let z = f32(backward_gates[gate + hidden_size]);
    let n = f32(backward_gates[gate + 2u * hidden_size]);
    var dh = f32(d_hidden[at + slot]);
    if (backward.step + 1u < backward.steps) {
      dh += carry_scale[backward.step + 1u] * d_carry[i];
    }
    let dn = dh * (1.0 - z) * (1.0 - n * n);
    let dm = dn * r;
    d_hidden[at + slot] = to_real(dh);
    d_gates[gate] = to_real(dm * f32(backward_hidden_term[at]) * (1.0 - r));
    d_gates[gate + hidden_size] = to_real(dh * (f32(backward_hidden[at]) - n) * z * (1.0 - z));
    d_gates[gate + 2u * hidden_size] = to_real(dn);
    d_hidden_term[at] = to_real(dm);
    d_carry[i] = dh * z;
  }
}
