// lstm_sequence_backward of lstm_sequence_backward.wgsl, in the form of sequence_back.wgsl. Loads 0: d_gates.

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
      if (slot < scalars.steps) { add_product(&sums, Input(0u, 4u * first, 4u * x.quads, 4u * x.quads), x, lane, quad, x.quads); }
      if (column + thread < x.quads) {
        for (var row = 0u; row < x.rows; row++) {
          let at = first + row * x.quads + quad;
          var dh = scale * of_row(sums, row);
          if (from_above) { dh += vec4<f32>(d_hidden[at]); }
          d_hidden[at] = to_reals(dh);
          var dc = vec4<f32>();
          if (slot < scalars.steps) {
            let f_after = vec4<f32>(gates[4u * (first + row * x.quads) + x.quads + quad]);
            dc = scale * d_cell[at + x.slot] * f_after;
          }
          if (slot > 0u) {
            let gate = 4u * (first + row * x.quads - x.slot) + quad;
            let i = vec4<f32>(gates[gate]);
            let f = vec4<f32>(gates[gate + x.quads]);
            let g = vec4<f32>(gates[gate + 2u * x.quads]);
            let o = vec4<f32>(gates[gate + 3u * x.quads]);
            let tanh_c = safe_tanh(cell[at]);
            dc += dh * o * (1.0 - tanh_c * tanh_c);
            d_gates[gate] = to_reals(dc * g * i * (1.0 - i));
            d_gates[gate + x.quads] = to_reals(dc * cell[at - x.slot] * f * (1.0 - f));
            d_gates[gate + 2u * x.quads] = to_reals(dc * i * (1.0 - g * g));
            d_gates[gate + 3u * x.quads] = to_reals(dh * tanh_c * o * (1.0 - o));
          }
          d_cell[at] = dc;
        }
      }
    }
  }
}
