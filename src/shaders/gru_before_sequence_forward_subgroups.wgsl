// gru_before_sequence_forward of gru_before_sequence.wgsl, in the form of sequence_subgroups.wgsl.

fn run(x: Extent, thread: u32, lane: u32, lanes: u32) {
  load_state(x, thread);
  let terms = 4u * BLOCKS * x.quads;
  for (var t = 0u; t < scalars.steps; t++) {
    let first = t * x.slot + x.first_row * x.quads;
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      // W_hh h by gate and batch row, r z.
      var pre: array<array<vec4<f32>, ROWS>, 2>;
      for (var gate = 0u; gate < 2u; gate++) {
        var sums = Sums();
        add_product(&sums, 0u, 0u, x.quads, x.rows, x.quads, gate * x.quads + quad, 3u * x.quads, lane, lanes);
        pre[gate] = by_row(sums);
      }
      if (column + thread < x.quads) {
        for (var row = 0u; row < x.rows; row++) {
          let gate = 3u * (first + row * x.quads) + quad;
          let r = sigmoid(vec4<f32>(gates[gate]) + pre[0][row]);
          let m = r * state[row * x.quads + quad];
          gates[gate] = to_reals(r);
          gates[gate + x.quads] = to_reals(sigmoid(vec4<f32>(gates[gate + x.quads]) + pre[1][row]));
          hidden_term[first + row * x.quads + quad] = to_reals(m);
          state[terms + row * x.quads + quad] = m;
        }
      }
    }
    workgroupBarrier();
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      var sums = Sums();
      add_product(&sums, 0u, terms, x.quads, x.rows, x.quads, 2u * x.quads + quad, 3u * x.quads, lane, lanes);
      if (column + thread < x.quads) {
        let pre = by_row(sums);
        for (var row = 0u; row < x.rows; row++) {
          let gate = 3u * (first + row * x.quads) + quad;
          let z = vec4<f32>(gates[gate + x.quads]);
          let n = safe_tanh(vec4<f32>(gates[gate + 2u * x.quads]) + pre[row]);
          let h = (1.0 - z) * n + z * state[row * x.quads + quad];
          gates[gate + 2u * x.quads] = to_reals(n);
          hidden[first + row * x.quads + quad + x.slot] = to_reals(h);
          state[row * x.quads + quad] = h;
        }
      }
    }
    workgroupBarrier();
  }
}
