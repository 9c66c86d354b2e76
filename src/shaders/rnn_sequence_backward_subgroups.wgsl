// rnn_sequence_backward of rnn_sequence.wgsl, in the form of sequence_subgroups.wgsl. Loads 0: d_gates.

@compute @workgroup_size(THREADS)
fn rnn_sequence_backward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32
) {
  let quads = scalars.hidden_size / 4u;
  let slot = scalars.batch * quads;
  let first_row = group.x * 4u * BLOCKS;
  let rows = min(4u * BLOCKS, scalars.batch - first_row);
  // What flows back into a step, before it is scaled; nothing into the last.
  var back = array<array<vec4<f32>, ROWS>, COLUMNS>();
  var scale = 1.0;
  for (var left = scalars.steps; left > 0u; left--) {
    let t = left - 1u;
    let first = t * slot + first_row * quads;
    let from_above = scalars.from_above == 0u || t + scalars.from_above >= scalars.steps;
    for (var quad = thread; quad < quads; quad += THREADS) {
      for (var row = 0u; row < rows; row++) {
        let i = first + row * quads + quad;
        var dh = scale * back[quad / THREADS][row];
        if (from_above) { dh += vec4<f32>(d_hidden[i + slot]); }
        let h = vec4<f32>(hidden[i + slot]);
        d_hidden[i + slot] = to_reals(dh);
        d_gates[i] = to_reals(dh * (1.0 - h * h));
      }
    }
    storageBarrier();
    for (var column = 0u; column < quads; column += THREADS) {
      var sums = Sums();
      add_product(&sums, 0u, first, quads, rows, quads, min(column + thread, quads - 1u), quads, lane, lanes);
      back[column / THREADS] = by_row(sums);
    }
    scale = carry_scale[t];
  }
  for (var quad = thread; quad < quads; quad += THREADS) {
    for (var row = 0u; row < rows; row++) {
      d_hidden[(first_row + row) * quads + quad] = to_reals(scale * back[quad / THREADS][row]);
    }
  }
}
