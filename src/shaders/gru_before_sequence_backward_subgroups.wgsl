// gru_before_sequence_backward of gru_before_sequence.wgsl, in the form of sequence_back.wgsl. Loads 0: d_gates.

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
      if (slot < scalars.steps) { add_product(&sums, Input(0u, 3u * first, 3u * x.quads, 2u * x.quads), x, lane, quad, x.quads); }
      if (column + thread < x.quads) {
        for (var row = 0u; row < x.rows; row++) {
          let at = first + row * x.quads + quad;
          var dh = scale * of_row(sums, row);
          if (slot < scalars.steps) {
            let gate = 3u * (first + row * x.quads) + quad;
            let r_after = vec4<f32>(gates[gate]);
            let z_after = vec4<f32>(gates[gate + x.quads]);
            dh += scale * (vec4<f32>(d_hidden[at + x.slot]) * z_after + vec4<f32>(d_hidden_term[at]) * r_after);
          }
          if (from_above) { dh += vec4<f32>(d_hidden[at]); }
          d_hidden[at] = to_reals(dh);
          if (slot > 0u) {
            let gate = 3u * (first + row * x.quads - x.slot) + quad;
            let z = vec4<f32>(gates[gate + x.quads]);
            let n = vec4<f32>(gates[gate + 2u * x.quads]);
            d_gates[gate + x.quads] = to_reals(dh * (vec4<f32>(hidden[at - x.slot]) - n) * z * (1.0 - z));
            d_gates[gate + 2u * x.quads] = to_reals(dh * (1.0 - z) * (1.0 - n * n));
          }
        }
      }
    }
    exchange();
    if (slot > 0u) {
      let before = first - x.slot;
      for (var column = 0u; column < x.quads; column += THREADS) {
        let quad = min(column + thread, x.quads - 1u);
        var sums = Sums();
        let dn = Input(0u, 3u * before + 2u * x.quads, 3u * x.quads, x.quads);
        add_product(&sums, dn, x, lane, 2u * scalars.hidden_size * x.quads + quad, x.quads);
        if (column + thread < x.quads) {
          for (var row = 0u; row < x.rows; row++) {
            let at = before + row * x.quads + quad;
            let gate = 3u * (before + row * x.quads) + quad;
            let r = vec4<f32>(gates[gate]);
            let dm = of_row(sums, row);
            d_hidden_term[at] = to_reals(dm);
            d_gates[gate] = to_reals(dm * vec4<f32>(hidden[at]) * r * (1.0 - r));
          }
        }
      }
    }
  }
}
