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
@group(0) @binding(1) var<storage, read> weight: array<real>;
@group(0) @binding(2) var<storage, read> forward_tokens: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<real>;

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
@group(0) @binding(2) var<storage, read> d_out: array<real>;
@group(0) @binding(3) var<storage, read_write> d_weight: array<f32>;

const THREADS = 32u;
const ACCUMULATORS = 1024u;

// [chunk, vocabulary row of the workgroup]: 16 KiB, all that a device must have.
var<workgroup> sums: array<vec4<f32>, 1024>;

// A workgroup owns four columns of some vocabulary rows. The tokens are dealt out to its threads, each of which adds to rows of its own,
// so nothing waits for anything; then the threads' rows are added up in order. Small vocabularies fit as a whole, and every
// gradient is read once; of larger ones, in parts of 64 rows, only the tokens are read again for each part.
@compute @workgroup_size(32)
fn embedding_backward(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let rows = select(64u, s.vocab, s.vocab <= 128u);
  let chunks = min(ACCUMULATORS / rows, THREADS);
  let first = rows * group.y;
  let e = 4u * group.x;
  if (lane < chunks) {
    let own = lane * rows;
    for (var v = 0u; v < rows; v++) { sums[own + v] = vec4<f32>(); }
    for (var n = lane; n < s.count; n += chunks) {
      // A token below the first row wraps around to a large number.
      let v = tokens[n] - first;
      if (v < rows) {
        // Columns beyond the row read some other element, or what robust access gives; they are not written below.
        let i = n * s.dim + e;
        sums[own + v] += vec4<f32>(f32(d_out[i]), f32(d_out[i + 1u]), f32(d_out[i + 2u]), f32(d_out[i + 3u]));
      }
    }
  }
  workgroupBarrier();
  for (var v = lane; v < min(rows, s.vocab - first); v += THREADS) {
    var sum = vec4<f32>();
    for (var chunk = 0u; chunk < chunks; chunk++) { sum += sums[chunk * rows + v]; }
    let i = (first + v) * s.dim + e;
    d_weight[i] = sum.x;
    if (e + 1u < s.dim) { d_weight[i + 1u] = sum.y; }
    if (e + 2u < s.dim) { d_weight[i + 2u] = sum.z; }
    if (e + 3u < s.dim) { d_weight[i + 3u] = sum.w; }
  }
}
