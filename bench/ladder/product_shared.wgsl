// Product, the second rung: the textbook's tile in workgroup memory. Each number is read from memory once for 16 results; two
// barriers for every 16 terms, which an adapter that computes on the CPU pays dearly.
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

const SIDE = 16u;
var<workgroup> tile_a: array<f32, 256>;
var<workgroup> tile_b: array<f32, 256>;

@compute @workgroup_size(16, 16)
fn product_shared(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_id) at: vec3u) {
  var sum = 0.0;
  for (var first = 0u; first < s.k; first += SIDE) {
    let here = at.y * SIDE + at.x;
    tile_a[here] = 0.0;
    tile_b[here] = 0.0;
    if (id.y < s.m && first + at.x < s.k) { tile_a[here] = a[id.y * s.k + first + at.x]; }
    if (id.x < s.n && first + at.y < s.k) { tile_b[here] = b[(first + at.y) * s.n + id.x]; }
    workgroupBarrier();
    for (var p = 0u; p < SIDE; p++) { sum += tile_a[at.y * SIDE + p] * tile_b[p * SIDE + at.x]; }
    workgroupBarrier();
  }
  if (id.x < s.n && id.y < s.m) { c[id.y * s.n + id.x] = sum; }
}
