// What the whole-sequence kernels of the GRU share; it goes before their own source.
//
// A batch row's recurrence needs that row alone, so a workgroup takes ROWS rows through all steps. Each step alternates between
// products with the recurrent weight, in which a thread sums one part of k for four columns of all rows, and point-wise work.

override WORKGROUP_SIZE: u32 = 64u;
// Batch rows per workgroup: 1, 2 or 4.
override ROWS: u32 = 1u;
// Parts into which a product's sum is cut; partial sums are added in a fixed order.
override PARTS: u32 = 1u;
override STATE_VECTORS: u32 = 1u;
override PARTIAL_VECTORS: u32 = 1u;

struct Scalars {
  steps: u32,
  batch: u32,
  hidden_size: u32,
}

struct BackwardScalars {
  steps: u32,
  batch: u32,
  hidden_size: u32,
  // If not 0: only the last so many steps' slots of d_hidden hold a gradient from above; the others are not read.
  from_above: u32,
}

@group(0) @binding(0) var<uniform> scalars: Scalars;
@group(0) @binding(0) var<uniform> backward_scalars: BackwardScalars;
@group(0) @binding(1) var<storage, read> weight: array<vec4<real>>;

// A product's input, [ROWS, blocks of Hp]; the padding stays zero.
var<workgroup> state: array<vec4<f32>, STATE_VECTORS>;
// A product's output, [PARTS, ROWS, blocks of Hp].
var<workgroup> partial: array<vec4<f32>, PARTIAL_VECTORS>;

fn sigmoid(x: vec4<f32>) -> vec4<f32> {
  return 1.0 / (1.0 + exp(-clamp(x, vec4(-80.0), vec4(80.0))));
}

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: vec4<f32>) -> vec4<f32> {
  return tanh(clamp(x, vec4(-10.0), vec4(10.0)));
}

fn partial_sum(row: u32, column: u32, columns: u32) -> vec4<f32> {
  var sum = partial[row * columns + column];
  for (var part = 1u; part < PARTS; part++) {
    sum += partial[(part * ROWS + row) * columns + column];
  }
  return sum;
}

// Four neighbouring units of which `lanes` exist: where a read finds the second to fourth; beyond the last it repeats that.
fn offsets(lanes: u32) -> vec3<u32> {
  return min(vec3(1u, 2u, 3u), vec3(lanes - 1u));
}

// Zero where a vector reaches past the last unit.
fn masked(lanes: u32, x: vec4<f32>) -> vec4<f32> {
  return select(vec4<f32>(), x, vec4(0u, 1u, 2u, 3u) < vec4(lanes));
}

// partial[part, row] = state[row] weight: `inputs` blocks of Hp from the state with as many blocks of H rows of the weight, whose rows
// are `stride` vectors apart, from vector `first` on. If `keep`, part 0 adds to what lies in partial.
fn product(thread: u32, hidden_size: u32, inputs: u32, columns: u32, stride: u32, first: u32, keep: bool) {
  let quads = (hidden_size + 3u) / 4u;
  let part_quads = (quads + PARTS - 1u) / PARTS;
  let last = hidden_size - 1u;
  let width = STATE_VECTORS / ROWS;
  for (var item = thread; item < columns * PARTS; item += WORKGROUP_SIZE) {
    let part = item / columns;
    let column = item % columns;
    let to = part * ROWS * columns + column;
    var sum0 = vec4<f32>();
    var sum1 = vec4<f32>();
    var sum2 = vec4<f32>();
    var sum3 = vec4<f32>();
    if (keep && part == 0u) {
      sum0 = partial[to];
      if (ROWS > 1u) { sum1 = partial[to + columns]; }
      if (ROWS > 2u) {
        sum2 = partial[to + 2u * columns];
        sum3 = partial[to + 3u * columns];
      }
    }
    let end = min(quads, (part + 1u) * part_quads);
    for (var input = 0u; input < inputs; input++) {
      let base = input * hidden_size * stride + first + column;
      for (var k4 = part * part_quads; k4 < end; k4++) {
        let k = k4 * 4u;
        let w0 = vec4<f32>(weight[base + k * stride]);
        let w1 = vec4<f32>(weight[base + min(k + 1u, last) * stride]);
        let w2 = vec4<f32>(weight[base + min(k + 2u, last) * stride]);
        let w3 = vec4<f32>(weight[base + min(k + 3u, last) * stride]);
        let at = input * quads + k4;
        let s0 = state[at];
        sum0 += s0.x * w0 + s0.y * w1 + s0.z * w2 + s0.w * w3;
        if (ROWS > 1u) {
          let s1 = state[at + width];
          sum1 += s1.x * w0 + s1.y * w1 + s1.z * w2 + s1.w * w3;
        }
        if (ROWS > 2u) {
          let s2 = state[at + 2u * width];
          let s3 = state[at + 3u * width];
          sum2 += s2.x * w0 + s2.y * w1 + s2.z * w2 + s2.w * w3;
          sum3 += s3.x * w0 + s3.y * w1 + s3.z * w2 + s3.w * w3;
        }
      }
    }
    partial[to] = sum0;
    if (ROWS > 1u) { partial[to + columns] = sum1; }
    if (ROWS > 2u) {
      partial[to + 2u * columns] = sum2;
      partial[to + 3u * columns] = sum3;
    }
  }
}
