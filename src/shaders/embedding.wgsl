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
@group(0) @binding(1) var<storage, read> tokens: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> d_out: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_weight: array<f32>;

const THREADS = 64u;
const TILE = 2048u;

// Bit j of word i: token 32 i + j of the tile is the workgroup's own.
var<workgroup> matches: array<u32, 64>;

fn matching4(v: u32, i: u32) -> u32 {
  return dot(vec4<u32>(tokens[i] == vec4<u32>(v)), vec4<u32>(1u, 2u, 4u, 8u));
}

// The 32 tokens from the first on, which is a multiple of 32; those beyond `count` do not match.
fn matching32(v: u32, first: u32) -> u32 {
  if (first >= s.count) { return 0u; }
  let i = first / 4u;
  let low = matching4(v, i) | (matching4(v, i + 1u) << 4u) | (matching4(v, i + 2u) << 8u) | (matching4(v, i + 3u) << 12u);
  let high = matching4(v, i + 4u) | (matching4(v, i + 5u) << 4u) | (matching4(v, i + 6u) << 8u) | (matching4(v, i + 7u) << 12u);
  return extractBits(low | (high << 16u), 0u, min(s.count - first, 32u));
}

// A workgroup owns up to 256 columns of one vocabulary row, each thread up to four of them, 64 apart. Its threads first mark, together,
// which tokens of a tile are its own, and then add just those rows: about V N (E / 256) + N E reads, not V N E.
@compute @workgroup_size(64)
fn embedding_backward(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let e = group.x * 256u + lane;
  let several_columns = s.dim - group.x * 256u > THREADS;
  for (var v = group.y; v < s.vocab; v += groups.y) {
    var total = vec4<f32>();
    for (var base = 0u; base < s.count; base += TILE) {
      matches[lane] = matching32(v, base + 32u * lane);
      workgroupBarrier();
      var tile = vec4<f32>();
      for (var i = 0u; i < THREADS; i++) {
        var word = matches[i];
        while (word != 0u) {
          let row = (base + 32u * i + firstTrailingBit(word)) * s.dim + e;
          word &= word - 1u;
          // Columns beyond the row read some other element, or what robust access gives; they are not written below.
          if (several_columns) {
            tile += vec4<f32>(d_out[row], d_out[row + 64u], d_out[row + 128u], d_out[row + 192u]);
          } else {
            tile.x += d_out[row];
          }
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
