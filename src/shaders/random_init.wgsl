// Element i of a stream is drawn from the words threefry2x32(key = (seed, stream), counter = (i, 0)), so it depends on nothing else.
// init_uniform:   out = low .. high, from the top 24 bits k of the first word: middle + (k - 2^23) / 2^23 * (high - low) / 2.
//                 Exact but for one rounding when low = -high, so the same on every device.
// init_normal:    out = mean + deviation sqrt(-2 ln u) cos(2 pi v) (Box and Muller 1958), u in (0, 1] and v in [0, 1) from the two words.
// threefry_words: the words themselves.
//
// tensor | shape  | access
// out    | [N]    | write
// blocks | [N, 4] | read, threefry_words: key and counter
// words  | [N, 2] | write, threefry_words
//
// Saved for backward: nothing. Gradients: none.

struct Uniform { count: u32, seed: u32, stream: u32, low: f32, high: f32 }
@group(0) @binding(0) var<uniform> uniform_scalars: Uniform;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn init_uniform(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = uniform_scalars;
  let middle = 0.5 * (s.low + s.high);
  let half_range = 0.5 * (s.high - s.low);
  for (var i = id.x; i < s.count; i += groups.x * 64u) {
    let word = threefry2x32(vec2<u32>(s.seed, s.stream), vec2<u32>(i, 0u)).x;
    let signed_unit = f32(i32(word >> 8u) - 0x800000) * 0x1p-23f;
    out[i] = middle + signed_unit * half_range;
  }
}

// cos(2 pi v), 0 <= v < 1. WGSL's cos may be wrong by 2^-11, and on some devices is. A quarter turn is taken off exactly, then Taylor.
fn cos_turns(v: f32) -> f32 {
  let quarter = u32(4.0 * v + 0.5);
  let x = 6.2831853 * (v - 0.25 * f32(quarter));
  let x2 = x * x;
  let cosine = 1.0 - x2 * (1.0 / 2.0 - x2 * (1.0 / 24.0 - x2 * (1.0 / 720.0 - x2 / 40320.0)));
  let sine = x * (1.0 - x2 * (1.0 / 6.0 - x2 * (1.0 / 120.0 - x2 * (1.0 / 5040.0 - x2 / 362880.0))));
  // cos(x + quarter pi / 2) for quarter = 0, 1, 2, 3, 4
  let magnitude = select(cosine, sine, (quarter & 1u) == 1u);
  return select(magnitude, -magnitude, quarter == 1u || quarter == 2u);
}

struct Normal { count: u32, seed: u32, stream: u32, mean: f32, deviation: f32 }
@group(0) @binding(0) var<uniform> normal_scalars: Normal;

@compute @workgroup_size(64)
fn init_normal(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = normal_scalars;
  for (var i = id.x; i < s.count; i += groups.x * 64u) {
    let words = threefry2x32(vec2<u32>(s.seed, s.stream), vec2<u32>(i, 0u));
    let u = f32((words.x >> 8u) + 1u) * 0x1p-24f;
    let v = f32(words.y >> 8u) * 0x1p-24f;
    out[i] = s.mean + s.deviation * sqrt(-2.0 * log(u)) * cos_turns(v);
  }
}

struct Words { count: u32 }
@group(0) @binding(0) var<uniform> words_scalars: Words;
@group(0) @binding(1) var<storage, read> blocks: array<u32>;
@group(0) @binding(2) var<storage, read_write> words: array<u32>;

@compute @workgroup_size(64)
fn threefry_words(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = id.x; i < words_scalars.count; i += groups.x * 64u) {
    let pair = threefry2x32(vec2<u32>(blocks[4u * i], blocks[4u * i + 1u]), vec2<u32>(blocks[4u * i + 2u], blocks[4u * i + 3u]));
    words[2u * i] = pair.x;
    words[2u * i + 1u] = pair.y;
  }
}
