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

// A workgroup is a row of 8 threads.
fn product(group: vec3<u32>, thread: u32, lane: u32) {
  let column = group.x * WIDTH + thread * 4u;
  let row = group.y * 16u;
  let rows = row_count(group.x * WIDTH);
  if (row >= rows) { return; }
  let last = last_column(column);
  let second = is_second(group.x * WIDTH);
  let i = lane % 4u;
  let own_row = row + lane / 4u % 2u * 4u;
  let first = start(column);
  var c0 = mat4x4(first, first, first, first);
  var c1 = c0;
  var c2 = c0;
  var c3 = c0;
  // Of each row of A; while summing, of every fourth term.
  var sums = mat4x4<f32>();
  for (var p = 0u; p < s.k; p += 4u) {
    let b = b_block(second, column, last, p);
    if (WIDE) {
      let a01 = load_a(own_row, rows, p, i);
      let a23 = load_a(own_row + 8u, rows, p, i);
      c0 = add_product(c0, b, a_block(shared_low(a01)));
      c1 = add_product(c1, b, a_block(shared_high(a01)));
      c2 = add_product(c2, b, a_block(shared_low(a23)));
      c3 = add_product(c3, b, a_block(shared_high(a23)));
      if (SUMS) { sums += mat4x4(a01, a23, vec4<f32>(), vec4<f32>()); }
    } else {
      let a0 = load_a(row, rows, p, i);
      let a1 = load_a(row + 4u, rows, p, i);
      let a2 = load_a(row + 8u, rows, p, i);
      let a3 = load_a(row + 12u, rows, p, i);
      c0 = add_product(c0, b, a_block(shared_low(a0)));
      c1 = add_product(c1, b, a_block(shared_low(a1)));
      c2 = add_product(c2, b, a_block(shared_low(a2)));
      c3 = add_product(c3, b, a_block(shared_low(a3)));
      if (SUMS) { sums += mat4x4(a0, a1, a2, a3); }
    }
  }
  if (SUMS) {
    if (WIDE) {
      sums = mat4x4(
        sum_of(shared_low(sums[0])),
        sum_of(shared_high(sums[0])),
        sum_of(shared_low(sums[1])),
        sum_of(shared_high(sums[1]))
      );
    } else {
      sums = mat4x4(
        sum_of(shared_low(sums[0])),
        sum_of(shared_low(sums[1])),
        sum_of(shared_low(sums[2])),
        sum_of(shared_low(sums[3]))
      );
    }
  }
  // A loop, since the code of a store is long on these adapters, and takes longer to compile than all of the above.
  for (var j = 0u; j < min(rows - row, 16u); j++) {
    let quarter = j / 4u;
    let c01 = select(column_of(c0, j % 4u), column_of(c1, j % 4u), quarter == 1u);
    let c23 = select(column_of(c2, j % 4u), column_of(c3, j % 4u), quarter == 3u);
    store_row(row + j, column, select(c01, c23, quarter >= 2u));
    if (SUMS) { store_sum(row + j, column, component_of(column_of(sums, quarter), j % 4u)); }
  }
}
