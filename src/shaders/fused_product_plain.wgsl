// Each thread reads every number of the input that it needs, up to 16 rows of them. See fused_product.wgsl.

fn four_inputs(source: u32, k: u32, rows: vec4<u32>) -> vec4<f32> {
  return vec4(input_at(source, rows.x + k), input_at(source, rows.y + k), input_at(source, rows.z + k), input_at(source, rows.w + k));
}

fn four(x: vec4<f32>, w: Columns) -> Four {
  return Four(x.x * w, x.y * w, x.z * w, x.w * w);
}

// Where four rows of the input begin; those past the batch are its last.
fn input_rows(source: u32, row: u32) -> vec4<u32> {
  let last = s.batch - 1u;
  return vec4(
    input_row(source, min(row, last)),
    input_row(source, min(row + 1u, last)),
    input_row(source, min(row + 2u, last)),
    input_row(source, min(row + 3u, last)),
  );
}

fn add_source(source: u32, row: u32, quad: u32, lane: u32, before: Sums) -> Sums {
  var sums = before;
  let i0 = input_rows(source, row);
  let i1 = input_rows(source, row + 4u);
  let i2 = input_rows(source, row + 8u);
  let i3 = input_rows(source, row + 12u);
  var at = (quad / 2u * panel_length() + first_row(source)) * 2u + quad % 2u;
  let end = depth(source);
  for (var k = 0u; k < end; k++) {
    let w = columns_of(vec4<f32>(weight[at]));
    at += 2u;
    let x0 = four_inputs(source, k, i0);
    var x1: vec4<f32>;
    var x2: vec4<f32>;
    var x3: vec4<f32>;
    if (ROWS > 4u) { x1 = four_inputs(source, k, i1); }
    if (ROWS > 8u) {
      x2 = four_inputs(source, k, i2);
      x3 = four_inputs(source, k, i3);
    }
    sums.m0 += four(x0, w);
    if (ROWS > 4u) { sums.m1 += four(x1, w); }
    if (ROWS > 8u) {
      sums.m2 += four(x2, w);
      sums.m3 += four(x3, w);
    }
  }
  return sums;
}

