// A product whose threads know nothing of each other: each sums 8 rows x 4 columns in registers. For adapters that compute on the
// CPU, where a barrier costs more than the reads that it saves.

const WIDTH = 32u;

fn a_values(row: u32, rows: u32, p: u32) -> mat4x4<f32> {
  return mat4x4(load_a(row, rows, p, 0u), load_a(row, rows, p, 1u), load_a(row, rows, p, 2u), load_a(row, rows, p, 3u));
}

// A workgroup's threads stand in 4 rows of 8.
fn product(group: vec3<u32>, thread: u32) {
  let column = group.x * WIDTH + thread % 8u * 4u;
  let row = (group.y * 4u + thread / 8u) * 8u;
  let rows = row_count(column);
  if (row >= rows) { return; }
  let last = last_column(column);
  let second = is_second(column);
  let first = start(column);
  var c0 = mat4x4(first, first, first, first);
  var c1 = c0;
  var sums0 = vec4<f32>();
  var sums1 = vec4<f32>();
  for (var p = 0u; p < s.k; p += 4u) {
    let b = b_block(second, column, last, p);
    let a0 = a_values(row, rows, p);
    c0 = add_product(c0, b, a_block(a0));
    let a1 = a_values(row + 4u, rows, p);
    c1 = add_product(c1, b, a_block(a1));
    if (SUMS) {
      sums0 += sum_of(a0);
      sums1 += sum_of(a1);
    }
  }
  // A loop, since the code of a store is long on these adapters, and takes longer to compile than all of the above.
  for (var j = 0u; j < min(rows - row, 8u); j++) {
    store_row(row + j, column, select(column_of(c0, j % 4u), column_of(c1, j % 4u), j >= 4u));
    if (SUMS) { store_sum(row + j, column, component_of(select(sums0, sums1, j >= 4u), j % 4u)); }
  }
}
