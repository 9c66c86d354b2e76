// A product whose workgroups hold tiles of A and B in workgroup memory, so that a number is read from memory once for a whole row or
// column of threads: for real GPUs.
//
// A workgroup computes a square of 4 SIDE rows and columns, a thread a block of 4 x 4 of it. Where sums are long and squares few,
// PARTS threads share a block: part q sums terms q, q + PARTS, ... counted in depths of 2 SIDE terms, and in the end the parts are
// added up in their order. With depths of that length each thread reads one block of 4 x 4 of either A or B, while the one read
// before is multiplied.

// Powers of two. SIDE * SIDE * PARTS is at most 256, for which the tiles take 16 KiB.
override SIDE: u32 = 16u;
override PARTS: u32 = 1u;
override WIDTH: u32 = 4u * SIDE;
override THREADS: u32 = SIDE * SIDE * PARTS;

// For each part, 2 SIDE terms of SIDE vectors of four rows of A; after those of all parts, the same of columns of B.
// In the end, the four rows of every thread's block.
var<workgroup> tiles: array<vec4<f32>, 4u * THREADS>;

// Where in a tile vector i of a term is. The four terms of a block are moved by the same number, so that neither writing
// blocks nor reading terms has threads meet in a bank of the memory.
fn place(term: u32, i: u32) -> u32 {
  return term * SIDE + (i ^ (term / 4u));
}

// One block, as terms.
fn load(loads_a: bool, second: bool, row: u32, rows: u32, column: u32, last: u32, p: u32) -> mat4x4<f32> {
  if (!loads_a) { return b_block(second, column, last, p); }
  let a = mat4x4(load_a(row, rows, p, 0u), load_a(row, rows, p, 1u), load_a(row, rows, p, 2u), load_a(row, rows, p, 3u));
  if (A_BY_TERM) { return a; }
  return transpose(a);
}

fn product(group: vec3<u32>, thread: u32) {
  let corner = group.xy * WIDTH;
  let rows = row_count(corner.x);
  if (corner.y >= rows) { return; }
  let second = is_second(corner.x);
  let last = last_column(corner.x);
  let part = thread / (SIDE * SIDE);
  let own = thread % (SIDE * SIDE);

  // What this thread reads: neighbours read neighbouring numbers.
  let half = SIDE * SIDE / 2u;
  let loads_a = own < half;
  let along_terms = select(b_by_column(), !A_BY_TERM, loads_a);
  let nth = own % half;
  let group_of_terms = select(nth / SIDE, nth % (SIDE / 2u), along_terms);
  let group_of_four = select(nth % SIDE, nth / (SIDE / 2u), along_terms);
  let load_row = corner.y + 4u * group_of_four;
  let load_column = corner.x + 4u * group_of_four;
  let a_tile = part * 2u * SIDE * SIDE;
  let b_tile = a_tile + 2u * THREADS;
  let load_tile = select(b_tile, a_tile, loads_a);

  // What it computes.
  let x = own % SIDE;
  let y = own / SIDE;
  let row = corner.y + 4u * y;
  let column = corner.x + 4u * x;
  var c0 = vec4<f32>();
  if (part == 0u) { c0 = start(column); }
  var c1 = c0;
  var c2 = c0;
  var c3 = c0;
  var sums = vec4<f32>();

  var p = (part * SIDE / 2u + group_of_terms) * 4u;
  var loaded = load(loads_a, second, load_row, rows, load_column, last, p);
  for (var begin = 0u; begin < s.k; begin += 2u * SIDE * PARTS) {
    let term = 4u * group_of_terms;
    tiles[load_tile + place(term, group_of_four)] = loaded[0];
    tiles[load_tile + place(term + 1u, group_of_four)] = loaded[1];
    tiles[load_tile + place(term + 2u, group_of_four)] = loaded[2];
    tiles[load_tile + place(term + 3u, group_of_four)] = loaded[3];
    if (SUMS) { sums += sum_of(loaded); }
    workgroupBarrier();
    p += 2u * SIDE * PARTS;
    loaded = load(loads_a, second, load_row, rows, load_column, last, p);
    for (var t = 0u; t < 2u * SIDE; t += 4u) {
      let a = a_tile + place(t, y);
      let b = b_tile + place(t, x);
      let a0 = tiles[a];
      let b0 = tiles[b];
      c0 += a0.x * b0;
      c1 += a0.y * b0;
      c2 += a0.z * b0;
      c3 += a0.w * b0;
      let a1 = tiles[a + SIDE];
      let b1 = tiles[b + SIDE];
      c0 += a1.x * b1;
      c1 += a1.y * b1;
      c2 += a1.z * b1;
      c3 += a1.w * b1;
      let a2 = tiles[a + 2u * SIDE];
      let b2 = tiles[b + 2u * SIDE];
      c0 += a2.x * b2;
      c1 += a2.y * b2;
      c2 += a2.z * b2;
      c3 += a2.w * b2;
      let a3 = tiles[a + 3u * SIDE];
      let b3 = tiles[b + 3u * SIDE];
      c0 += a3.x * b3;
      c1 += a3.y * b3;
      c2 += a3.z * b3;
      c3 += a3.w * b3;
    }
    workgroupBarrier();
  }

  tiles[thread] = c0;
  tiles[THREADS + thread] = c1;
  tiles[2u * THREADS + thread] = c2;
  tiles[3u * THREADS + thread] = c3;
  workgroupBarrier();
  for (var i = part; i < 4u && row + i < rows; i += PARTS) {
    var value = tiles[i * THREADS + own];
    for (var q = 1u; q < PARTS; q++) {
      value += tiles[i * THREADS + q * SIDE * SIDE + own];
    }
    store_row(row + i, column, value);
  }
  if (SUMS) {
    // Of what all workgroups of these rows have summed the first stores it; the threads that read the same rows of A, in their order.
    workgroupBarrier();
    tiles[thread] = sums;
    workgroupBarrier();
    if (corner.x == 0u && thread < SIDE) {
      var sum = vec4<f32>();
      for (var q = 0u; q < PARTS; q++) {
        for (var i = 0u; i < SIDE / 2u; i++) {
          sum += tiles[q * SIDE * SIDE + i * SIDE + thread];
        }
      }
      for (var i = 0u; i < 4u && corner.y + 4u * thread + i < rows; i++) {
        store_sum(corner.y + 4u * thread + i, 0u, component_of(sum, i));
      }
    }
  }
}
