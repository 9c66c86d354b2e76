// gru_sequence_backward of gru_sequence.wgsl, in the form of sequence_subgroups.wgsl. Loads 0: d_gates, 1: d_hidden_term.

fn run(x: Extent, thread: u32, lane: u32, lanes: u32) {
  // What flows back into a step, before it is scaled: through the product, and through z beside it. Nothing into the last.
  var back = array<array<vec4<f32>, ROWS>, COLUMNS>();
  var beside = array<array<vec4<f32>, ROWS>, COLUMNS>();
  var scale = 1.0;
  for (var left = scalars.steps; left > 0u; left--) {
    let t = left - 1u;
    let first = t * x.slot + x.first_row * x.quads;
    let from_above = scalars.from_above == 0u || t + scalars.from_above >= scalars.steps;
    for (var quad = thread; quad < x.quads; quad += THREADS) {
      for (var row = 0u; row < x.rows; row++) {
        let at = first + row * x.quads + quad;
        let gate = 3u * (first + row * x.quads) + quad;
        let r = vec4<f32>(gates[gate]);
        let z = vec4<f32>(gates[gate + x.quads]);
        let n = vec4<f32>(gates[gate + 2u * x.quads]);
        var dh = scale * (beside[quad / THREADS][row] + back[quad / THREADS][row]);
        if (from_above) { dh += vec4<f32>(d_hidden[at + x.slot]); }
        let dn = dh * (1.0 - z) * (1.0 - n * n);
        let dm = dn * r;
        d_hidden[at + x.slot] = to_reals(dh);
        d_gates[gate] = to_reals(dm * vec4<f32>(hidden_term[at]) * (1.0 - r));
        d_gates[gate + x.quads] = to_reals(dh * (vec4<f32>(hidden[at]) - n) * z * (1.0 - z));
        d_gates[gate + 2u * x.quads] = to_reals(dn);
        d_hidden_term[at] = to_reals(dm);
        beside[quad / THREADS][row] = dh * z;
      }
    }
    storageBarrier();
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      var sums = Sums();
      // r and z of one batch row lie one after the other, and so do their rows of the weight.
      add_product(&sums, 0u, 3u * first, 3u * x.quads, x.rows, 2u * x.quads, quad, x.quads, lane, lanes);
      add_product(&sums, 1u, first, x.quads, x.rows, x.quads, 2u * scalars.hidden_size * x.quads + quad, x.quads, lane, lanes);
      back[column / THREADS] = by_row(sums);
    }
    scale = carry_scale[t];
  }
  for (var quad = thread; quad < x.quads; quad += THREADS) {
    for (var row = 0u; row < x.rows; row++) {
      d_hidden[(x.first_row + row) * x.quads + quad] = to_reals(scale * (beside[quad / THREADS][row] + back[quad / THREADS][row]));
    }
  }
}
