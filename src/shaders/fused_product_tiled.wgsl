// The product of a fused step kernel, for real GPUs; see fused_product.wgsl for what the kernel's own source defines.
//
// A workgroup of 256 threads has 16 quads, for 64 / SPLIT rows. It goes through k in slices whose input and weights it first brings
// into workgroup memory. A thread sums 4 rows of a quad. Where there are few columns, k is cut into SPLIT parts, each of which has a
// share of the threads; the parts are added up in their order.

// Parts of k: 1 or 4.
override SPLIT: u32 = 1u;
// Length of a slice of k, a multiple of 4.
override SLICE: u32 = 16u;
override INPUT_VECTORS: u32 = 256u;
override WEIGHT_COLUMNS: u32 = 256u;
override PARTIAL_COLUMNS: u32 = 1u;
const THREADS = 256u;
const QUADS = 16u;

// [SPLIT, rows, SLICE / 4]: four neighbouring k in a vector.
var<workgroup> input_slice: array<vec4<f32>, INPUT_VECTORS>;
// [SPLIT, SLICE, QUADS]
var<workgroup> weight_slice: array<Columns, WEIGHT_COLUMNS>;
// [SPLIT, threads of a part]: one row of each thread's sums.
var<workgroup> partial: array<Columns, PARTIAL_COLUMNS>;

struct Sums {
  r0: Columns,
  r1: Columns,
  r2: Columns,
  r3: Columns,
}

// Four numbers of one row of the input, those from `end` on as zeros.
fn input_four(source: u32, row: u32, k: u32, end: u32) -> vec4<f32> {
  var x = vec4<f32>();
  if (row >= s.batch) { return x; }
  let at = input_row(source, row) + k;
  if (k < end) { x.x = input_at(source, at); }
  if (k + 1u < end) { x.y = input_at(source, at + 1u); }
  if (k + 2u < end) { x.z = input_at(source, at + 2u); }
  if (k + 3u < end) { x.w = input_at(source, at + 3u); }
  return x;
}

// All threads of a workgroup come here together and pass the same barriers.
fn add_source(source: u32, group: vec3<u32>, thread: u32, before: Sums) -> Sums {
  var sums = before;
  let per_part = THREADS / SPLIT;
  let rows = per_part / QUADS * 4u;
  let part = thread / per_part;
  let own = thread % per_part;
  let fours = SLICE / 4u;
  let length = (depth(source) + 4u * SPLIT - 1u) / (4u * SPLIT) * 4u;
  let begin = part * length;
  let end = min(begin + length, depth(source));
  let inputs = (part * rows + own / QUADS * 4u) * fours;
  let weights = part * SLICE * QUADS + own % QUADS;
  for (var done = 0u; done < length; done += SLICE) {
    let first = begin + done;
    workgroupBarrier();
    for (var i = own; i < rows * fours; i += per_part) {
      input_slice[part * rows * fours + i] = input_four(source, group.y * rows + i / fours, first + i % fours * 4u, end);
    }
    for (var i = own; i < SLICE * QUADS; i += per_part) {
      let quad = group.x * QUADS + i % QUADS;
      // Past the end the input is zero, and the weights only have to be finite.
      let k = first_row(source) + min(first + i / QUADS, depth(source) - 1u);
      weight_slice[part * SLICE * QUADS + i] = columns_of(vec4<f32>(weight[(quad / 2u * panel_length() + k) * 2u + quad % 2u]));
    }
    workgroupBarrier();
    for (var q = 0u; q < fours; q++) {
      let w0 = weight_slice[weights + q * 4u * QUADS];
      let w1 = weight_slice[weights + (q * 4u + 1u) * QUADS];
      let w2 = weight_slice[weights + (q * 4u + 2u) * QUADS];
      let w3 = weight_slice[weights + (q * 4u + 3u) * QUADS];
      let x0 = input_slice[inputs + q];
      let x1 = input_slice[inputs + fours + q];
      let x2 = input_slice[inputs + 2u * fours + q];
      let x3 = input_slice[inputs + 3u * fours + q];
      sums.r0 = sums.r0 + x0.x * w0 + x0.y * w1 + x0.z * w2 + x0.w * w3;
      sums.r1 = sums.r1 + x1.x * w0 + x1.y * w1 + x1.z * w2 + x1.w * w3;
      sums.r2 = sums.r2 + x2.x * w0 + x2.y * w1 + x2.z * w2 + x2.w * w3;
      sums.r3 = sums.r3 + x3.x * w0 + x3.y * w1 + x3.z * w2 + x3.w * w3;
    }
  }
  return sums;
}

// Row i of all threads: the parts' sums are added by the threads of part i.
fn finish_row(i: u32, row: u32, quad: u32, thread: u32, sum: Columns) {
  if (SPLIT == 1u) {
    if (row < s.batch) { finish(row, quad, sum); }
  } else {
    let per_part = THREADS / SPLIT;
    workgroupBarrier();
    partial[thread] = sum;
    workgroupBarrier();
    if (thread / per_part == i) {
      let own = thread % per_part;
      var total = partial[own];
      for (var part = 1u; part < SPLIT; part++) { total += partial[part * per_part + own]; }
      if (row < s.batch) { finish(row, quad, total); }
    }
  }
}

fn fused(group: vec3<u32>, thread: u32) {
  var sums: Sums;
  sums = add_source(0u, group, thread, sums);
  if (SOURCES > 1u) { sums = add_source(1u, group, thread, sums); }
  let per_part = THREADS / SPLIT;
  let own = thread % per_part;
  let quad = group.x * QUADS + own % QUADS;
  let row = (group.y * (per_part / QUADS) + own / QUADS) * 4u;
  finish_row(0u, row, quad, thread, sums.r0);
  finish_row(1u, row + 1u, quad, thread, sums.r1);
  finish_row(2u, row + 2u, quad, thread, sums.r2);
  finish_row(3u, row + 3u, quad, thread, sums.r3);
}

