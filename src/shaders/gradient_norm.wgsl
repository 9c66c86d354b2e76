// What stands between the gradients and the optimizer, without any readback:
//   norm   = sqrt(sum g^2)
//   factor = min(1, clip_max / (norm + 1e-6)) when clipping by norm (PyTorch's clip_grad_norm_), else 1
//   norm after = norm * factor, or sqrt(sum clamp(g, -clip_max, clip_max)^2) when clipping by value
//   largest = max |g|, which clipping by value compares with clip_max; not finite if any g is not
//   bias_correction = 1 - beta^t, as bc_t = (1 - beta) + beta bc_(t-1): only positive terms, so accurate in f32
// If norm is not finite, finite = 0: the optimizers then change nothing, and the bias corrections stay.
//
// tensor    | shape         | gradient_partials | step_finalize
// gradients | [N]           | read              |
// hyper     | [16]          | read              | read: lr, beta1, 1 - beta1, beta2, 1 - beta2, eps, weight_decay, momentum,
//           |               |                   | clip_kind (0 none, 1 norm, 2 value), clip_max
// partials  | [blocks, 3]   | write             | read: sums of g^2 and of clamp(g)^2, the same without value clipping; the largest |g|
// row_stats | [N, 3]        |                   | read: loss, right answer, target of each row, from softmax_cross_entropy
// counters  | [8]           |                   | [0], the number of steps, and [1], the batch of the epoch, grow by 1
// control   | [8]           |                   | write: norm, norm after, factor, finite; bias corrections 1 and 2 are read and written
// metrics   | [capacity, 10]|                   | of one row of the ring seven are written: step, mean loss, accuracy, norm, norm after, clipped, largest
//
// Saved for backward: nothing. Gradients: unchanged; the optimizer applies the factor.
// All sums are in a fixed order. Not-a-number and infinity are found by their bits: a compiler may assume that neither occurs. Without their
// sign, the bits of floats are in the order of their values, infinity above all numbers and not-a-number above infinity.

const CLIP_NORM = 1.0;
const CLIP_VALUE = 2.0;
const THREADS = 64u;

var<workgroup> thread_sums: array<vec2<f32>, 64>;
var<workgroup> thread_losses: array<vec3<f32>, 64>;
var<workgroup> thread_largest: array<u32, 64>;

fn sum_of_threads() -> vec2<f32> {
  var sum = vec2<f32>();
  for (var i = 0u; i < THREADS; i++) { sum += thread_sums[i]; }
  return sum;
}

fn largest_of_threads() -> u32 {
  var largest = 0u;
  for (var i = 0u; i < THREADS; i++) { largest = max(largest, thread_largest[i]); }
  return largest;
}

struct Partials { count: u32, blocks: u32 }
@group(0) @binding(0) var<uniform> partials_scalars: Partials;
@group(0) @binding(1) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> partials_hyper: array<f32>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;

fn magnitude_bits(g: vec4<f32>) -> vec4<u32> { return bitcast<vec4<u32>>(g) & vec4<u32>(0x7fffffffu); }

fn load(i: u32, count: u32) -> vec4<f32> {
  let inside = vec4<u32>(4u * i) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(count);
  return select(vec4<f32>(), gradients[i], inside);
}

@compute @workgroup_size(64)
fn gradient_partials(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let s = partials_scalars;
  let vectors = (s.count + 3u) / 4u;
  let per_block = (vectors + s.blocks - 1u) / s.blocks;
  let end = min((group.x + 1u) * per_block, vectors);
  let by_value = partials_hyper[8] == CLIP_VALUE;
  let limit = vec4<f32>(partials_hyper[9]);
  var squares = vec4<f32>();
  var clamped_squares = vec4<f32>();
  var largest = vec4<u32>();
  for (var i = group.x * per_block + lane; i < end; i += THREADS) {
    let g = load(i, s.count);
    let c = select(g, clamp(g, -limit, limit), by_value);
    squares += g * g;
    clamped_squares += c * c;
    largest = max(largest, magnitude_bits(g));
  }
  let ones = vec4<f32>(1.0);
  thread_sums[lane] = vec2<f32>(dot(squares, ones), dot(clamped_squares, ones));
  thread_largest[lane] = max(max(largest.x, largest.y), max(largest.z, largest.w));
  workgroupBarrier();
  if (lane < 3u) {
    let sum = sum_of_threads();
    partials[3u * group.x + lane] = select(select(sum.x, sum.y, lane == 1u), bitcast<f32>(largest_of_threads()), lane == 2u);
  }
}

struct Finalize { blocks: u32, rows: u32, capacity: u32 }
@group(0) @binding(0) var<uniform> finalize_scalars: Finalize;
@group(0) @binding(1) var<storage, read> all_partials: array<f32>;
@group(0) @binding(2) var<storage, read> row_stats: array<f32>;
@group(0) @binding(3) var<storage, read> hyper: array<f32>;
@group(0) @binding(4) var<storage, read_write> counters: array<u32>;
@group(0) @binding(5) var<storage, read_write> control: array<f32>;
@group(0) @binding(6) var<storage, read_write> metrics: array<f32>;

fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

// Number `lane` of each table is stored by its own thread, so that there is one store of each: on adapters that compute on the CPU a
// store is the longest code of this kernel.
fn finish(sums: vec2<f32>, largest: f32, losses: vec3<f32>, step: u32, capacity: u32, lane: u32) {
  let norm = sqrt(sums.x);
  let finite = is_finite(sums.x);
  let by_norm = finite && hyper[8] == CLIP_NORM;
  let factor = select(1.0, min(1.0, hyper[9] / (norm + 1e-6)), by_norm);
  let norm_after = select(select(norm, norm * factor, by_norm), sqrt(sums.y), finite && hyper[8] == CLIP_VALUE);

  if (lane < 4u || (lane < 6u && finite)) {
    let is_first = lane == 4u;
    let correction = select(hyper[4], hyper[2], is_first) + select(hyper[3], hyper[1], is_first) * control[lane];
    let low = select(norm, norm_after, lane == 1u);
    let high = select(factor, select(0.0, 1.0, finite), lane == 3u);
    control[lane] = select(select(low, high, lane >= 2u), correction, lane >= 4u);
  }
  if (lane < 2u) { counters[lane] += 1u; }
  if (lane < 7u) {
    let targets = losses.z;
    let sum = select(losses.x, losses.y, lane == 2u);
    let mean = select(0.0, sum / max(targets, 1.0), targets > 0.0);
    let is_clipped = finite && (factor < 1.0 || sums.y < sums.x);
    let low = select(mean, f32(step), lane == 0u);
    let middle = select(norm, norm_after, lane == 4u);
    let high = select(select(0.0, 1.0, is_clipped), largest, lane == 6u);
    metrics[10u * ((step - 1u) % capacity) + lane] = select(select(low, middle, lane >= 3u), high, lane >= 5u);
  }
}

@compute @workgroup_size(64)
fn step_finalize(@builtin(local_invocation_index) lane: u32) {
  let s = finalize_scalars;
  // Read by all before the barriers, after which one thread changes it.
  let step = counters[0] + 1u;
  var sum = vec2<f32>();
  var largest = 0u;
  for (var i = lane; i < s.blocks; i += THREADS) {
    sum += vec2<f32>(all_partials[3u * i], all_partials[3u * i + 1u]);
    largest = max(largest, bitcast<u32>(all_partials[3u * i + 2u]));
  }
  thread_sums[lane] = sum;
  thread_largest[lane] = largest;
  var losses = vec3<f32>();
  for (var n = lane; n < s.rows; n += THREADS) { losses += vec3<f32>(row_stats[3u * n], row_stats[3u * n + 1u], row_stats[3u * n + 2u]); }
  thread_losses[lane] = losses;
  storageBarrier();
  workgroupBarrier();
  if (lane < 7u) {
    losses = vec3<f32>();
    for (var i = 0u; i < THREADS; i++) { losses += thread_losses[i]; }
    finish(sum_of_threads(), bitcast<f32>(largest_of_threads()), losses, step, s.capacity, lane);
  }
}
