// softmax_cross_entropy, for each row n with target y:
//   loss = log(sum over j of exp(logits[j] - max)) - (logits[y] - max), in nats
//   d_logits[j] = scale * (softmax(logits)[j] - (j == y ? 1 : 0))
// loss_sums: sums[k] (+)= sum over n of row_stats[n, k]
// softmax_rows: probabilities = softmax(logits), row by row
//
// tensor        | shape  | access
// logits        | [N, V] | read
// targets       | [N]    | read; IGNORE (0xffffffff) makes a row count for nothing
// d_logits      | [N, V] | write, if write_gradient; rows gradient_stride apart, what lies between stays as it is
// row_stats     | [N, 3] | written by softmax_cross_entropy, read by loss_sums: loss; 1 if the largest logit is the target's
//               |        | (of equal ones the first); 1 if the target is not IGNORE
// sums          | [3]    | write, or add if accumulate
// probabilities | [N, V] | write
//
// Saved for backward: nothing; the loss and its gradient are one kernel.
// Gradients: d_logits =

const IGNORE = 0xffffffffu;

struct CrossEntropy { rows: u32, classes: u32, write_gradient: u32, gradient_stride: u32, scale: f32 }
@group(0) @binding(0) var<uniform> entropy_scalars: CrossEntropy;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> d_logits: array<f32>;
@group(0) @binding(4) var<storage, read_write> row_stats: array<f32>;

struct Largest { value: f32, index: u32, of_target: f32 }

// The largest logit of a row, the first of equal ones, and that of target y. Each is read once: on adapters that compute on the CPU a read
// is the longest code of this kernel.
fn largest_logit(base: u32, classes: u32, y: u32) -> Largest {
  var largest = Largest();
  for (var j = 0u; j < classes; j++) {
    let value = logits[base + j];
    if (j == y) { largest.of_target = value; }
    if (j == 0u || value > largest.value) {
      largest.value = value;
      largest.index = j;
    }
  }
  return largest;
}

fn sum_of_exponentials(base: u32, classes: u32, largest: f32) -> f32 {
  var sum = 0.0;
  for (var j = 0u; j < classes; j++) { sum += exp(logits[base + j] - largest); }
  return sum;
}

@compute @workgroup_size(32)
fn softmax_cross_entropy(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = entropy_scalars;
  for (var n = id.x; n < s.rows; n += groups.x * 32u) {
    let base = n * s.classes;
    let y = targets[n];
    let counts = y != IGNORE;
    let largest = largest_logit(base, s.classes, y);
    let sum = sum_of_exponentials(base, s.classes, largest.value);
    let loss = log(sum) - (largest.of_target - largest.value);
    let stats = select(vec3<f32>(), vec3(loss, select(0.0, 1.0, largest.index == y), 1.0), counts);
    // As places, since Mesa writes out a loop that it knows to be short.
    let first = 3u * n;
    for (var i = first; i < first + 3u; i++) { row_stats[i] = select(select(stats.x, stats.y, i == first + 1u), stats.z, i == first + 2u); }
    if (s.write_gradient != 0u) {
      let gradient = n * s.gradient_stride;
      let factor = s.scale / sum;
      for (var j = 0u; j < s.classes; j++) {
        let d = exp(logits[base + j] - largest.value) * factor - select(0.0, s.scale, j == y);
        d_logits[gradient + j] = select(0.0, d, counts);
      }
    }
  }
}

struct LossSums { rows: u32, accumulate: u32 }
@group(0) @binding(0) var<uniform> sums_scalars: LossSums;
@group(0) @binding(1) var<storage, read> all_row_stats: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

var<workgroup> partial_sums: array<vec3<f32>, 64>;

@compute @workgroup_size(64)
fn loss_sums(@builtin(local_invocation_index) lane: u32) {
  let s = sums_scalars;
  var sum = vec3<f32>();
  for (var n = lane; n < s.rows; n += 64u) {
    sum += vec3<f32>(all_row_stats[3u * n], all_row_stats[3u * n + 1u], all_row_stats[3u * n + 2u]);
  }
  partial_sums[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    var total = vec3<f32>();
    for (var i = 0u; i < 64u; i++) { total += partial_sums[i]; }
    if (s.accumulate != 0u) { total += vec3<f32>(sums[0], sums[1], sums[2]); }
    sums[0] = total.x;
    sums[1] = total.y;
    sums[2] = total.z;
  }
}

struct SoftmaxRows { rows: u32, classes: u32 }
@group(0) @binding(0) var<uniform> softmax_scalars: SoftmaxRows;
@group(0) @binding(2) var<storage, read_write> probabilities: array<f32>;

@compute @workgroup_size(32)
fn softmax_rows(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = softmax_scalars;
  for (var n = id.x; n < s.rows; n += groups.x * 32u) {
    let base = n * s.classes;
    let largest = largest_logit(base, s.classes, IGNORE).value;
    let factor = 1.0 / sum_of_exponentials(base, s.classes, largest);
    for (var j = 0u; j < s.classes; j++) { probabilities[base + j] = exp(logits[base + j] - largest) * factor; }
  }
}
