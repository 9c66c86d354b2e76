// rnn_sequence_backward of rnn_sequence.wgsl, in the form of sequence_back.wgsl. Loads 0: d_gates.

fn run(x: Extent, thread: u32, lane: u32) {
  for (var left = scalars.steps + 1u; left > 0u; left--) {
    let slot = left - 1u;
    let first = slot * x.slot + x.first_row * x.quads;
    let from_above = comes_from_above(slot);
    let scale = scale_into(slot);
    exchange();
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      var sums = Sums();
      if (slot < scalars.steps) { add_product(&sums, Input(0u, first, x.quads, x.quads), x, lane, quad, x.quads); }
      if (column + thread < x.quads) {
        for (var row = 0u; row < x.rows; row++) {
          let at = first + row * x.quads + quad;
          var dh = scale * of_row(sums, row);
          if (from_above) { dh += vec4<f32>(d_hidden[at]); }
          d_hidden[at] = to_reals(dh);
          if (slot > 0u) {
            let h = vec4<f32>(hidden[at]);
            d_gates[at - x.slot] = to_reals(dh * (1.0 - h * h));
          }
        }
      }
    }
  }
}
