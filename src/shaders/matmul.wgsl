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
// A thread sums 4 rows x 8 columns in registers and there is no shared tile, so nothing waits: on CPU adapters a barrier
// costs more than the reads that it saves. Products with few tiles and long sums are cut along k into SPLIT parts, one
// thread each, added up in a fixed order at the end. Sums are written from left to right, so that a term is one fused
// multiply-add.

// Threads of a workgroup: TILE_COLUMNS * TILE_ROWS * SPLIT = 64.
override TILE_COLUMNS: u32 = 8u;
override TILE_ROWS: u32 = 8u;
override SPLIT: u32 = 1u;
override PARTIAL_VECTORS: u32 = 1u;
// Offsets and strides of a and b are multiples of 4, so that whole vectors can be read.
override ALIGNED: bool = false;

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
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> a: array<vec4<real>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<result>;

// One row of each thread's tile, [2, 64], used where SPLIT > 1. Small, since some drivers write out its clearing in code.
var<workgroup> partial: array<vec4<f32>, PARTIAL_VECTORS>;

// 4 rows; l the left four columns, r the right four.
struct Tile {
  l0: vec4<f32>,
  r0: vec4<f32>,
  l1: vec4<f32>,
  r1: vec4<f32>,
  l2: vec4<f32>,
  r2: vec4<f32>,
  l3: vec4<f32>,
  r3: vec4<f32>,
}

struct Place {
  row: u32,
  column: u32,
  begin: u32,
  end: u32,
}

fn place(group: vec3<u32>, thread: u32) -> Place {
  let tile = thread % (TILE_COLUMNS * TILE_ROWS);
  let part = thread / (TILE_COLUMNS * TILE_ROWS);
  let length = (s.k + 4u * SPLIT - 1u) / (4u * SPLIT) * 4u;
  var at: Place;
  at.row = (group.y * TILE_ROWS + tile / TILE_COLUMNS) * 4u;
  at.column = (group.x * TILE_COLUMNS + tile % TILE_COLUMNS) * 8u;
  at.begin = min(s.k, part * length);
  at.end = min(s.k, at.begin + length);
  return at;
}

fn a_at(i: u32) -> f32 {
  return f32(a[i / 4u][i % 4u]);
}

fn b_at(i: u32) -> f32 {
  return f32(b[i / 4u][i % 4u]);
}

// tile + the terms from `begin` to `end`, for every alignment and for tiles over the edge, whose surplus is not stored.
fn add_scalars(start: Tile, at: Place, begin: u32, a_row: u32, a_step: u32, b_step: u32, b_column: u32) -> Tile {
  var tile = start;
  let a0 = s.a_offset + at.row * a_row;
  let a1 = s.a_offset + min(at.row + 1u, s.m - 1u) * a_row;
  let a2 = s.a_offset + min(at.row + 2u, s.m - 1u) * a_row;
  let a3 = s.a_offset + min(at.row + 3u, s.m - 1u) * a_row;
  let b0 = s.b_offset + at.column * b_column;
  let b1 = s.b_offset + min(at.column + 1u, s.n - 1u) * b_column;
  let b2 = s.b_offset + min(at.column + 2u, s.n - 1u) * b_column;
  let b3 = s.b_offset + min(at.column + 3u, s.n - 1u) * b_column;
  let b4 = s.b_offset + min(at.column + 4u, s.n - 1u) * b_column;
  let b5 = s.b_offset + min(at.column + 5u, s.n - 1u) * b_column;
  let b6 = s.b_offset + min(at.column + 6u, s.n - 1u) * b_column;
  let b7 = s.b_offset + min(at.column + 7u, s.n - 1u) * b_column;
  for (var p = begin; p < at.end; p++) {
    let j = p * b_step;
    let l = vec4(b_at(b0 + j), b_at(b1 + j), b_at(b2 + j), b_at(b3 + j));
    let r = vec4(b_at(b4 + j), b_at(b5 + j), b_at(b6 + j), b_at(b7 + j));
    let i = p * a_step;
    let x = vec4(a_at(a0 + i), a_at(a1 + i), a_at(a2 + i), a_at(a3 + i));
    tile.l0 += x.x * l;
    tile.r0 += x.x * r;
    tile.l1 += x.y * l;
    tile.r1 += x.y * r;
    tile.l2 += x.z * l;
    tile.r2 += x.z * r;
    tile.l3 += x.w * l;
    tile.r3 += x.w * r;
  }
  return tile;
}

fn store(row: u32, column: u32, value: vec4<f32>) {
  if (row >= s.m || column >= s.n) { return; }
  let at = s.c_offset + row * s.ldc + column;
  let lanes = min(s.n - column, 4u);
  var sum = value;
  if (s.has_bias != 0u) {
    sum.x += bias[column];
    if (lanes > 1u) { sum.y += bias[column + 1u]; }
    if (lanes > 2u) { sum.z += bias[column + 2u]; }
    if (lanes > 3u) { sum.w += bias[column + 3u]; }
  }
  if (s.accumulate != 0u) {
    sum.x += f32(c[at]);
    if (lanes > 1u) { sum.y += f32(c[at + 1u]); }
    if (lanes > 2u) { sum.z += f32(c[at + 2u]); }
    if (lanes > 3u) { sum.w += f32(c[at + 3u]); }
  }
  c[at] = to_result(sum.x);
  if (lanes > 1u) { c[at + 1u] = to_result(sum.y); }
  if (lanes > 2u) { c[at + 2u] = to_result(sum.z); }
  if (lanes > 3u) { c[at + 3u] = to_result(sum.w); }
}

// One row of every tile: stores it or, where the sum was cut, first adds up its parts.
fn finish_row(row: u32, column: u32, thread: u32, l: vec4<f32>, r: vec4<f32>) {
  if (SPLIT == 1u) {
    store(row, column, l);
    store(row, column + 4u, r);
  } else {
    let tiles = TILE_COLUMNS * TILE_ROWS;
    let half = thread / tiles;
    // The row before has been read.
    workgroupBarrier();
    partial[thread] = l;
    partial[64u + thread] = r;
    workgroupBarrier();
    if (half < 2u) {
      let base = half * 64u + thread % tiles;
      var sum = partial[base];
      for (var part = 1u; part < SPLIT; part++) {
        sum += partial[base + part * tiles];
      }
      store(row, column + half * 4u, sum);
    }
  }
}

fn finish(at: Place, thread: u32, tile: Tile) {
  finish_row(at.row, at.column, thread, tile.l0, tile.r0);
  finish_row(at.row + 1u, at.column, thread, tile.l1, tile.r1);
  finish_row(at.row + 2u, at.column, thread, tile.l2, tile.r2);
  finish_row(at.row + 3u, at.column, thread, tile.l3, tile.r3);
}

@compute @workgroup_size(64)
fn matmul_nn(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let at = place(group, thread);
  var tile: Tile;
  if (at.row < s.m && at.column < s.n) {
    var p = at.begin;
    if (ALIGNED && at.column + 8u <= s.n) {
      let stride = s.ldb / 4u;
      let a0 = (s.a_offset + at.row * s.lda) / 4u;
      let a1 = (s.a_offset + min(at.row + 1u, s.m - 1u) * s.lda) / 4u;
      let a2 = (s.a_offset + min(at.row + 2u, s.m - 1u) * s.lda) / 4u;
      let a3 = (s.a_offset + min(at.row + 3u, s.m - 1u) * s.lda) / 4u;
      var q = (s.b_offset + at.column) / 4u + p * stride;
      for (; p + 4u <= at.end; p += 4u) {
        let x0 = vec4<f32>(a[a0 + p / 4u]);
        let x1 = vec4<f32>(a[a1 + p / 4u]);
        let x2 = vec4<f32>(a[a2 + p / 4u]);
        let x3 = vec4<f32>(a[a3 + p / 4u]);
        let l0 = vec4<f32>(b[q]);
        let r0 = vec4<f32>(b[q + 1u]);
        let l1 = vec4<f32>(b[q + stride]);
        let r1 = vec4<f32>(b[q + stride + 1u]);
        let l2 = vec4<f32>(b[q + 2u * stride]);
        let r2 = vec4<f32>(b[q + 2u * stride + 1u]);
        let l3 = vec4<f32>(b[q + 3u * stride]);
        let r3 = vec4<f32>(b[q + 3u * stride + 1u]);
        q += 4u * stride;
        tile.l0 = tile.l0 + x0.x * l0 + x0.y * l1 + x0.z * l2 + x0.w * l3;
        tile.r0 = tile.r0 + x0.x * r0 + x0.y * r1 + x0.z * r2 + x0.w * r3;
        tile.l1 = tile.l1 + x1.x * l0 + x1.y * l1 + x1.z * l2 + x1.w * l3;
        tile.r1 = tile.r1 + x1.x * r0 + x1.y * r1 + x1.z * r2 + x1.w * r3;
        tile.l2 = tile.l2 + x2.x * l0 + x2.y * l1 + x2.z * l2 + x2.w * l3;
        tile.r2 = tile.r2 + x2.x * r0 + x2.y * r1 + x2.z * r2 + x2.w * r3;
        tile.l3 = tile.l3 + x3.x * l0 + x3.y * l1 + x3.z * l2 + x3.w * l3;
        tile.r3 = tile.r3 + x3.x * r0 + x3.y * r1 + x3.z * r2 + x3.w * r3;
      }
    }
    tile = add_scalars(tile, at, p, s.lda, 1u, s.ldb, 1u);
  }
  finish(at, thread, tile);
}

fn dots(x: vec4<f32>, y0: vec4<f32>, y1: vec4<f32>, y2: vec4<f32>, y3: vec4<f32>) -> vec4<f32> {
  return vec4(dot(x, y0), dot(x, y1), dot(x, y2), dot(x, y3));
}

@compute @workgroup_size(64)
fn matmul_nt(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let at = place(group, thread);
  var tile: Tile;
  if (at.row < s.m && at.column < s.n) {
    var p = at.begin;
    if (ALIGNED) {
      let a0 = (s.a_offset + at.row * s.lda) / 4u;
      let a1 = (s.a_offset + min(at.row + 1u, s.m - 1u) * s.lda) / 4u;
      let a2 = (s.a_offset + min(at.row + 2u, s.m - 1u) * s.lda) / 4u;
      let a3 = (s.a_offset + min(at.row + 3u, s.m - 1u) * s.lda) / 4u;
      let b0 = (s.b_offset + at.column * s.ldb) / 4u;
      let b1 = (s.b_offset + min(at.column + 1u, s.n - 1u) * s.ldb) / 4u;
      let b2 = (s.b_offset + min(at.column + 2u, s.n - 1u) * s.ldb) / 4u;
      let b3 = (s.b_offset + min(at.column + 3u, s.n - 1u) * s.ldb) / 4u;
      let b4 = (s.b_offset + min(at.column + 4u, s.n - 1u) * s.ldb) / 4u;
      let b5 = (s.b_offset + min(at.column + 5u, s.n - 1u) * s.ldb) / 4u;
      let b6 = (s.b_offset + min(at.column + 6u, s.n - 1u) * s.ldb) / 4u;
      let b7 = (s.b_offset + min(at.column + 7u, s.n - 1u) * s.ldb) / 4u;
      for (; p + 4u <= at.end; p += 4u) {
        let i = p / 4u;
        let x0 = vec4<f32>(a[a0 + i]);
        let x1 = vec4<f32>(a[a1 + i]);
        let x2 = vec4<f32>(a[a2 + i]);
        let x3 = vec4<f32>(a[a3 + i]);
        let y0 = vec4<f32>(b[b0 + i]);
        let y1 = vec4<f32>(b[b1 + i]);
        let y2 = vec4<f32>(b[b2 + i]);
        let y3 = vec4<f32>(b[b3 + i]);
        tile.l0 += dots(x0, y0, y1, y2, y3);
        tile.l1 += dots(x1, y0, y1, y2, y3);
        tile.l2 += dots(x2, y0, y1, y2, y3);
        tile.l3 += dots(x3, y0, y1, y2, y3);
        let y4 = vec4<f32>(b[b4 + i]);
        let y5 = vec4<f32>(b[b5 + i]);
        let y6 = vec4<f32>(b[b6 + i]);
        let y7 = vec4<f32>(b[b7 + i]);
        tile.r0 += dots(x0, y4, y5, y6, y7);
        tile.r1 += dots(x1, y4, y5, y6, y7);
        tile.r2 += dots(x2, y4, y5, y6, y7);
        tile.r3 += dots(x3, y4, y5, y6, y7);
      }
    }
    tile = add_scalars(tile, at, p, s.lda, 1u, 1u, s.ldb);
  }
  finish(at, thread, tile);
}

@compute @workgroup_size(64)
fn matmul_tn(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let at = place(group, thread);
  var tile: Tile;
  if (at.row < s.m && at.column < s.n) {
    var p = at.begin;
    if (ALIGNED && at.row + 4u <= s.m && at.column + 8u <= s.n) {
      let a_stride = s.lda / 4u;
      let b_stride = s.ldb / 4u;
      var i = (s.a_offset + at.row) / 4u + p * a_stride;
      var j = (s.b_offset + at.column) / 4u + p * b_stride;
      for (; p + 4u <= at.end; p += 4u) {
        let x0 = vec4<f32>(a[i]);
        let x1 = vec4<f32>(a[i + a_stride]);
        let x2 = vec4<f32>(a[i + 2u * a_stride]);
        let x3 = vec4<f32>(a[i + 3u * a_stride]);
        let l0 = vec4<f32>(b[j]);
        let r0 = vec4<f32>(b[j + 1u]);
        let l1 = vec4<f32>(b[j + b_stride]);
        let r1 = vec4<f32>(b[j + b_stride + 1u]);
        let l2 = vec4<f32>(b[j + 2u * b_stride]);
        let r2 = vec4<f32>(b[j + 2u * b_stride + 1u]);
        let l3 = vec4<f32>(b[j + 3u * b_stride]);
        let r3 = vec4<f32>(b[j + 3u * b_stride + 1u]);
        i += 4u * a_stride;
        j += 4u * b_stride;
        tile.l0 = tile.l0 + x0.x * l0 + x1.x * l1 + x2.x * l2 + x3.x * l3;
        tile.r0 = tile.r0 + x0.x * r0 + x1.x * r1 + x2.x * r2 + x3.x * r3;
        tile.l1 = tile.l1 + x0.y * l0 + x1.y * l1 + x2.y * l2 + x3.y * l3;
        tile.r1 = tile.r1 + x0.y * r0 + x1.y * r1 + x2.y * r2 + x3.y * r3;
        tile.l2 = tile.l2 + x0.z * l0 + x1.z * l1 + x2.z * l2 + x3.z * l3;
        tile.r2 = tile.r2 + x0.z * r0 + x1.z * r1 + x2.z * r2 + x3.z * r3;
        tile.l3 = tile.l3 + x0.w * l0 + x1.w * l1 + x2.w * l2 + x3.w * l3;
        tile.r3 = tile.r3 + x0.w * r0 + x1.w * r1 + x2.w * r2 + x3.w * r3;
      }
    }
    tile = add_scalars(tile, at, p, 1u, s.lda, s.ldb, 1u);
  }
  finish(at, thread, tile);
}
