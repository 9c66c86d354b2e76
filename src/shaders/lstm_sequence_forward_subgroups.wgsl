// lstm_sequence_forward of lstm_sequence_forward.wgsl, in the form of sequence_subgroups.wgsl.

fn run(x: Extent, thread: u32, lane: u32, lanes: u32) {
  load_state(x, thread);
  for (var t = 0u; t < scalars.steps; t++) {
    let first = t * x.slot + x.first_row * x.quads;
    let before = t % 2u * 4u * BLOCKS * x.quads;
    let now = 4u * BLOCKS * x.quads - before;
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      // W_hh h + b_hh by gate and batch row, i f g o.
      var pre: array<array<vec4<f32>, ROWS>, 4>;
      for (var gate = 0u; gate < 4u; gate++) {
        let bias = bias_hh[gate * x.quads + quad];
        let start = mat4x4(bias, bias, bias, bias);
        var sums = Sums(start, start, start, start);
        add_product(&sums, 0u, before, x.quads, x.rows, x.quads, gate * x.quads + quad, 4u * x.quads, lane, lanes);
        pre[gate] = by_row(sums);
      }
      if (column + thread < x.quads) {
        for (var row = 0u; row < x.rows; row++) {
          let at = first + row * x.quads + quad;
          let gate = 4u * (first + row * x.quads) + quad;
          let i = sigmoid(vec4<f32>(gates[gate]) + pre[0][row]);
          let f = sigmoid(vec4<f32>(gates[gate + x.quads]) + pre[1][row]);
          let g = safe_tanh(vec4<f32>(gates[gate + 2u * x.quads]) + pre[2][row]);
          let o = sigmoid(vec4<f32>(gates[gate + 3u * x.quads]) + pre[3][row]);
          gates[gate] = to_reals(i);
          gates[gate + x.quads] = to_reals(f);
          gates[gate + 2u * x.quads] = to_reals(g);
          gates[gate + 3u * x.quads] = to_reals(o);
          let c = f * cell[at] + i * g;
          let h = o * safe_tanh(c);
          cell[at + x.slot] = c;
          hidden[at + x.slot] = to_reals(h);
          state[now + row * x.quads + quad] = h;
        }
      }
    }
    workgroupBarrier();
  }
}
