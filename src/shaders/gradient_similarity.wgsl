// Two gradients side by side: all that cosine, ratio of norms and difference are made of.
// add_scaled          target[i] += scale source[i]
// gradient_similarity partials of a block of a range: sums of a s b, a^2, (s b)^2 and (a - s b)^2, with s = scale. The difference is
//                     summed for itself: as a^2 - 2 a s b + (s b)^2 it would lose its digits where the two are close
// similarity_row      results[row] = the sums of the blocks of each group, row = cursor mod capacity; cursor += 1
//
// tensor   | shape                 | add_scaled | gradient_similarity      | similarity_row
// source   | [N]                   | read       |                          |
// target   | [N]                   | read_write |                          |
// a, b     | [N]                   |            | read, offset to + count  |
// partials | [groups * blocks, 4]  |            | write, from first_block  | read
// cursor   | [1]                   |            |                          | read_write
// results  | [capacity, groups, 4] |            |                          | write, one row
//
// Saved for backward: nothing. Gradients: unchanged, unless one is the target of add_scaled.
// All sums are in a fixed order.

const THREADS = 64u;

struct Add { count: u32, scale: f32 }
@group(0) @binding(0) var<uniform> add_scalars: Add;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> target_sum: array<f32>;

@compute @workgroup_size(64)
fn add_scaled(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = add_scalars;
  for (var i = id.x; i < s.count; i += groups.x * THREADS) { target_sum[i] += s.scale * source[i]; }
}

struct Similarity { offset: u32, count: u32, blocks: u32, first_block: u32, scale: f32 }
@group(0) @binding(0) var<uniform> similarity_scalars: Similarity;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> partials: array<vec4<f32>>;

var<workgroup> thread_sums: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn gradient_similarity(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let s = similarity_scalars;
  let per_block = (s.count + s.blocks - 1u) / s.blocks;
  let end = min((group.x + 1u) * per_block, s.count);
  var sum = vec4<f32>();
  for (var i = group.x * per_block + lane; i < end; i += THREADS) {
    let x = a[s.offset + i];
    let y = s.scale * b[s.offset + i];
    let d = x - y;
    sum += vec4<f32>(x * y, x * x, y * y, d * d);
  }
  thread_sums[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    sum = vec4<f32>();
    for (var i = 0u; i < THREADS; i++) { sum += thread_sums[i]; }
    partials[s.first_block + group.x] = sum;
  }
}

struct Row { blocks: u32, groups: u32, capacity: u32 }
@group(0) @binding(0) var<uniform> row_scalars: Row;
@group(0) @binding(1) var<storage, read> all_partials: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> cursor: array<u32>;
@group(0) @binding(3) var<storage, read_write> results: array<vec4<f32>>;

@compute @workgroup_size(1)
fn similarity_row() {
  let s = row_scalars;
  let row = cursor[0] % s.capacity;
  for (var group = 0u; group < s.groups; group++) {
    var sum = vec4<f32>();
    for (var i = 0u; i < s.blocks; i++) { sum += all_partials[group * s.blocks + i]; }
    results[row * s.groups + group] = sum;
  }
  cursor[0] += 1u;
}
