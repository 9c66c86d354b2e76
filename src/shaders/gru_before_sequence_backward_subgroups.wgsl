// gru_before_sequence_backward of gru_before_sequence.wgsl, in the form of sequence_subgroups.wgsl. Loads 0: d_gates.

fn run(x: Extent, thread: u32, lane: u32, lanes: u32) {
  // What flows back into a step, before it is scaled: through the product, and through z and r beside it. Nothing into the last.
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
        let z = vec4<f32>(gates[gate + x.quads]);
        let n = vec4<f32>(gates[gate + 2u * x.quads]);
        var dh = scale * (beside[quad / THREADS][row] + back[quad / THREADS][row]);
        if (from_above) { dh += vec4<f32>(d_hidden[at + x.slot]); }
        d_hidden[at + x.slot] = to_reals(dh);
        d_gates[gate + x.quads] = to_reals(dh * (vec4<f32>(hidden[at]) - n) * z * (1.0 - z));
        d_gates[gate + 2u * x.quads] = to_reals(dh * (1.0 - z) * (1.0 - n * n));
        beside[quad / THREADS][row] = dh * z;
      }
    }
    storageBarrier();
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      var sums = Sums();
      add_product(&sums, 0u, 3u * first + 2u * x.quads, 3u * x.quads, x.rows, x.quads, 2u * scalars.hidden_size * x.quads + quad, x.quads, lane, lanes);
      if (column + thread < x.quads) {
        let d_m = by_row(sums);
        for (var row = 0u; row < x.rows; row++) {
          let at = first + row * x.quads + quad;
          let gate = 3u * (first + row * x.quads) + quad;
          let r = vec4<f32>(gates[gate]);
          d_hidden_term[at] = to_reals(d_m[row]);
          d_gates[gate] = to_reals(d_m[row] * vec4<f32>(hidden[at]) * r * (1.0 - r));
          beside[quad / THREADS][row] += d_m[row] * r;
        }
      }
    }
    storageBarrier();
    for (var column = 0u; column < x.quads; column += THREADS) {
      var sums = Sums();
      add_product(&sums, 0u, 3u * first, 3u * x.quads, x.rows, 2u * x.quads, min(column + thread, x.quads - 1u), x.quads, lane, lanes);
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
