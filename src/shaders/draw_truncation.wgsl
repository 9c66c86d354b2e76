// Where one training step's way back through time is cut: Tallec and Ollivier 2017, "Unbiasing Truncated Backpropagation Through Time".
//   carry_scale_t = 0 with probability c = threshold / 2^24, else `keep`: 1 / (1 - c), which makes the gradient right on average, or 1;
//   by the top 24 bits of threefry2x32(key = (seed, stream), counter = (t, counters[0])). carry_scale_0 = 1: before step 0 nothing is cut.
//   reach_t = 1 where a gradient reaches step t: one of the last `target_steps`, or back from there without a cut; else 0
//
// tensor      | shape | access
// counters    | [8]   | read: [0], the steps done before this one
// carry_scale | [T]   | write
// reach       | [T]   | write, if has_reach is not 0
//
// Saved for backward: nothing. Gradients: none.

struct Scalars { steps: u32, seed: u32, stream: u32, threshold: u32, keep: f32, target_steps: u32, has_reach: u32 }
@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> counters: array<u32>;
@group(0) @binding(2) var<storage, read_write> carry_scale: array<f32>;
@group(0) @binding(3) var<storage, read_write> reach: array<f32>;

const THREADS = 64u;

@compute @workgroup_size(64)
fn draw_truncation(@builtin(local_invocation_index) lane: u32) {
  for (var t = lane; t < s.steps; t += THREADS) {
    let word = threefry2x32(vec2<u32>(s.seed, s.stream), vec2<u32>(t, counters[0])).x;
    let is_cut = t > 0u && (word >> 8u) < s.threshold;
    carry_scale[t] = select(select(s.keep, 1.0, t == 0u), 0.0, is_cut);
  }
  storageBarrier();
  if (lane == 0u && s.has_reach != 0u) {
    var arrives = false;
    for (var i = 0u; i < s.steps; i++) {
      let t = s.steps - 1u - i;
      let reached = i < s.target_steps || arrives;
      reach[t] = select(0.0, 1.0, reached);
      arrives = reached && carry_scale[t] != 0.0;
    }
  }
}
