// gru_before_sequence_forward of gru_before_sequence.wgsl, in the form of sequence_subgroups.wgsl. Loads 0: hidden, 1: hidden_term.

fn run(x: Extent, thread: u32, lane: u32) {
  for (var t = 0u; t < scalars.steps; t++) {
    let first = t * x.slot + x.first_row * x.quads;
    exchange();
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      for (var gate = 0u; gate < 2u; gate++) {
        var sums = Sums();
        add_product(&sums, Input(0u, first, x.quads, x.quads), x, lane, gate * x.quads + quad, 3u * x.quads);
        if (column + thread < x.quads) {
          for (var row = 0u; row < x.rows; row++) {
            let at = first + row * x.quads + quad;
            let place = 3u * (first + row * x.quads) + gate * x.quads + quad;
            let activated = sigmoid(vec4<f32>(gates[place]) + of_row(sums, row));
            gates[place] = to_reals(activated);
            if (gate == 0u) { hidden_term[at] = to_reals(activated * vec4<f32>(hidden[at])); }
          }
        }
      }
    }
    exchange();
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      var sums = Sums();
      add_product(&sums, Input(1u, first, x.quads, x.quads), x, lane, 2u * x.quads + quad, 3u * x.quads);
      if (column + thread < x.quads) {
        for (var row = 0u; row < x.rows; row++) {
          let at = first + row * x.quads + quad;
          let gate = 3u * (first + row * x.quads) + quad;
          let z = vec4<f32>(gates[gate + x.quads]);
          let n = safe_tanh(vec4<f32>(gates[gate + 2u * x.quads]) + of_row(sums, row));
          gates[gate + 2u * x.quads] = to_reals(n);
          hidden[at + x.slot] = to_reals((1.0 - z) * n + z * vec4<f32>(hidden[at]));
        }
      }
    }
  }
}
