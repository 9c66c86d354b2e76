// How each parameter's gradient, values and last step measure, written into the current row of the ring of probes, which it completes.
// keep_values:      kept[i] = source[i]: the parameters as they were before the optimizer
// parameter_probe:  over blocks of one parameter, sums of g^2, w^2, (w - kept)^2, c^2 and g c, where g is the gradient, w the value
//                   after the step and c = clamp(g, -clip_max, clip_max), or g where nothing is clipped by value
// probe_finalize:   per parameter sqrt of the first three; in the row's head the step, has_horizon and the cosine sum g c / sqrt(sum g^2 sum c^2)
//                   over all parameters, 1 where nothing is clipped by value or all is zero; then the next row begins
//
// tensor      | shape             | keep_values | parameter_probe                | probe_finalize
// source      | [N]               | read        |                                |
// kept        | [N]               | write       | read                           |
// gradients   | [N]               |             | read: of the mean loss         |
// values      | [N]               |             | read                           |
// hyper       | [16]              |             | read: [8] clip_kind, [9] max   | read, likewise
// partials    | [P * 32, 5]       |             | write 32 rows from `first` on  | read
// counters    | [8]               |             |                                | read: [0] the step
// probe_state | [4]               |             |                                | read_write: [0] grows by 1
// probes      | [capacity, width] |             |                                | write
//
// Saved for backward: nothing. Gradients: read as they are, never written. All sums are in a fixed order.

const THREADS = 64u;
const BLOCKS = 32u;
const SUMS = 5u;
const CLIP_VALUE = 2.0;

struct Keep { count: u32 }
@group(0) @binding(0) var<uniform> keep_scalars: Keep;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> keep_kept: array<f32>;

@compute @workgroup_size(64)
fn keep_values(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = id.x; i < keep_scalars.count; i += groups.x * THREADS) { keep_kept[i] = source[i]; }
}

struct Parameter { count: u32, blocks: u32, first: u32 }
@group(0) @binding(0) var<uniform> parameter_scalars: Parameter;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> kept: array<f32>;
@group(0) @binding(4) var<storage, read> hyper: array<f32>;
@group(0) @binding(5) var<storage, read_write> partials: array<f32>;

var<workgroup> thread_sums: array<vec3<f32>, 64>;
var<workgroup> thread_clipped: array<vec2<f32>, 64>;

@compute @workgroup_size(64)
fn parameter_probe(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let s = parameter_scalars;
  let per_block = (s.count + s.blocks - 1u) / s.blocks;
  let end = min((group.x + 1u) * per_block, s.count);
  let by_value = hyper[8] == CLIP_VALUE;
  let limit = hyper[9];
  var sum = vec3<f32>();
  var clipped = vec2<f32>();
  for (var i = group.x * per_block + lane; i < end; i += THREADS) {
    let g = gradients[i];
    let w = values[i];
    let c = select(g, clamp(g, -limit, limit), by_value);
    let x = vec3<f32>(g, w, w - kept[i]);
    sum += x * x;
    clipped += vec2<f32>(c, g) * c;
  }
  thread_sums[lane] = sum;
  thread_clipped[lane] = clipped;
  workgroupBarrier();
  if (lane != 0u) { return; }
  sum = vec3<f32>();
  clipped = vec2<f32>();
  for (var i = 0u; i < THREADS; i++) {
    sum += thread_sums[i];
    clipped += thread_clipped[i];
  }
  let at = SUMS * (s.first + group.x);
  partials[at] = sum.x;
  partials[at + 1u] = sum.y;
  partials[at + 2u] = sum.z;
  partials[at + 3u] = clipped.x;
  partials[at + 4u] = clipped.y;
  if (group.x != 0u) { return; }
  // The blocks that a small parameter has not.
  let unused = SUMS * (s.first + s.blocks);
  let past = SUMS * (s.first + BLOCKS);
  for (var i = unused; i < past; i++) { partials[i] = 0.0; }
}

struct Finalize { parameters: u32, has_horizon: u32, capacity: u32, width: u32, offset: u32 }
@group(0) @binding(0) var<uniform> finalize_scalars: Finalize;
@group(0) @binding(1) var<storage, read> finalize_partials: array<f32>;
@group(0) @binding(2) var<storage, read> finalize_hyper: array<f32>;
@group(0) @binding(3) var<storage, read> counters: array<u32>;
@group(0) @binding(4) var<storage, read_write> probe_state: array<u32>;
@group(0) @binding(5) var<storage, read_write> probes: array<f32>;

@compute @workgroup_size(64)
fn probe_finalize(@builtin(local_invocation_index) lane: u32) {
  let s = finalize_scalars;
  let row = (probe_state[0] % s.capacity) * s.width;
  // g^2, c^2 and g c of this lane's parameters.
  var all = vec3<f32>();
  for (var p = lane; p < s.parameters; p += THREADS) {
    var sum = vec3<f32>();
    var clipped = vec2<f32>();
    for (var i = 0u; i < BLOCKS; i++) {
      let at = SUMS * (p * BLOCKS + i);
      sum += vec3<f32>(finalize_partials[at], finalize_partials[at + 1u], finalize_partials[at + 2u]);
      clipped += vec2<f32>(finalize_partials[at + 3u], finalize_partials[at + 4u]);
    }
    all += vec3<f32>(sum.x, clipped);
    let norms = sqrt(sum);
    probes[row + s.offset + 3u * p] = norms.x;
    probes[row + s.offset + 3u * p + 1u] = norms.y;
    probes[row + s.offset + 3u * p + 2u] = norms.z;
  }
  thread_sums[lane] = all;
  workgroupBarrier();
  if (lane != 0u) { return; }
  all = vec3<f32>();
  for (var i = 0u; i < THREADS; i++) { all += thread_sums[i]; }
  let both = sqrt(all.x) * sqrt(all.y);
  probes[row] = f32(counters[0]);
  probes[row + 1u] = f32(s.has_horizon);
  probes[row + 2u] = select(1.0, all.z / both, finalize_hyper[8] == CLIP_VALUE && both != 0.0);
  probe_state[0] += 1u;
}
