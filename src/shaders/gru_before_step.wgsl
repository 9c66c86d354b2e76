// One time step of a GRU layer that resets before the product: the point-wise parts, for hidden sizes whose products are
// matmuls of their own. It has no bias_hh.
//
// forward   _gates   r = sigmoid(x_r),  z = sigmoid(x_z),  m = r h_{t-1},  x_r and x_z already holding W_hr h_{t-1} and W_hz h_{t-1}
//           _output  n = tanh(x_n),  h_t = (1 - z) n + z h_{t-1},  x_n already holding W_hn m
// backward  _output  dh = dh_t from above + carry_scale_{t+1} d_carry
//                    dz = dh (h_{t-1} - n) z (1 - z),  dn = dh (1 - z) (1 - n^2),  d_carry = dh z
//                    a matmul then makes dm = W_hn^T dn
//           _reset   dr = dm h_{t-1} r (1 - r),  d_carry += dm r
//                    a matmul then adds W_hr^T dr + W_hz^T dz to d_carry
//
// Gate order: r, z, n.
//   gru_before_step_forward_gates    gates          [T, B, 3H]   read_write  in: x_r, x_z; out: r, z
//                                    hidden         [T+1, B, H]  read
//                                    hidden_term    [T, B, H]    read_write  m is written
//   gru_before_step_forward_output   gates          [T, B, 3H]   read_write  in: z, x_n; out: n
//                                    hidden         [T+1, B, H]  read_write  slot step+1 is written
//   gru_before_step_backward_output  gates          [T, B, 3H]   read        z, n
//                                    hidden         [T+1, B, H]  read
//                                    carry_scale    [T]          read
//                                    d_carry        [B, H]       read_write  in: gradient of h_t from step t+1, not read at the last step; out: dh z
//                                    d_hidden       [T+1, B, H]  read_write  slot step+1: in from above, out the total
//                                    d_gates        [T, B, 3H]   read_write  dz, dn are written
//   gru_before_step_backward_reset   gates          [T, B, 3H]   read        r
//                                    hidden         [T+1, B, H]  read
//                                    d_hidden_term  [T, B, H]    read        dm
//                                    d_carry        [B, H]       read_write
//                                    d_gates        [T, B, 3H]   read_write  dr is written
//
// saved     r, z, n in gates; m in hidden_term (for dW_hn); h.
// gradients d_hidden +=; d_carry = (_output), += (_reset); d_gates =.

struct Scalars {
  step: u32,
  batch: u32,
  hidden_size: u32,
}

struct BackwardOutputScalars {
  step: u32,
  steps: u32,
  batch: u32,
  hidden_size: u32,
}

@group(0) @binding(0) var<uniform> scalars: Scalars;

@group(0) @binding(1) var<storage, read_write> forward_gates: array<real>;
@group(0) @binding(2) var<storage, read> forward_hidden: array<real>;
@group(0) @binding(3) var<storage, read_write> forward_hidden_term: array<real>;

@group(0) @binding(2) var<storage, read_write> output_hidden: array<real>;

@group(0) @binding(0) var<uniform> backward: BackwardOutputScalars;
@group(0) @binding(1) var<storage, read> backward_gates: array<real>;
@group(0) @binding(2) var<storage, read> backward_hidden: array<real>;
@group(0) @binding(3) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_carry: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_hidden: array<real>;
@group(0) @binding(6) var<storage, read_write> d_gates: array<real>;

@group(0) @binding(3) var<storage, read> reset_d_hidden_term: array<real>;
@group(0) @binding(5) var<storage, read_write> reset_d_gates: array<real>;

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0)));
}

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: f32) -> f32 {
  return tanh(clamp(x, -10.0, 10.0));
}

@compute @workgroup_size(64)
fn gru_before_step_forward_gates(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let hidden_size = scalars.hidden_size;
  let slot = scalars.batch * hidden_size;
  let start = scalars.step * slot;
  for (var i = id.x; i < slot; i += groups.x * 64u) {
    let j = i % hidden_size;
    let at = start + i;
    let gate = 3u * (at - j) + j;
    let r = sigmoid(f32(forward_gates[gate]));
    forward_gates[gate] = to_real(r);
    forward_gates[gate + hidden_size] = to_real(sigmoid(f32(forward_gates[gate + hidden_size])));
    forward_hidden_term[at] = to_real(r * f32(forward_hidden[at]));
  }
}

@compute @workgroup_size(64)
fn gru_before_step_forward_output(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let hidden_size = scalars.hidden_size;
  let slot = scalars.batch * hidden_size;
  let start = scalars.step * slot;
  for (var i = id.x; i < slot; i += groups.x * 64u) {
    let j = i % hidden_size;
    let at = start + i;
    let gate = 3u * (at - j) + j;
    let z = f32(forward_gates[gate + hidden_size]);
    let n = safe_tanh(f32(forward_gates[gate + 2u * hidden_size]));
    forward_gates[gate + 2u * hidden_size] = to_real(n);
    output_hidden[at + slot] = to_real((1.0 - z) * n + z * f32(output_hidden[at]));
  }
}

@compute @workgroup_size(64)
fn gru_before_step_backward_output(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let hidden_size = backward.hidden_size;
  let slot = backward.batch * hidden_size;
  let start = backward.step * slot;
  for (var i = id.x; i < slot; i += groups.x * 64u) {
    let j = i % hidden_size;
    let at = start + i;
    let gate = 3u * (at - j) + j;
    let z = f32(backward_gates[gate + hidden_size]);
    let n = f32(backward_gates[gate + 2u * hidden_size]);
    var dh = f32(d_hidden[at + slot]);
    if (backward.step + 1u < backward.steps) {
      dh += carry_scale[backward.step + 1u] * d_carry[i];
    }
    d_hidden[at + slot] = to_real(dh);
    d_gates[gate + hidden_size] = to_real(dh * (f32(backward_hidden[at]) - n) * z * (1.0 - z));
    d_gates[gate + 2u * hidden_size] = to_real(dh * (1.0 - z) * (1.0 - n * n));
    d_carry[i] = dh * z;
  }
}

@compute @workgroup_size(64)
fn gru_before_step_backward_reset(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let hidden_size = scalars.hidden_size;
  let slot = scalars.batch * hidden_size;
  let start = scalars.step * slot;
  for (var i = id.x; i < slot; i += groups.x * 64u) {
    let j = i % hidden_size;
    let at = start + i;
    let gate = 3u * (at - j) + j;
    let r = f32(backward_gates[gate]);
    let dm = f32(reset_d_hidden_term[at]);
    reset_d_gates[gate] = to_real(dm * f32(backward_hidden[at]) * r * (1.0 - r));
    d_carry[i] += dm * r;
  }
}
