// One time step of a tanh RNN layer: the point-wise part, for hidden sizes whose product is a matmul of its own.
//
// forward   h_t = tanh(x_t + b_hh), x_t already holding W_ih input_t + b_ih + W_hh h_{t-1}
// backward  dh_t = dh_t from above + carry_scale_{t+1} d_carry,  d_t = dh_t (1 - h_t^2)
//
//   rnn_step_forward    gates        [T, B, H]    read
//                       bias_hh      [H]          read
//                       hidden       [T+1, B, H]  read_write  slot step+1 is written
//   rnn_step_backward   hidden       [T+1, B, H]  read
//                       carry_scale  [T]          read
//                       d_carry      [B, H]       read        W_hh^T d_{t+1}; not read at the last step
//                       d_hidden     [T+1, B, H]  read_write  slot step+1: in from above, out the total
//                       d_gates      [T, B, H]    read_write  d_t, the gradient of x_t
//
// saved     hidden alone: tanh' follows from its value.
// gradients d_hidden +=; d_gates =.

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
@group(0) @binding(1) var<storage, read> forward_gates: array<real>;
@group(0) @binding(2) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(3) var<storage, read_write> forward_hidden: array<real>;

@group(0) @binding(0) var<uniform> backward: BackwardScalars;
@group(0) @binding(1) var<storage, read> backward_hidden: array<real>;
@group(0) @binding(2) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(3) var<storage, read> d_carry: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_hidden: array<real>;
@group(0) @binding(5) var<storage, read_write> d_gates: array<real>;

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: f32) -> f32 {
  return tanh(clamp(x, -10.0, 10.0));
}

@compute @workgroup_size(64)
fn rnn_step_forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let slot = forward.batch * forward.hidden_size;
  let start = forward.step * slot;
  for (var i = id.x; i < slot; i += groups.x * 64u) {
    forward_hidden[start + slot + i] = to_real(safe_tanh(f32(forward_gates[start + i]) + bias_hh[i % forward.hidden_size]));
  }
}

@compute @workgroup_size(64)
fn rnn_step_backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let slot = backward.batch * backward.hidden_size;
  let start = backward.step * slot;
  for (var i = id.x; i < slot; i += groups.x * 64u) {
    let next = start + slot + i;
    var dh = f32(d_hidden[next]);
    if (backward.step + 1u < backward.steps) {
      dh += carry_scale[backward.step + 1u] * d_carry[i];
    }
    let h = f32(backward_hidden[next]);
    d_hidden[next] = to_real(dh);
    d_gates[start + i] = to_real(dh * (1.0 - h * h));
  }
}
