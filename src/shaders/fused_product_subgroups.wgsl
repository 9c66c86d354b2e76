// All threads of a workgroup need the same rows of the input, so each number is read by one lane of a subgroup and handed to the others.
// On CPU adapters each lane's every read is a load of its own, as slow as ten multiplications, and handing round costs one instruction.
// What two steps of k read comes before all that they add: between two reads the sums would be written out and read again.
// See fused_product.wgsl.

// A read of a subgroup brings so many rows, one to a lane.
const DISTANCE = select(4u, 8u, SUBGROUP_MIN_SIZE >= 8u);
const EIGHTS = DISTANCE == 8u;

fn low(x: f32, w: Columns) -> Four {
  return Four(subgroupBroadcast(x, 0u) * w, subgroupBroadcast(x, 1u) * w, subgroupBroadcast(x, 2u) * w, subgroupBroadcast(x, 3u) * w);
}

fn high(x: f32, w: Columns) -> Four {
  return Four(subgroupBroadcast(x, 4u) * w, subgroupBroadcast(x, 5u) * w, subgroupBroadcast(x, 6u) * w, subgroupBroadcast(x, 7u) * w);
}

// Where the input of this lane's rows begins; of rows past the batch, that of the last.
fn own_rows(source: u32, row: u32) -> vec4<u32> {
  let last = s.batch - 1u;
  return vec4(
    input_row(source, min(row, last)),
    input_row(source, min(row + DISTANCE, last)),
    input_row(source, min(row + 2u * DISTANCE, last)),
    input_row(source, min(row + 3u * DISTANCE, last)),
  );
}

fn read_rows(source: u32, rows: vec4<u32>, count: u32, k: u32) -> vec4<f32> {
  var x: vec4<f32>;
  x.x = input_at(source, rows.x + k);
  if (count > 1u) { x.y = input_at(source, rows.y + k); }
  if (count > 2u) {
    x.z = input_at(source, rows.z + k);
    x.w = input_at(source, rows.w + k);
  }
  return x;
}

// One step of k.
fn add_step(before: Sums, x: vec4<f32>, w: Columns) -> Sums {
  var sums = before;
  sums.m0 += low(x.x, w);
  if (EIGHTS) {
    if (ROWS > 4u) { sums.m1 += high(x.x, w); }
    if (ROWS > 8u) {
      sums.m2 += low(x.y, w);
      sums.m3 += high(x.y, w);
    }
  } else {
    if (ROWS > 4u) { sums.m1 += low(x.y, w); }
    if (ROWS > 8u) {
      sums.m2 += low(x.z, w);
      sums.m3 += low(x.w, w);
    }
  }
  return sums;
}

fn add_source(source: u32, row: u32, quad: u32, lane: u32, before: Sums) -> Sums {
  var sums = before;
  var at = (quad / 2u * panel_length() + first_row(source)) * 2u + quad % 2u;
  let end = depth(source);
  let rows = own_rows(source, row + lane % DISTANCE);
  let count = ROWS / DISTANCE;
  for (var k = 0u; k < end; k += 2u) {
    // Of an odd length the last step is taken twice, once with weight zero.
    let next = min(k + 1u, end - 1u);
    let w0 = columns_of(vec4<f32>(weight[at]));
    let w1 = select(Columns(), columns_of(vec4<f32>(weight[at + 2u])), next != k);
    let x0 = read_rows(source, rows, count, k);
    let x1 = read_rows(source, rows, count, next);
    at += 4u;
    sums = add_step(sums, x0, w0);
    sums = add_step(sums, x1, w1);
  }
  return sums;
}
