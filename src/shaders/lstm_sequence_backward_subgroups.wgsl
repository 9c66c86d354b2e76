// lstm_sequence_backward of lstm_sequence_backward.wgsl, in the form of sequence_subgroups.wgsl. Loads 0: d_gates.

fn run(x: Extent, thread: u32, lane: u32, lanes: u32) {
  // What flows back into a step's h, before it is scaled, and into its c; nothing into the last.
  var back = array<array<vec4<f32>, ROWS>, COLUMNS>();
  var d_c = array<array<vec4<f32>, ROWS>, COLUMNS>();
  var scale = 1.0;
  for (var left = scalars.steps; left > 0u; left--) {
    let t = left - 1u;
    let first = t * x.slot + x.first_row * x.quads;
    let from_above = scalars.from_above == 0u || t + scalars.from_above >= scalars.steps;
    let next_scale = carry_scale[t];
    for (var quad = thread; quad < x.quads; quad += THREADS) {
      for (var row = 0u; row < x.rows; row++) {
        let at = first + row * x.quads + quad;
        let gate = 4u * (first + row * x.quads) + quad;
        let i = vec4<f32>(gates[gate]);
        let f = vec4<f32>(gates[gate + x.quads]);
        let g = vec4<f32>(gates[gate + 2u * x.quads]);
        let o = vec4<f32>(gates[gate + 3u * x.quads]);
        let tanh_c = safe_tanh(cell[at + x.slot]);
        var dh = scale * back[quad / THREADS][row];
        if (from_above) { dh += vec4<f32>(d_hidden[at + x.slot]); }
        let dc = dh * o * (1.0 - tanh_c * tanh_c) + d_c[quad / THREADS][row];
        d_hidden[at + x.slot] = to_reals(dh);
        d_cell[at + x.slot] = dc;
        d_c[quad / THREADS][row] = next_scale * dc * f;
        d_gates[gate] = to_reals(dc * g * i * (1.0 - i));
        d_gates[gate + x.quads] = to_reals(dc * cell[at] * f * (1.0 - f));
        d_gates[gate + 2u * x.quads] = to_reals(dc * i * (1.0 - g * g));
        d_gates[gate + 3u * x.quads] = to_reals(dh * tanh_c * o * (1.0 - o));
      }
    }
    storageBarrier();
    for (var column = 0u; column < x.quads; column += THREADS) {
      var sums = Sums();
      add_product(&sums, 0u, 4u * first, 4u * x.quads, x.rows, 4u * x.quads, min(column + thread, x.quads - 1u), x.quads, lane, lanes);
      back[column / THREADS] = by_row(sums);
    }
    scale = next_scale;
  }
  for (var quad = thread; quad < x.quads; quad += THREADS) {
    for (var row = 0u; row < x.rows; row++) {
      let at = (x.first_row + row) * x.quads + quad;
      d_hidden[at] = to_reals(scale * back[quad / THREADS][row]);
      d_cell[at] = d_c[quad / THREADS][row];
    }
  }
}
