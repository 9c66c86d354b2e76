// gru_sequence_forward of gru_sequence.wgsl, in the form of sequence_subgroups.wgsl.

fn run(x: Extent, thread: u32, lane: u32, lanes: u32) {
  load_state(x, thread);
  for (var t = 0u; t < scalars.steps; t++) {
    let first = t * x.slot + x.first_row * x.quads;
    let before = t % 2u * 4u * BLOCKS * x.quads;
    let now = 4u * BLOCKS * x.quads - before;
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      // W_hh h + b_hh by gate and batch row, r z n.
      var pre: array<array<vec4<f32>, ROWS>, 3>;
      for (var gate = 0u; gate < 3u; gate++) {
        let bias = bias_hh[gate * x.quads + quad];
        let start = mat4x4(bias, bias, bias, bias);
        var sums = Sums(start, start, start, start);
        add_product(&sums, 0u, before, x.quads, x.rows, x.quads, gate * x.quads + quad, 3u * x.quads, lane, lanes);
        pre[gate] = by_row(sums);
      }
      if (column + thread < x.quads) {
        for (var row = 0u; row < x.rows; row++) {
          let at = first + row * x.quads + quad;
          let gate = 3u * (first + row * x.quads) + quad;
          let r = sigmoid(vec4<f32>(gates[gate]) + pre[0][row]);
          let z = sigmoid(vec4<f32>(gates[gate + x.quads]) + pre[1][row]);
          let m = pre[2][row];
          let n = safe_tanh(vec4<f32>(gates[gate + 2u * x.quads]) + r * m);
          let h = (1.0 - z) * n + z * state[before + row * x.quads + quad];
          gates[gate] = to_reals(r);
          gates[gate + x.quads] = to_reals(z);
          gates[gate + 2u * x.quads] = to_reals(n);
          hidden_term[at] = to_reals(m);
          hidden[at + x.slot] = to_reals(h);
          state[now + row * x.quads + quad] = h;
        }
      }
    }
    workgroupBarrier();
  }
}
