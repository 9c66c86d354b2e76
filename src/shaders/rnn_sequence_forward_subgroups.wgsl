// rnn_sequence_forward of rnn_sequence.wgsl, in the form of sequence_subgroups.wgsl. Loads 0: hidden.

fn run(x: Extent, thread: u32, lane: u32) {
  for (var t = 0u; t < scalars.steps; t++) {
    let first = t * x.slot + x.first_row * x.quads;
    let h_before = Input(0u, first, x.quads, x.quads);
    exchange();
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      var sums = in_all_rows(bias_hh[quad]);
      add_product(&sums, h_before, x, lane, quad, x.quads);
      if (column + thread < x.quads) {
        for (var row = 0u; row < x.rows; row++) {
          let at = first + row * x.quads + quad;
          hidden[at + x.slot] = to_reals(safe_tanh(vec4<f32>(gates[at]) + of_row(sums, row)));
        }
      }
    }
  }
}
