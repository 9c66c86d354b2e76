// Where a tensor has its first number that is not finite, slice by slice: a slice is one time step, or the whole of a parameter.
//   slice s holds data[offset + s * slice_stride + row * row_stride + column], 0 <= row < rows, 0 <= column < columns
// found, for each slice: [0] the place of the first that is not finite, row * columns + column, or 0xffffffff if there is none;
// [1] what stands there: 0 nothing, 1 not-a-number, 2 infinity, 3 minus infinity; [2] how many there are;
// [3] the bits of the largest finite magnitude, as f32
//
// tensor | shape       | access
// data   | [N] real    | read
// found  | [F, 4] u32  | write, rows first_found to first_found + slices - 1
//
// Saved for backward: nothing. Gradients: none.
// A workgroup reads one slice. All is found by bits: a compiler may assume that not-a-number and infinity never occur.

const THREADS = 64u;
const NONE = 0xffffffffu;
const EXPONENT = 0x7f800000u;

struct Find { slices: u32, slice_stride: u32, rows: u32, row_stride: u32, columns: u32, offset: u32, first_found: u32 }
@group(0) @binding(0) var<uniform> find_scalars: Find;
@group(0) @binding(1) var<storage, read> data: array<real>;
@group(0) @binding(2) var<storage, read_write> found: array<vec4<u32>>;

var<workgroup> thread_found: array<vec4<u32>, 64>;

fn kind_of(bits: u32) -> u32 {
  if ((bits & EXPONENT) != EXPONENT) { return 0u; }
  if ((bits & 0x007fffffu) != 0u) { return 1u; }
  return select(2u, 3u, (bits >> 31u) != 0u);
}

@compute @workgroup_size(64)
fn find_non_finite(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let s = find_scalars;
  let start = s.offset + group.x * s.slice_stride;
  var mine = vec4<u32>(NONE, 0u, 0u, 0u);
  for (var i = lane; i < s.rows * s.columns; i += THREADS) {
    let bits = bitcast<u32>(f32(data[start + (i / s.columns) * s.row_stride + i % s.columns]));
    let kind = kind_of(bits);
    if (kind == 0u) {
      mine.w = max(mine.w, bits & 0x7fffffffu);
    } else {
      if (mine.z == 0u) { mine.x = i; mine.y = kind; }
      mine.z += 1u;
    }
  }
  thread_found[lane] = mine;
  workgroupBarrier();
  if (lane == 0u) {
    var all = thread_found[0];
    for (var i = 1u; i < THREADS; i++) {
      let other = thread_found[i];
      if (other.x < all.x) { all.x = other.x; all.y = other.y; }
      all.z += other.z;
      all.w = max(all.w, other.w);
    }
    found[s.first_found + group.x] = all;
  }
}
