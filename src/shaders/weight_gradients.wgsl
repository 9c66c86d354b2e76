// All gradients of a layer's parameters: two products with the same left factor, and its column sums.
//
// forward   none: this is itself the backward of x W1^T + b1 and h W2^T + b2, over all steps at once.
// backward  dW1[i, j] = sum_p A[p, i] B1[p, j]  for i < m,  j < n1
//           dW2[i, j] = sum_p A[p, i] B2[p, j]  for i < m2, j < n2
//           db1[i]    = sum_p A[p, i]           for i < m
//           db2[i]    = sum_p A[p, i]           for i < m2
//
//   a          [k, lda] from a_offset   read        gradients before the activations, a row for each step and lane
//   b1         [k, ldb1] from b1_offset read        the layer's input
//   b2         [k, ldb2] from b2_offset read        the state before each step
//   gradients  dW1 [m, n1] from c1_offset, dW2 [m2, n2] from c2_offset, db1 [m] from bias1_offset, db2 [m2] from bias2_offset
//                                       read_write  written; what lies around them stays as it is
//
// saved     nothing.
// gradients all =.
//
// This file says what is read and written; the product itself is that of matmul_tn, whose files follow. To it this is one product:
// its columns are those of B1, up to a whole number of tiles, and then those of B2.

// Offset and stride are multiples of 4, of B1 as of B2, so that whole vectors can be read.
override A_ALIGNED: bool = false;
override B_ALIGNED: bool = false;

// Sums over A are wanted as well.
const SUMS = true;

struct Scalars {
  m: u32,
  k: u32,
  n1: u32,
  m2: u32,
  n2: u32,
  lda: u32,
  ldb1: u32,
  ldb2: u32,
  a_offset: u32,
  b1_offset: u32,
  b2_offset: u32,
  c1_offset: u32,
  c2_offset: u32,
  bias1_offset: u32,
  bias2_offset: u32,
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> a: array<vec4<real>>;
@group(0) @binding(2) var<storage, read> b1: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> b2: array<vec4<real>>;
@group(0) @binding(4) var<storage, read_write> gradients: array<f32>;

fn a_at(i: u32) -> f32 {
  return f32(a[i / 4u][i % 4u]);
}

fn b1_at(i: u32) -> f32 {
  return f32(b1[i / 4u][i % 4u]);
}

fn b2_at(i: u32) -> f32 {
  return f32(b2[i / 4u][i % 4u]);
}

fn read_a(row: u32, column: u32) -> vec4<f32> {
  let i = s.a_offset + row * s.lda + column;
  if (A_ALIGNED) { return vec4<f32>(a[i / 4u]); }
  return vec4(a_at(i), a_at(i + 1u), a_at(i + 2u), a_at(i + 3u));
}

// The column at which those of B2 begin.
fn columns_before_b2() -> u32 {
  return (s.n1 + WIDTH - 1u) / WIDTH * WIDTH;
}

fn read_b1(row: u32, column: u32) -> vec4<f32> {
  let i = s.b1_offset + row * s.ldb1 + column;
  if (B_ALIGNED) { return vec4<f32>(b1[i / 4u]); }
  return vec4(b1_at(i), b1_at(i + 1u), b1_at(i + 2u), b1_at(i + 3u));
}

fn read_b2(row: u32, column: u32) -> vec4<f32> {
  let i = s.b2_offset + row * s.ldb2 + column - columns_before_b2();
  if (B_ALIGNED) { return vec4<f32>(b2[i / 4u]); }
  return vec4(b2_at(i), b2_at(i + 1u), b2_at(i + 2u), b2_at(i + 3u));
}

fn read_b(second: bool, row: u32, column: u32) -> vec4<f32> {
  if (second) { return read_b2(row, column); }
  return read_b1(row, column);
}

fn read_b_pair(second: bool, row: u32, next: u32, column: u32) -> mat2x4<f32> {
  if (second) { return mat2x4(read_b2(row, column), read_b2(next, column)); }
  return mat2x4(read_b1(row, column), read_b1(next, column));
}

fn is_second(column: u32) -> bool {
  return column >= columns_before_b2();
}

fn row_count(column: u32) -> u32 {
  return select(s.m, s.m2, is_second(column));
}

fn last_column(column: u32) -> u32 {
  return select(s.n1, columns_before_b2() + s.n2, is_second(column)) - 1u;
}

fn start(column: u32) -> vec4<f32> {
  return vec4<f32>();
}

fn store(row: u32, column: u32, value: f32) {
  let second = is_second(column);
  let j = select(column, column - columns_before_b2(), second);
  let n = select(s.n1, s.n2, second);
  gradients[select(s.c1_offset, s.c2_offset, second) + row * n + j] = value;
}

// The sum of column `row` of A, from each thread with numbers of that row of dW: the one with the first stores it.
fn store_sum(row: u32, column: u32, sum: f32) {
  if (column != 0u) { return; }
  gradients[s.bias1_offset + row] = sum;
  if (row < s.m2) { gradients[s.bias2_offset + row] = sum; }
}
