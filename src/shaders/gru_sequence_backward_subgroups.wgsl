// gru_sequence_backward of gru_sequence.wgsl, in the form of sequence_subgroups.wgsl. Loads 0: d_gates, 1: d_hidden_term.

@compute @workgroup_size(THREADS)
fn gru_sequence_backward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32
) {
  let quads = scalars.hidden_size / 4u;
  let slot = scalars.batch * quads;
  let first_row = group.x * 4u * BLOCKS;
  let rows = min(4u * BLOCKS, scalars.batch - first_row);
  // What flows back into a step, before it is scaled: through the product, and through z beside it. Nothing into the last.
  var back = array<array<vec4<f32>, ROWS>, COLUMNS>();
  var beside = array<array<vec4<f32>, ROWS>, COLUMNS>();
  var scale = 1.0;
  for (var left = scalars.steps; left > 0u; left--) {
    let t = left - 1u;
    let first = t * slot + first_row * quads;
    let from_above = scalars.from_above == 0u || t + scalars.from_above >= scalars.steps;
    for (var quad = thread; quad < quads; quad += THREADS) {
      for (var row = 0u; row < rows; row++) {
        let at = first + row * quads + quad;
        let gate = 3u * (first + row * quads) + quad;
        let r = vec4<f32>(gates[gate]);
        let z = vec4<f32>(gates[gate + quads]);
        let n = vec4<f32>(gates[gate + 2u * quads]);
        var dh = scale * (beside[quad / THREADS][row] + back[quad / THREADS][row]);
        if (from_above) { dh += vec4<f32>(d_hidden[at + slot]); }
        let dn = dh * (1.0 - z) * (1.0 - n * n);
        let dm = dn * r;
        d_hidden[at + slot] = to_reals(dh);
        d_gates[gate] = to_reals(dm * vec4<f32>(hidden_term[at]) * (1.0 - r));
        d_gates[gate + quads] = to_reals(dh * (vec4<f32>(hidden[at]) - n) * z * (1.0 - z));
        d_gates[gate + 2u * quads] = to_reals(dn);
        d_hidden_term[at] = to_reals(dm);
        beside[quad / THREADS][row] = dh * z;
      }
    }
    storageBarrier();
    for (var column = 0u; column < quads; column += THREADS) {
      let quad = min(column + thread, quads - 1u);
      var sums = Sums();
      // r and z of one batch row lie one after the other, and so do their rows of the weight.
      add_product(&sums, 0u, 3u * first, 3u * quads, rows, 2u * quads, quad, quads, lane, lanes);
      add_product(&sums, 1u, first, quads, rows, quads, 2u * scalars.hidden_size * quads + quad, quads, lane, lanes);
      back[column / THREADS] = by_row(sums);
    }
    scale = carry_scale[t];
  }
  for (var quad = thread; quad < quads; quad += THREADS) {
    for (var row = 0u; row < rows; row++) {
      d_hidden[(first_row + row) * quads + quad] = to_reals(scale * (beside[quad / THREADS][row] + back[quad / THREADS][row]));
    }
  }
}
