// Forward:  out[n, e] = weight[tokens[n], e]
// Backward: d_weight[v, e] = sum over all n with tokens[n] == v of d_out[n, e]
//
// tensor   | shape  | forward | backward
// weight   | [V, E] | read    |
// tokens   | [N]    | read    | read
// out      | [N, E] | write   |
// d_out    | [N, E] |         | read
// d_weight | [V, E] |         | write
//
// Saved for backward: tokens.
// Gradients: d_weight = (rows of tokens that do not occur become 0). The order of the sums is fixed.

struct Forward { count: u32, dim: u32 }
@group(0) @binding(0) var<uniform> forward_scalars: Forward;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> forward_tokens: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

// x over the columns, y over the rows: no division, and each row is one token read.
@compute @workgroup_size(64)
fn embedding_forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = forward_scalars;
  for (var e = id.x; e < s.dim; e += groups.x * 64u) {
    for (var n = id.y; n < s.count; n += groups.y) {
      out[n * s.dim + e] = weight[forward_tokens[n] * s.dim + e];
    }
  }
}

struct Backward { count: u32, vocab: u32, dim: u32 }
@group(0) @binding(0) var<uniform> s: Backward;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;
@group(0) @binding(2) var<storage, read> d_out: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_weight: array<f32>;

const THREADS = 64u;
const TILE = 2048u;

// Bit j of word i: token i + 64 j of the tile is the workgroup's own.
var<workgroup> matches: array<u32, 64>;

fn find_matches(v: u32, base: u32, lane: u32) {
  var word = 0u;
  for (var j = 0u; j < 32u; j++) {
    let n = base + j * THREADS + lane;
    if (n < s.count && tokens[n] == v) { word |= 1u << j; }
  }
  matches[lane] = word;
}

// A workgroup owns 256 columns of one vocabulary row, each thread four of them, 64 apart. The workgroup first marks the tokens of a
// tile that are its own, all threads together, and then adds just those rows: work V N / 64 + N, not V N.
@compute @workgroup_size(64)
fn embedding_backward(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let e = group.x * 256u + lane;
  for (var v = group.y; v < s.vocab; v += groups.y) {
    var total = vec4<f32>();
    for (var base = 0u; base < s.count; base += TILE) {
      find_matches(v, base, lane);
      workgroupBarrier();
      var tile = vec4<f32>();
      for (var i = 0u; i < 64u; i++) {
        var word = matches[i];
        while (word != 0u) {
          let row = (base + firstTrailingBit(word) * THREADS + i) * s.dim + e;
          word &= word - 1u;
          // Columns beyond the row read some other element, or what robust access gives; they are not written below.
          tile += vec4<f32>(d_out[row], d_out[row + 64u], d_out[row + 128u], d_out[row + 192u]);
        }
      }
      total += tile;
      workgroupBarrier();
    }
    let row = v * s.dim + e;
    if (e < s.dim) { d_weight[row] = total.x; }
    if (e + 64u < s.dim) { d_weight[row + 64u] = total.y; }
    if (e + 128u < s.dim) { d_weight[row + 128u] = total.z; }
    if (e + 192u < s.dim) { d_weight[row + 192u] = total.w; }
  }
}
