// gru_before_sequence_forward of gru_before_sequence.wgsl, in the form of sequence_subgroups.wgsl.

// h of the step before, then of this one, and m, [2, ROWS, H].
var<workgroup> state: array<vec4<f32>, 1024>;

@compute @workgroup_size(THREADS)
fn gru_before_sequence_forward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32
) {
  let quads = scalars.hidden_size / 4u;
  let slot = scalars.batch * quads;
  let first_row = group.x * 4u * BLOCKS;
  let rows = min(4u * BLOCKS, scalars.batch - first_row);
  for (var item = thread; item < rows * quads; item += THREADS) {
    state[item] = vec4<f32>(hidden[first_row * quads + item]);
  }
  workgroupBarrier();
  let terms = 4u * BLOCKS * quads;
  for (var t = 0u; t < scalars.steps; t++) {
    let first = t * slot + first_row * quads;
    for (var column = 0u; column < quads; column += THREADS) {
      let quad = min(column + thread, quads - 1u);
      // W_hh h by gate and batch row, r z.
      var pre: array<array<vec4<f32>, ROWS>, 2>;
      for (var gate = 0u; gate < 2u; gate++) {
        var sums = Sums();
        add_product(&sums, 0u, 0u, quads, rows, quads, gate * quads + quad, 3u * quads, lane, lanes);
        pre[gate] = by_row(sums);
      }
      if (column + thread < quads) {
        for (var row = 0u; row < rows; row++) {
          let gate = 3u * (first + row * quads) + quad;
          let r = sigmoid(vec4<f32>(gates[gate]) + pre[0][row]);
          let m = r * state[row * quads + quad];
          gates[gate] = to_reals(r);
          gates[gate + quads] = to_reals(sigmoid(vec4<f32>(gates[gate + quads]) + pre[1][row]));
          hidden_term[first + row * quads + quad] = to_reals(m);
          state[terms + row * quads + quad] = m;
        }
      }
    }
    workgroupBarrier();
    for (var column = 0u; column < quads; column += THREADS) {
      let quad = min(column + thread, quads - 1u);
      var sums = Sums();
      add_product(&sums, 0u, terms, quads, rows, quads, 2u * quads + quad, 3u * quads, lane, lanes);
      if (column + thread < quads) {
        let pre = by_row(sums);
        for (var row = 0u; row < rows; row++) {
          let gate = 3u * (first + row * quads) + quad;
          let z = vec4<f32>(gates[gate + quads]);
          let n = safe_tanh(vec4<f32>(gates[gate + 2u * quads]) + pre[row]);
          let h = (1.0 - z) * n + z * state[row * quads + quad];
          gates[gate + 2u * quads] = to_reals(n);
          hidden[first + row * quads + quad + slot] = to_reals(h);
          state[row * quads + quad] = h;
        }
      }
    }
    workgroupBarrier();
  }
}
