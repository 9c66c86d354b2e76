// Sums over the rows of a strided block: the gradient of a bias.
//
// forward   out[j] = sum_i A[i, j] (+ out[j] if accumulate)
// backward  none: this is itself the backward of adding a row to every row.
//
//   a    [m, lda] from a_offset  read
//   out  [n] from out_offset     read_write  written
//
// saved     nothing.
// gradients out = or, with accumulate, +=.
//
// A workgroup takes 8 columns, each summed by 8 threads that take every eighth row; their sums are added in order.

struct Scalars {
  m: u32,
  n: u32,
  lda: u32,
  a_offset: u32,
  out_offset: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> a: array<real>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn column_sum(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let column = group.x * 8u + thread % 8u;
  var sums = vec4<f32>();
  if (column < s.n) {
    let base = s.a_offset + column;
    var row = thread / 8u;
    for (; row + 24u < s.m; row += 32u) {
      let at = base + row * s.lda;
      sums += vec4(f32(a[at]), f32(a[at + 8u * s.lda]), f32(a[at + 16u * s.lda]), f32(a[at + 24u * s.lda]));
    }
    for (; row < s.m; row += 8u) {
      sums.x += f32(a[base + row * s.lda]);
    }
  }
  partial[thread] = (sums.x + sums.y) + (sums.z + sums.w);
  workgroupBarrier();

  if (thread < 8u && column < s.n) {
    var sum = partial[thread];
    for (var part = 1u; part < 8u; part++) {
      sum += partial[part * 8u + thread];
    }
    let to = s.out_offset + column;
    if (s.accumulate != 0u) { sum += out[to]; }
    out[to] = sum;
  }
}
