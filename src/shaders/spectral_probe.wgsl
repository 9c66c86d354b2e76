// Estimates the spectral radius of each gate's recurrent matrix W [H, H] by power iteration: x_{k+1} = W^T x_k / |W^T x_k| (W^T has the
// eigenvalues of W, and its rows lie in memory as neighbouring threads want them). One workgroup takes one gate; the vector that it ends with is kept, and the next call goes
// on from there, so the estimate improves from probe to probe while the weights move little. With n_k = |W^T x_k| the estimate is
//   n_k                            if x_{k+1} = +-x_k: one real eigenvalue dominates
//   the larger |root| of z^2 = a z + b, fitted to x_{k+2} n_k n_{k+1} = a n_k x_{k+1} + b x_k, if that fits (residual below 2 %):
//                                  two real ones, or a pair of complex ones, which a real matrix may have and for which n_k never settles
//   the geometric mean of n_k over this call's iterations, while more than two are still mixed
// A vector that W^T annihilates or that is not finite is not kept: the estimate is then that n.
//
// tensor      | shape             | access
// weight_hh   | [G*H, H]          | read, f32
// vectors     | [L, G, 3, H]      | read_write from vector_offset on: of three vectors the first is the one that is kept, the others are scratch
// probe_state | [4]               | read: [0] rows of probes written so far
// probes      | [capacity, width] | write one number for each gate, from `offset` of the current row on
//
// Saved for backward: nothing. Gradients: none. All sums are in a fixed order.

// Enough for two columns each, while H is not too large for that.
override THREADS: u32 = 256u;
// Squared sine of the angle below which two vectors count as parallel, and squared residual up to which the fit counts.
const PARALLEL = 1e-6;
const FITS = 4e-4;
const TINY = 1e-30;

var<workgroup> thread_sums: array<vec3<f32>, 256>;

struct Spectral { hidden_size: u32, gates: u32, iterations: u32, vector_offset: u32, capacity: u32, width: u32, offset: u32 }
@group(0) @binding(0) var<uniform> scalars: Spectral;
@group(0) @binding(1) var<storage, read> weight_hh: array<f32>;
@group(0) @binding(2) var<storage, read_write> vectors: array<f32>;
@group(0) @binding(3) var<storage, read> probe_state: array<u32>;
@group(0) @binding(4) var<storage, read_write> probes: array<f32>;

fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

fn sum_of_threads() -> vec3<f32> {
  var sum = vec3<f32>();
  for (var i = 0u; i < THREADS; i++) { sum += thread_sums[i]; }
  return sum;
}

// Columns j and k of W^T x: the sums over i of W[i, j] x[i]. Two at once share what they read of x.
fn products(first: u32, x: u32, j: u32, k: u32) -> vec2<f32> {
  let size = scalars.hidden_size;
  var sums = vec2<f32>();
  for (var i = 0u; i < size; i++) {
    let row = first + i * size;
    sums += vec2<f32>(weight_hh[row + j], weight_hh[row + k]) * vectors[x + i];
  }
  return sums;
}

// p = x_k . x_{k+1}, q = x_{k+1} . x_{k+2}, r = x_k . x_{k+2}; n_k and n_{k+1}.
fn radius_of(p: f32, q: f32, r: f32, older: f32, newer: f32, mean: f32) -> f32 {
  let sine = 1.0 - p * p;
  if (sine < PARALLEL) { return newer; }
  let alpha = (q - p * r) / sine;
  let beta = (r - p * q) / sine;
  if (1.0 - alpha * q - beta * r > FITS) { return mean; }
  let a = alpha * newer;
  let b = beta * older * newer;
  let discriminant = a * a + 4.0 * b;
  if (discriminant < 0.0) { return sqrt(-b); }
  return 0.5 * (abs(a) + sqrt(discriminant));
}

@compute @workgroup_size(THREADS)
fn spectral_probe(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let s = scalars;
  let size = s.hidden_size;
  let first = group.x * size * size;
  let home = s.vector_offset + 3u * group.x * size;
  var older = 0.0;
  var newer = 0.0;
  var logs = 0.0;
  // Of a vector that must not be kept.
  var spoilt = false;
  for (var step = 0u; step < s.iterations; step++) {
    let here = home + (step % 3u) * size;
    let next = home + ((step + 1u) % 3u) * size;
    var sum = 0.0;
    for (var j = lane; j < size; j += 2u * THREADS) {
      let k = j + THREADS;
      let y = products(first, here, j, min(k, size - 1u));
      vectors[next + j] = y.x;
      sum += y.x * y.x;
      if (k < size) {
        vectors[next + k] = y.y;
        sum += y.y * y.y;
      }
    }
    thread_sums[lane] = vec3<f32>(sum, 0.0, 0.0);
    workgroupBarrier();
    let n = sqrt(sum_of_threads().x);
    spoilt = !is_finite(n) || n < TINY;
    for (var j = lane; j < size; j += THREADS) {
      if (spoilt) { vectors[next + j] = vectors[here + j]; } else { vectors[next + j] /= n; }
    }
    older = newer;
    newer = n;
    logs += log(max(n, TINY));
    storageBarrier();
    workgroupBarrier();
  }
  let last = home + (s.iterations % 3u) * size;
  let middle = home + ((s.iterations + 2u) % 3u) * size;
  let oldest = home + ((s.iterations + 1u) % 3u) * size;
  var dots = vec3<f32>();
  for (var j = lane; j < size; j += THREADS) {
    dots += vec3<f32>(vectors[oldest + j], vectors[middle + j], vectors[oldest + j]) * vec3<f32>(vectors[middle + j], vectors[last + j], vectors[last + j]);
  }
  thread_sums[lane] = dots;
  workgroupBarrier();
  for (var j = lane; j < size; j += THREADS) { vectors[home + j] = vectors[last + j]; }
  if (lane != 0u) { return; }
  dots = sum_of_threads();
  let radius = radius_of(dots.x, dots.y, dots.z, older, newer, exp(logs / f32(s.iterations)));
  probes[(probe_state[0] % s.capacity) * s.width + s.offset + group.x] = select(radius, newer, spoilt);
}
