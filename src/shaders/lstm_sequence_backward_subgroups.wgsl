// lstm_sequence_backward of lstm_sequence_backward.wgsl, in the form of sequence_subgroups.wgsl. Loads 0: d_gates.

@compute @workgroup_size(THREADS)
fn lstm_sequence_backward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32
) {
  let quads = scalars.hidden_size / 4u;
  let slot = scalars.batch * quads;
  let first_row = group.x * 4u * BLOCKS;
  let rows = min(4u * BLOCKS, scalars.batch - first_row);
  // What flows back into a step's h, before it is scaled, and into its c; nothing into the last.
  var back = array<array<vec4<f32>, ROWS>, COLUMNS>();
  var d_c = array<array<vec4<f32>, ROWS>, COLUMNS>();
  var scale = 1.0;
  for (var left = scalars.steps; left > 0u; left--) {
    let t = left - 1u;
    let first = t * slot + first_row * quads;
    let from_above = scalars.from_above == 0u || t + scalars.from_above >= scalars.steps;
    let next_scale = carry_scale[t];
    for (var quad = thread; quad < quads; quad += THREADS) {
      for (var row = 0u; row < rows; row++) {
        let at = first + row * quads + quad;
        let gate = 4u * (first + row * quads) + quad;
        let i = vec4<f32>(gates[gate]);
        let f = vec4<f32>(gates[gate + quads]);
        let g = vec4<f32>(gates[gate + 2u * quads]);
        let o = vec4<f32>(gates[gate + 3u * quads]);
        let tanh_c = safe_tanh(cell[at + slot]);
        var dh = scale * back[quad / THREADS][row];
        if (from_above) { dh += vec4<f32>(d_hidden[at + slot]); }
        let dc = dh * o * (1.0 - tanh_c * tanh_c) + d_c[quad / THREADS][row];
        d_hidden[at + slot] = to_reals(dh);
        d_cell[at + slot] = dc;
        d_c[quad / THREADS][row] = next_scale * dc * f;
        d_gates[gate] = to_reals(dc * g * i * (1.0 - i));
        d_gates[gate + quads] = to_reals(dc * cell[at] * f * (1.0 - f));
        d_gates[gate + 2u * quads] = to_reals(dc * i * (1.0 - g * g));
        d_gates[gate + 3u * quads] = to_reals(dh * tanh_c * o * (1.0 - o));
      }
    }
    storageBarrier();
    for (var column = 0u; column < quads; column += THREADS) {
      var sums = Sums();
      add_product(&sums, 0u, 4u * first, 4u * quads, rows, 4u * quads, min(column + thread, quads - 1u), quads, lane, lanes);
      back[column / THREADS] = by_row(sums);
    }
    scale = next_scale;
  }
  for (var quad = thread; quad < quads; quad += THREADS) {
    for (var row = 0u; row < rows; row++) {
      let at = (first_row + row) * quads + quad;
      d_hidden[at] = to_reals(scale * back[quad / THREADS][row]);
      d_cell[at] = d_c[quad / THREADS][row];
    }
  }
}
