// gru_sequence_forward of gru_sequence.wgsl, in the form of sequence_subgroups.wgsl. Loads 0: hidden.

fn run(x: Extent, thread: u32, lane: u32) {
  for (var t = 0u; t < scalars.steps; t++) {
    let first = t * x.slot + x.first_row * x.quads;
    let h_before = Input(0u, first, x.quads, x.quads);
    exchange();
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      for (var gate = 0u; gate < 3u; gate++) {
        var sums = in_all_rows(bias_hh[gate * x.quads + quad]);
        add_product(&sums, h_before, x, lane, gate * x.quads + quad, 3u * x.quads);
        if (column + thread < x.quads) {
          for (var row = 0u; row < x.rows; row++) {
            let pre = of_row(sums, row);
            if (gate == 2u) {
              hidden_term[first + row * x.quads + quad] = to_reals(pre);
            } else {
              let at = 3u * (first + row * x.quads) + gate * x.quads + quad;
              gates[at] = to_reals(sigmoid(vec4<f32>(gates[at]) + pre));
            }
          }
        }
      }
      if (column + thread < x.quads) {
        for (var row = 0u; row < x.rows; row++) {
          let at = first + row * x.quads + quad;
          let gate = 3u * (first + row * x.quads) + quad;
          let r = vec4<f32>(gates[gate]);
          let z = vec4<f32>(gates[gate + x.quads]);
          let n = safe_tanh(vec4<f32>(gates[gate + 2u * x.quads]) + r * vec4<f32>(hidden_term[at]));
          gates[gate + 2u * x.quads] = to_reals(n);
          hidden[at + x.slot] = to_reals((1.0 - z) * n + z * vec4<f32>(hidden[at]));
        }
      }
    }
  }
}
