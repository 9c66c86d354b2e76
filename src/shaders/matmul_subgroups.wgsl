// A product whose threads share what they read of A: each sums 16 rows x 4 columns in registers, all of a workgroup the same rows, and
// a number of A is read by one lane of a subgroup and handed to the others. For adapters that compute on the CPU: there each lane's
// every read is a load of its own, as slow as ten multiplications, and handing round costs one instruction.

const WIDTH = 32u;
// Subgroups have 8 lanes or more, so that one read brings two blocks of A; else one of 4 lanes brings one block.
const WIDE = SUBGROUP_MIN_SIZE >= 8u;

fn shared_low(value: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(subgroupBroadcast(value, 0u), subgroupBroadcast(value, 1u), subgroupBroadcast(value, 2u), subgroupBroadcast(value, 3u));
}

fn shared_high(value: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(subgroupBroadcast(value, 4u), subgroupBroadcast(value, 5u), subgroupBroadcast(value, 6u), subgroupBroadcast(value, 7u));
}

// c + b * a for one term: four rows of A, four columns of B.
fn add_term(c: mat4x4<f32>, b: vec4<f32>, a: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(c[0] + a.x * b, c[1] + a.y * b, c[2] + a.z * b, c[3] + a.w * b);
}

// 16 rows x 4 columns of C, and the sums over 16 rows of A.
struct Tile {
  c0: mat4x4<f32>,
  c1: mat4x4<f32>,
  c2: mat4x4<f32>,
  c3: mat4x4<f32>,
  sums: mat4x4<f32>,
}

// A stored [m, k]: four terms at a time, of which a lane reads those of one row. No product of this kind sums over A.
fn sum_by_row(tile: ptr<function, Tile>, row: u32, rows: u32, column: u32, last: u32, lane: u32) {
  let second = is_second(column / WIDTH * WIDTH);
  let i = lane % 4u;
  let own_row = row + lane / 4u % 2u * 4u;
  for (var p = 0u; p < s.k; p += 4u) {
    let b = b_block(second, column, last, p);
    if (WIDE) {
      let a01 = load_a(own_row, rows, p, i);
      let a23 = load_a(own_row + 8u, rows, p, i);
      (*tile).c0 = add_product((*tile).c0, b, shared_low(a01));
      (*tile).c1 = add_product((*tile).c1, b, shared_high(a01));
      (*tile).c2 = add_product((*tile).c2, b, shared_low(a23));
      (*tile).c3 = add_product((*tile).c3, b, shared_high(a23));
    } else {
      (*tile).c0 = add_product((*tile).c0, b, shared_low(load_a(row, rows, p, i)));
      (*tile).c1 = add_product((*tile).c1, b, shared_low(load_a(row + 4u, rows, p, i)));
      (*tile).c2 = add_product((*tile).c2, b, shared_low(load_a(row + 8u, rows, p, i)));
      (*tile).c3 = add_product((*tile).c3, b, shared_low(load_a(row + 12u, rows, p, i)));
    }
  }
}

// A stored [k, m]: two terms at a time, of which a lane reads four rows. (With four the code is twice as long, and no faster.)
fn sum_by_term(tile: ptr<function, Tile>, row: u32, rows: u32, column: u32, last: u32, lane: u32) {
  let second = is_second(column / WIDTH * WIDTH);
  let own_row = row + lane % 4u * 4u;
  let first_column = inner(column, last);
  // Of the lane's rows and, where there are 8 lanes, of its every second term.
  var sums = vec4<f32>();
  for (var p = 0u; p < s.k; p += 2u) {
    let next = p + 1u < s.k;
    let b = read_b_pair(second, p, select(p, p + 1u, next), first_column);
    // Zero over the end. The first never is: Mesa's code for numbers that come out of a selection is shorter.
    let b0 = select(vec4<f32>(), b[0], p < s.k);
    let b1 = select(vec4<f32>(), b[1], next);
    var a0: mat4x4<f32>;
    var a1: mat4x4<f32>;
    if (WIDE) {
      let own = load_a(own_row, rows, p, lane / 4u % 2u);
      a0 = shared_low(own);
      a1 = shared_high(own);
      if (SUMS) { sums += own; }
    } else {
      let first = load_a(own_row, rows, p, 0u);
      let next = load_a(own_row, rows, p, 1u);
      a0 = shared_low(first);
      a1 = shared_low(next);
      if (SUMS) { sums += first + next; }
    }
    (*tile).c0 = add_term(add_term((*tile).c0, b0, a0[0]), b1, a1[0]);
    (*tile).c1 = add_term(add_term((*tile).c1, b0, a0[1]), b1, a1[1]);
    (*tile).c2 = add_term(add_term((*tile).c2, b0, a0[2]), b1, a1[2]);
    (*tile).c3 = add_term(add_term((*tile).c3, b0, a0[3]), b1, a1[3]);
  }
  if (SUMS) {
    (*tile).sums = shared_low(sums);
    if (WIDE) { (*tile).sums += shared_high(sums); }
  }
}

// A workgroup is a row of 8 threads.
fn product(group: vec3<u32>, thread: u32, lane: u32) {
  let column = group.x * WIDTH + thread * 4u;
  let row = group.y * 16u;
  let rows = row_count(group.x * WIDTH);
  if (row >= rows) { return; }
  let last = last_column(column);
  let first = start(column);
  let four = mat4x4(first, first, first, first);
  var tile = Tile(four, four, four, four, mat4x4<f32>());
  if (A_BY_TERM) { sum_by_term(&tile, row, rows, column, last, lane); } else { sum_by_row(&tile, row, rows, column, last, lane); }
  // Loops, since the code of a store is long on these adapters. Ends are given as places: Mesa writes loops out that it knows to take at
  // most 16 turns.
  let end_row = min(row + 16u, rows);
  let end_column = min(column + 4u, last + 1u);
  for (var i = row; i < end_row; i++) {
    let j = (i - row) % 4u;
    let quarter = (i - row) / 4u;
    let c01 = select(column_of(tile.c0, j), column_of(tile.c1, j), quarter == 1u);
    let c23 = select(column_of(tile.c2, j), column_of(tile.c3, j), quarter == 3u);
    let numbers = select(c01, c23, quarter >= 2u);
    for (var at = column; at < end_column; at++) { store(i, at, component_of(numbers, at - column)); }
    if (SUMS) { store_sum(i, column, component_of(column_of(tile.sums, quarter), j)); }
  }
}
