// Whole-sequence kernels for adapters that compute on the CPU, for H a multiple of 4: every tensor is read and written in vectors of
// four units, and all places are counted in those. A kernel's module is its tensors, load(which, at), this, and its own run(x, thread, lane).
//
// A workgroup is one row of 8 threads, which takes 4 * BLOCKS batch rows through all time steps; in each step it goes over the units 32 at a
// time, four to a thread. So what is point-wise needs no other thread, and a step's product sums 16 rows x 4 columns in registers.
// A number of what is multiplied by the weight is read by one lane of a subgroup and handed to the others: on such an adapter each
// lane's every read is a load of its own, as slow as ten multiplications.
//
// Nothing is kept in private memory or workgroup memory from one step to the next, but in the tensors, where it belongs in any case.
// On such an adapter an array whose index is not known when the shader is compiled is as slow as a tensor, and its code takes seconds
// to compile.

// Blocks of four batch rows: 1, 2 or 4.
override BLOCKS: u32 = 4u;

const THREADS = 8u;
// With subgroups of 8 lanes or more, one read brings two blocks of rows; else four lanes bring one.
const WIDE = SUBGROUP_MIN_SIZE >= THREADS;

// Lets the threads read what the others have stored. Where all of them are the lanes of one CPU thread they do in any case, and a barrier
// would cost a third of the speed: a module that has one keeps its variables in memory on llvmpipe.
fn exchange() {
  if (!(WIDE && SUBGROUP_IN_STEP)) { storageBarrier(); }
}

// What a workgroup works on.
struct Extent {
  // Vectors of four in H, and in [B, H].
  quads: u32,
  slot: u32,
  // Batch rows of the workgroup.
  first_row: u32,
  rows: u32,
}

fn extent(group: u32) -> Extent {
  let quads = scalars.hidden_size / 4u;
  let first_row = group * 4u * BLOCKS;
  // In this order, since Mesa writes loops out that it knows to take at most 16 turns, and then compiles for seconds.
  let end_row = min(first_row + 4u * BLOCKS, scalars.batch);
  return Extent(quads, scalars.batch * quads, first_row, end_row - first_row);
}

// What a product multiplies by the weight: a row of `length` vectors for each of the workgroup's batch rows, `stride` apart.
// load(which, at) reads one vector.
struct Input {
  which: u32,
  first: u32,
  stride: u32,
  length: u32,
}

// For each batch row four units: a matrix has four rows' as its columns.
struct Sums {
  b0: mat4x4<f32>,
  b1: mat4x4<f32>,
  b2: mat4x4<f32>,
  b3: mat4x4<f32>,
}

// Adds the input times four columns of the weight, whose rows begin at w_first and are w_stride apart.
fn add_product(sums: ptr<function, Sums>, input: Input, x: Extent, lane: u32, w_first: u32, w_stride: u32) {
  let last = x.rows - 1u;
  var w_at = w_first;
  if (WIDE) {
    let low_row = input.first + min(lane % 8u, last) * input.stride;
    let high_row = input.first + min(lane % 8u + 8u, last) * input.stride;
    for (var p = 0u; p < input.length; p++) {
      let low = load(input.which, low_row + p);
      let high = load(input.which, high_row + p);
      let w = weight_block(w_at, w_stride);
      w_at += 4u * w_stride;
      (*sums).b0 += w * of_low_lanes(low);
      if (BLOCKS > 1u) { (*sums).b1 += w * of_high_lanes(low); }
      if (BLOCKS > 2u) {
        (*sums).b2 += w * of_low_lanes(high);
        (*sums).b3 += w * of_high_lanes(high);
      }
    }
  } else {
    let row0 = input.first + min(lane % 4u, last) * input.stride;
    let row1 = input.first + min(lane % 4u + 4u, last) * input.stride;
    let row2 = input.first + min(lane % 4u + 8u, last) * input.stride;
    let row3 = input.first + min(lane % 4u + 12u, last) * input.stride;
    for (var p = 0u; p < input.length; p++) {
      let w = weight_block(w_at, w_stride);
      w_at += 4u * w_stride;
      (*sums).b0 += w * of_low_lanes(load(input.which, row0 + p));
      if (BLOCKS > 1u) { (*sums).b1 += w * of_low_lanes(load(input.which, row1 + p)); }
      if (BLOCKS > 2u) {
        (*sums).b2 += w * of_low_lanes(load(input.which, row2 + p));
        (*sums).b3 += w * of_low_lanes(load(input.which, row3 + p));
      }
    }
  }
}

fn of_low_lanes(value: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(subgroupBroadcast(value, 0u), subgroupBroadcast(value, 1u), subgroupBroadcast(value, 2u), subgroupBroadcast(value, 3u));
}

fn of_high_lanes(value: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(subgroupBroadcast(value, 4u), subgroupBroadcast(value, 5u), subgroupBroadcast(value, 6u), subgroupBroadcast(value, 7u));
}

// Four rows of the weight, as the columns of a matrix.
fn weight_block(at: u32, stride: u32) -> mat4x4<f32> {
  return mat4x4(
    vec4<f32>(weight[at]), vec4<f32>(weight[at + stride]), vec4<f32>(weight[at + 2u * stride]), vec4<f32>(weight[at + 3u * stride])
  );
}

// The four units of a batch row. An index that is not known beforehand would move the sums into memory.
fn of_row(sums: Sums, row: u32) -> vec4<f32> {
  let quarter = row / 4u;
  let i = row % 4u;
  let b01 = select(column_of(sums.b0, i), column_of(sums.b1, i), quarter == 1u);
  let b23 = select(column_of(sums.b2, i), column_of(sums.b3, i), quarter == 3u);
  return select(b01, b23, quarter >= 2u);
}

fn column_of(c: mat4x4<f32>, i: u32) -> vec4<f32> {
  return select(select(c[0], c[1], i == 1u), select(c[2], c[3], i == 3u), i >= 2u);
}

// The same four units for every batch row.
fn in_all_rows(value: vec4<f32>) -> Sums {
  let four = mat4x4(value, value, value, value);
  return Sums(four, four, four, four);
}

fn sigmoid(x: vec4<f32>) -> vec4<f32> {
  return 1.0 / (1.0 + exp(-clamp(x, vec4(-80.0), vec4(80.0))));
}

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: vec4<f32>) -> vec4<f32> {
  return tanh(clamp(x, vec4(-10.0), vec4(10.0)));
}
