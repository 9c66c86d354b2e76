// gru_sequence_forward of gru_sequence.wgsl, in the form of sequence_subgroups.wgsl.

// h [2, ROWS, H]: of the step before, and of this one, in turn.
var<workgroup> state: array<vec4<f32>, 1024>;

@compute @workgroup_size(THREADS)
fn gru_sequence_forward(
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
  for (var t = 0u; t < scalars.steps; t++) {
    let first = t * slot + first_row * quads;
    let before = t % 2u * 4u * BLOCKS * quads;
    let now = 4u * BLOCKS * quads - before;
    for (var column = 0u; column < quads; column += THREADS) {
      let quad = min(column + thread, quads - 1u);
      // W_hh h + b_hh by gate and batch row, r z n.
      var pre: array<array<vec4<f32>, ROWS>, 3>;
      for (var gate = 0u; gate < 3u; gate++) {
        let bias = bias_hh[gate * quads + quad];
        let start = mat4x4(bias, bias, bias, bias);
        var sums = Sums(start, start, start, start);
        add_product(&sums, 0u, before, quads, rows, quads, gate * quads + quad, 3u * quads, lane, lanes);
        pre[gate] = by_row(sums);
      }
      if (column + thread < quads) {
        for (var row = 0u; row < rows; row++) {
          let at = first + row * quads + quad;
          let gate = 3u * (first + row * quads) + quad;
          let r = sigmoid(vec4<f32>(gates[gate]) + pre[0][row]);
          let z = sigmoid(vec4<f32>(gates[gate + quads]) + pre[1][row]);
          let m = pre[2][row];
          let n = safe_tanh(vec4<f32>(gates[gate + 2u * quads]) + r * m);
          let h = (1.0 - z) * n + z * state[before + row * quads + quad];
          gates[gate] = to_reals(r);
          gates[gate + quads] = to_reals(z);
          gates[gate + 2u * quads] = to_reals(n);
          hidden_term[at] = to_reals(m);
          hidden[at + slot] = to_reals(h);
          state[now + row * quads + quad] = h;
        }
      }
    }
    workgroupBarrier();
  }
}
