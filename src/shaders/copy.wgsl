// copy_within: data[target_offset + i] = data[source_offset + i], 0 <= i < count; the ranges must not overlap.
// fill:        data[offset + i] = value, 0 <= i < count.
//
// tensor | shape | access
// data   | [N]   | read_write, other elements untouched
//
// Saved for backward: nothing. Gradients: none.

struct CopyWithin { source_offset: u32, target_offset: u32, count: u32 }
@group(0) @binding(0) var<uniform> copy_scalars: CopyWithin;
@group(0) @binding(1) var<storage, read_write> data: array<real>;

@compute @workgroup_size(64)
fn copy_within(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = copy_scalars;
  for (var i = id.x; i < s.count; i += groups.x * 64u) {
    data[s.target_offset + i] = data[s.source_offset + i];
  }
}

struct Fill { offset: u32, count: u32, value: f32 }
@group(0) @binding(0) var<uniform> fill_scalars: Fill;

@compute @workgroup_size(64)
fn fill(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = fill_scalars;
  for (var i = id.x; i < s.count; i += groups.x * 64u) {
    data[s.offset + i] = to_real(s.value);
  }
}
