// Matrix products on strided blocks.
//
// forward   C[i, j] = sum_p A[i, p] B[p, j] + bias[j] + C[i, j], the last two if asked for
//             matmul_nn  A is stored [m, k], B [k, n]
//             matmul_nt  A is stored [m, k], B [n, k]
//             matmul_tn  A is stored [k, m], B [k, n]
// backward  of C = A B:  dA = dC B^T (matmul_nt),  dB = A^T dC (matmul_tn)
//
//   a     [rows, lda] from a_offset  read
//   b     [rows, ldb] from b_offset  read
//   bias  [n]                        read        not read unless has_bias
//   c     [m, ldc] from c_offset     read_write  elements outside the m x n block stay as they are
//
// saved     nothing.
// gradients C = or, with accumulate, +=.
//
// This file says what is read and written. matmul_blocks.wgsl and the form's own file (matmul_threads, matmul_subgroups, matmul_tiles)
// follow it, and the entry points in matmul_forms.ts.

// Offset and stride are multiples of 4, so that whole vectors can be read.
override A_ALIGNED: bool = false;
override B_ALIGNED: bool = false;

const SUMS = false;

struct Scalars {
  m: u32,
  n: u32,
  k: u32,
  lda: u32,
  ldb: u32,
  ldc: u32,
  a_offset: u32,
  b_offset: u32,
  c_offset: u32,
  has_bias: u32,
  accumulate: u32,
  // 1 in matmul_nt.
  b_by_column: u32,
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> a: array<vec4<real>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> c: array<result>;

fn a_at(i: u32) -> f32 {
  return f32(a[i / 4u][i % 4u]);
}

fn b_at(i: u32) -> f32 {
  return f32(b[i / 4u][i % 4u]);
}

fn read_a(row: u32, column: u32) -> vec4<f32> {
  let i = s.a_offset + row * s.lda + column;
  if (A_ALIGNED) { return vec4<f32>(a[i / 4u]); }
  return vec4(a_at(i), a_at(i + 1u), a_at(i + 2u), a_at(i + 3u));
}

fn read_b(second: bool, row: u32, column: u32) -> vec4<f32> {
  let i = s.b_offset + row * s.ldb + column;
  if (B_ALIGNED) { return vec4<f32>(b[i / 4u]); }
  return vec4(b_at(i), b_at(i + 1u), b_at(i + 2u), b_at(i + 3u));
}

fn read_b_pair(second: bool, row: u32, next: u32, column: u32) -> mat2x4<f32> {
  return mat2x4(read_b(second, row, column), read_b(second, next, column));
}

fn is_second(column: u32) -> bool {
  return false;
}

fn row_count(column: u32) -> u32 {
  return s.m;
}

fn last_column(column: u32) -> u32 {
  return s.n - 1u;
}

// What the sums of the four columns from `column` on, a multiple of 4, start from.
fn start(column: u32) -> vec4<f32> {
  if (s.has_bias == 0u) { return vec4<f32>(); }
  return bias[min(column, s.n - 1u) / 4u];
}

fn store(row: u32, column: u32, value: f32) {
  let at = s.c_offset + row * s.ldc + column;
  var sum = value;
  if (s.accumulate != 0u) { sum += f32(c[at]); }
  c[at] = to_result(sum);
}

fn store_sum(row: u32, column: u32, sum: f32) {}
