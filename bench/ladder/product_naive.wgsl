// Product, the first rung: one invocation for each number of the result, nothing shared, nothing kept.
//
// Maths: c[i, j] = sum over p of a[i, p] b[p, j]. No backward form; the ladder compares speed only.
//
// | tensor | shape  | access |
// | a      | [m, k] | read   |
// | b      | [k, n] | read   |
// | c      | [m, n] | write  |
//
// Saved: nothing. Gradients: none; c is `=`.

struct Sizes { m: u32, n: u32, k: u32 }

@group(0) @binding(0) var<uniform> s: Sizes;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

@compute @workgroup_size(8, 8)
fn product_naive(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= s.n || id.y >= s.m) { return; }
  var sum = 0.0;
  for (var p = 0u; p < s.k; p++) { sum += a[id.y * s.k + p] * b[p * s.n + id.x]; }
  c[id.y * s.n + id.x] = sum;
}
