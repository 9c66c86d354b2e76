// What the forms of a fused step kernel for adapters that compute on the CPU share. One of their products goes before it
// (fused_product_plain.wgsl, fused_product_subgroups.wgsl); the kernel's own source follows, and says with the names given here what is
// multiplied and what is made of the sums.
//
//   sums[row, column] = over each source: sum_k input[row, k] weight[k, column]
//
// A thread has a quad, four neighbouring columns of a panel of 8 (fused_pack.wgsl), chosen so that all gates of a unit are one quad: what
// follows the product then needs no other thread. It sums ROWS rows. Nothing waits and nothing is stored between: on CPU adapters a
// barrier costs more than the reads that it saves.
//
// The kernel's own source defines
//   s                            scalars, with batch and hidden_size
//   weight                       array<vec4<real>>, panels [k][8]
//   alias Columns, alias Four    of the quad, those that are used: vec2 to vec4; and four rows of them, mat4x2 to mat4x4
//   columns_of(quad) -> Columns
//   panel_length() -> u32        rows of a panel
//   const SOURCES                inputs whose products are added up: 1 or 2
//   depth(source) -> u32         length of the sums; 0: nothing to add
//   first_row(source) -> u32     of the panel's rows, those from this one on
//   input_row(source, row) -> u32, input_at(source, at) -> f32
//                                where a row of an input begins, and the number at a place
//   finish(row, quad, sums)      for each row of the batch, and also for quads beyond the last

// Rows of a thread: 4, 8 or 16. All of them read each weight once.
override ROWS: u32 = 16u;
const THREADS = 8u;

struct Sums {
  m0: Four,
  m1: Four,
  m2: Four,
  m3: Four,
}

// `lane` is the thread's in its subgroup; not used where nothing is handed round.
fn fused(group: vec3<u32>, thread: u32, lane: u32) {
  let quad = group.x * THREADS + thread;
  let row = group.y * ROWS;
  var sums: Sums;
  sums = add_source(0u, row, quad, lane, sums);
  if (SOURCES > 1u) { sums = add_source(1u, row, quad, lane, sums); }
  // What follows the product is long, so it is written out once: some drivers take seconds to compile it for each row.
  var rows = array<Four, 4>(sums.m0, sums.m1, sums.m2, sums.m3);
  for (var i = 0u; i < min(ROWS, s.batch - row); i++) { finish(row + i, quad, rows[i / 4u][i % 4u]); }
}

