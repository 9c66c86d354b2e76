// rnn_sequence_backward of rnn_sequence.wgsl, in the form of sequence_subgroups.wgsl. Loads 0: d_gates.

fn run(x: Extent, thread: u32, lane: u32, lanes: u32) {
  // What flows back into a step, before it is scaled; nothing into the last.
  var back = array<array<vec4<f32>, ROWS>, COLUMNS>();
  var scale = 1.0;
  for (var left = scalars.steps; left > 0u; left--) {
    let t = left - 1u;
    let first = t * x.slot + x.first_row * x.quads;
    let from_above = scalars.from_above == 0u || t + scalars.from_above >= scalars.steps;
    for (var quad = thread; quad < x.quads; quad += THREADS) {
      for (var row = 0u; row < x.rows; row++) {
        let i = first + row * x.quads + quad;
        var dh = scale * back[quad / THREADS][row];
        if (from_above) { dh += vec4<f32>(d_hidden[i + x.slot]); }
        let h = vec4<f32>(hidden[i + x.slot]);
        d_hidden[i + x.slot] = to_reals(dh);
        d_gates[i] = to_reals(dh * (1.0 - h * h));
      }
    }
    storageBarrier();
    for (var column = 0u; column < x.quads; column += THREADS) {
      var sums = Sums();
      add_product(&sums, 0u, first, x.quads, x.rows, x.quads, min(column + thread, x.quads - 1u), x.quads, lane, lanes);
      back[column / THREADS] = by_row(sums);
    }
    scale = carry_scale[t];
  }
  for (var quad = thread; quad < x.quads; quad += THREADS) {
    for (var row = 0u; row < x.rows; row++) {
      d_hidden[(x.first_row + row) * x.quads + quad] = to_reals(scale * back[quad / THREADS][row]);
    }
  }
}
