// carry_state: hidden[0, b, j] = hidden[T, b, j], and the same for cell if has_cell: the last state becomes the initial one.
// fill:        data[offset + i] = value, 0 <= i < count.
// add_value:   sum[offset + i] += value, 0 <= i < count.
//
// tensor | shape       | access
// hidden | [T+1, B, H] | read_write, slot 0 is written; a slot has `size` = B H numbers
// cell   | [T+1, B, H] | read_write, likewise
// data   | [N]         | read_write, other elements untouched
// sum    | [N]         | read_write, likewise
//
// Saved for backward: nothing. Gradients: none; a carried state is detached.

struct CarryState { steps: u32, size: u32, has_cell: u32 }
@group(0) @binding(0) var<uniform> carry_scalars: CarryState;
@group(0) @binding(1) var<storage, read_write> hidden: array<real>;
@group(0) @binding(2) var<storage, read_write> cell: array<f32>;

@compute @workgroup_size(64)
fn carry_state(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = carry_scalars;
  let last = s.steps * s.size;
  for (var i = id.x; i < s.size; i += groups.x * 64u) {
    hidden[i] = hidden[last + i];
    if (s.has_cell != 0u) { cell[i] = cell[last + i]; }
  }
}

struct Fill { offset: u32, count: u32, value: f32 }
@group(0) @binding(0) var<uniform> fill_scalars: Fill;
@group(0) @binding(1) var<storage, read_write> data: array<real>;

@compute @workgroup_size(64)
fn fill(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = fill_scalars;
  for (var i = id.x; i < s.count; i += groups.x * 64u) {
    data[s.offset + i] = to_real(s.value);
  }
}

@group(0) @binding(0) var<uniform> add_scalars: Fill;
@group(0) @binding(1) var<storage, read_write> sum: array<f32>;

@compute @workgroup_size(64)
fn add_value(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = add_scalars;
  for (var i = id.x; i < s.count; i += groups.x * 64u) {
    sum[s.offset + i] += s.value;
  }
}
