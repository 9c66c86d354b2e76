// What all forms of a product share: A and B read in blocks of four by four, four terms at a time.
//
// A block of A is a matrix whose columns are four rows of A, one of B a matrix whose columns are four rows of B; so the block
// of C that has C's rows as columns grows by b * a. Rows and columns over the edge are read from a place inside and not
// stored; terms over the end are zero in A, and in B where it is stored by columns. Where it is stored by rows its last row stands in for those over
// the end: what is finite there adds nothing.
//
// What comes before this file says what is read: A_BY_TERM (A is stored [k, m], else [m, k]) and b_by_column() (B is stored
// [n, k], else [k, n]); read_a and read_b, which return the four numbers from a row and column of what is stored, and read_b_pair, of two rows;
// is_second(column), where a kernel has two products, whether the column is of the second, which read_b is told; and of that product
// row_count(column) and last_column(column).

// Four from `first` on, moved so that the first of them is not after `last`.
fn inner(first: u32, last: u32) -> u32 {
  return min(first, last & ~3u);
}

// Of the numbers of terms p to p + 3 those that exist.
fn existing(value: vec4<f32>, p: u32) -> vec4<f32> {
  return select(vec4<f32>(), value, vec4(p, p + 1u, p + 2u, p + 3u) < vec4(s.k));
}

// The four rows from `row` on of term p + i; where A is stored by rows, the four terms from p on of row `row` + i.
fn load_a(row: u32, rows: u32, p: u32, i: u32) -> vec4<f32> {
  if (!A_BY_TERM) { return existing(read_a(min(row + i, rows - 1u), inner(p, s.k - 1u)), p); }
  return select(vec4<f32>(), read_a(min(p + i, s.k - 1u), inner(row, rows - 1u)), p + i < s.k);
}

// What load_a returns for four i, as a block of A.
fn a_block(values: mat4x4<f32>) -> mat4x4<f32> {
  if (A_BY_TERM) { return transpose(values); }
  return values;
}

// Terms p to p + 3 of the four columns from `column` on.
fn b_block(second: bool, column: u32, last: u32, p: u32) -> mat4x4<f32> {
  let by_column = b_by_column();
  let first_row = select(p, column, by_column);
  let last_row = select(s.k - 1u, last, by_column);
  let first = select(inner(column, last), inner(p, s.k - 1u), by_column);
  let exist = vec4(p, p + 1u, p + 2u, p + 3u) < vec4(select(0xffffffffu, s.k, by_column));
  let zero = vec4<f32>();
  let values = mat4x4(
    select(zero, read_b(second, min(first_row, last_row), first), exist),
    select(zero, read_b(second, min(first_row + 1u, last_row), first), exist),
    select(zero, read_b(second, min(first_row + 2u, last_row), first), exist),
    select(zero, read_b(second, min(first_row + 3u, last_row), first), exist)
  );
  let turned = transpose(values);
  return mat4x4(
    select(values[0], turned[0], by_column), select(values[1], turned[1], by_column),
    select(values[2], turned[2], by_column), select(values[3], turned[3], by_column)
  );
}

// c + b * a, each term a multiplication and an addition to the sum so far.
fn add_product(c: mat4x4<f32>, b: mat4x4<f32>, a: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4(
    c[0] + a[0].x * b[0] + a[0].y * b[1] + a[0].z * b[2] + a[0].w * b[3],
    c[1] + a[1].x * b[0] + a[1].y * b[1] + a[1].z * b[2] + a[1].w * b[3],
    c[2] + a[2].x * b[0] + a[2].y * b[1] + a[2].z * b[2] + a[2].w * b[3],
    c[3] + a[3].x * b[0] + a[3].y * b[1] + a[3].z * b[2] + a[3].w * b[3]
  );
}

fn sum_of(values: mat4x4<f32>) -> vec4<f32> {
  return (values[0] + values[1]) + (values[2] + values[3]);
}

// Column i of a matrix, and component i of a vector. An index that is not known beforehand would move them into memory.
fn column_of(c: mat4x4<f32>, i: u32) -> vec4<f32> {
  return select(select(c[0], c[1], i == 1u), select(c[2], c[3], i == 3u), i >= 2u);
}

fn component_of(c: vec4<f32>, i: u32) -> f32 {
  return select(select(c.x, c.y, i == 1u), select(c.z, c.w, i == 3u), i >= 2u);
}

// Of four columns from `column` on of one row of C those that exist.
fn store_row(row: u32, column: u32, value: vec4<f32>) {
  let last = last_column(column);
  if (column <= last) { store(row, column, value.x); }
  if (column + 1u <= last) { store(row, column + 1u, value.y); }
  if (column + 2u <= last) { store(row, column + 2u, value.z); }
  if (column + 3u <= last) { store(row, column + 3u, value.w); }
}
