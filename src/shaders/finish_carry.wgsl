// The end of a step-by-step backward pass: the gradient of the initial state.
//
// forward   none
// backward  dh_0 = carry_scale_0 d_carry
//
//   carry_scale  [T]          read
//   d_carry      [B, H]       read        gradient of the state before step 0, as step 0 left it
//   d_hidden     [T+1, B, H]  read_write  slot 0 is written
//
// saved     nothing.
// gradients d_hidden slot 0 =.

struct Scalars {
  batch: u32,
  hidden_size: u32,
}

@group(0) @binding(0) var<uniform> scalars: Scalars;
@group(0) @binding(1) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(2) var<storage, read> d_carry: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_hidden: array<real>;

@compute @workgroup_size(64)
fn finish_carry(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = id.x; i < scalars.batch * scalars.hidden_size; i += groups.x * 64u) {
    d_hidden[i] = to_real(carry_scale[0] * d_carry[i]);
  }
}
