// lstm_sequence_forward of lstm_sequence_forward.wgsl, in the form of sequence_subgroups.wgsl.

// h [2, ROWS, H]: of the step before, and of this one, in turn.
var<workgroup> state: array<vec4<f32>, 1024>;

@compute @workgroup_size(THREADS)
fn lstm_sequence_forward(
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
      // W_hh h + b_hh by gate and batch row, i f g o.
      var pre: array<array<vec4<f32>, ROWS>, 4>;
      for (var gate = 0u; gate < 4u; gate++) {
        let bias = bias_hh[gate * quads + quad];
        let start = mat4x4(bias, bias, bias, bias);
        var sums = Sums(start, start, start, start);
        add_product(&sums, 0u, before, quads, rows, quads, gate * quads + quad, 4u * quads, lane, lanes);
        pre[gate] = by_row(sums);
      }
      if (column + thread < quads) {
        for (var row = 0u; row < rows; row++) {
          let at = first + row * quads + quad;
          let gate = 4u * (first + row * quads) + quad;
          let i = sigmoid(vec4<f32>(gates[gate]) + pre[0][row]);
          let f = sigmoid(vec4<f32>(gates[gate + quads]) + pre[1][row]);
          let g = safe_tanh(vec4<f32>(gates[gate + 2u * quads]) + pre[2][row]);
          let o = sigmoid(vec4<f32>(gates[gate + 3u * quads]) + pre[3][row]);
          gates[gate] = to_reals(i);
          gates[gate + quads] = to_reals(f);
          gates[gate + 2u * quads] = to_reals(g);
          gates[gate + 3u * quads] = to_reals(o);
          let c = f * cell[at] + i * g;
          let h = o * safe_tanh(c);
          cell[at + slot] = c;
          hidden[at + slot] = to_reals(h);
          state[now + row * quads + quad] = h;
        }
      }
    }
    workgroupBarrier();
  }
}
