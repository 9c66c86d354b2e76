// Whole-sequence kernels for adapters that compute on the CPU, for H a multiple of 4: every tensor is read and written in vectors of
// four units, and all places are counted in those. A kernel's module is its tensors, this, and its own run(extent, thread, lane, lanes).
//
// A workgroup is one row of 8 threads, which takes 4 * BLOCKS batch rows through all time steps; in each step it goes over the units 32 at a
// time, four to a thread. So what is point-wise needs no other thread, and a step's product sums 16 rows x 4 columns in registers.
// A number of what is multiplied by the weight is read by one lane of a subgroup and handed to the others: on such an adapter each
// lane's every read is a load of its own, as slow as ten multiplications, and a barrier between many threads is as slow.
//
// load(which, at) gives four of those numbers.

// Blocks of four batch rows: 1, 2 or 4.
override BLOCKS: u32 = 4u;

const THREADS = 8u;
const ROWS = 16u;

// Vectors of four in H and in [B, H], and the batch rows of a workgroup.
struct Extent {
  quads: u32,
  slot: u32,
  first_row: u32,
  rows: u32,
}

fn extent(group: u32) -> Extent {
  let quads = scalars.hidden_size / 4u;
  let first_row = group * 4u * BLOCKS;
  return Extent(quads, scalars.batch * quads, first_row, min(4u * BLOCKS, scalars.batch - first_row));
}

// For each batch row four units: a matrix has four rows' as its columns.
struct Sums {
  b0: mat4x4<f32>,
  b1: mat4x4<f32>,
  b2: mat4x4<f32>,
  b3: mat4x4<f32>,
}

// A thread's place in the subgroup, and the size of that.
struct Lane {
  index: u32,
  count: u32,
}

fn shared_low(value: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(subgroupBroadcast(value, 0u), subgroupBroadcast(value, 1u), subgroupBroadcast(value, 2u), subgroupBroadcast(value, 3u));
}

fn shared_high(value: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(subgroupBroadcast(value, 4u), subgroupBroadcast(value, 5u), subgroupBroadcast(value, 6u), subgroupBroadcast(value, 7u));
}

// Adds the vectors of `rows` batch rows, of `length` vectors of four, `stride` apart, times the weight, whose row p begins at w_first + p * w_stride.
fn add_product(
  sums: ptr<function, Sums>, which: u32, first: u32, stride: u32, rows: u32, length: u32, w_first: u32, w_stride: u32, lane: u32, lanes: u32
) {
  let i = lane % 4u;
  let last = rows - 1u;
  var w_at = w_first;
  // With 8 lanes and more, one read brings two blocks of rows.
  if (lanes >= 8u) {
    let half = lane / 4u % 2u * 4u;
    let start0 = first + min(i + half, last) * stride;
    let start2 = first + min(i + half + 8u, last) * stride;
    for (var p = 0u; p < length; p++) {
      let w = weight_block(w_at, w_stride);
      w_at += 4u * w_stride;
      let low = load(which, start0 + p);
      (*sums).b0 += w * shared_low(low);
      if (BLOCKS > 1u) { (*sums).b1 += w * shared_high(low); }
      if (BLOCKS > 2u) {
        let high = load(which, start2 + p);
        (*sums).b2 += w * shared_low(high);
        (*sums).b3 += w * shared_high(high);
      }
    }
  } else {
    let start0 = first + min(i, last) * stride;
    let start1 = first + min(i + 4u, last) * stride;
    let start2 = first + min(i + 8u, last) * stride;
    let start3 = first + min(i + 12u, last) * stride;
    for (var p = 0u; p < length; p++) {
      let w = weight_block(w_at, w_stride);
      w_at += 4u * w_stride;
      (*sums).b0 += w * shared_low(load(which, start0 + p));
      if (BLOCKS > 1u) { (*sums).b1 += w * shared_low(load(which, start1 + p)); }
      if (BLOCKS > 2u) {
        (*sums).b2 += w * shared_low(load(which, start2 + p));
        (*sums).b3 += w * shared_low(load(which, start3 + p));
      }
    }
  }
}

// Four rows of the weight, as the columns of a matrix.
fn weight_block(at: u32, stride: u32) -> mat4x4<f32> {
  return mat4x4(
    vec4<f32>(weight[at]), vec4<f32>(weight[at + stride]), vec4<f32>(weight[at + 2u * stride]), vec4<f32>(weight[at + 3u * stride])
  );
}

// The sums by batch row.
fn by_row(sums: Sums) -> array<vec4<f32>, ROWS> {
  return array(
    sums.b0[0], sums.b0[1], sums.b0[2], sums.b0[3], sums.b1[0], sums.b1[1], sums.b1[2], sums.b1[3],
    sums.b2[0], sums.b2[1], sums.b2[2], sums.b2[3], sums.b3[0], sums.b3[1], sums.b3[2], sums.b3[3]
  );
}

fn sigmoid(x: vec4<f32>) -> vec4<f32> {
  return 1.0 / (1.0 + exp(-clamp(x, vec4(-80.0), vec4(80.0))));
}

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: vec4<f32>) -> vec4<f32> {
  return tanh(clamp(x, vec4(-10.0), vec4(10.0)));
}
