// rnn_sequence_forward of rnn_sequence.wgsl, in the form of sequence_subgroups.wgsl.

fn run(x: Extent, thread: u32, lane: u32, lanes: u32) {
  load_state(x, thread);
  for (var t = 0u; t < scalars.steps; t++) {
    let first = t * x.slot + x.first_row * x.quads;
    let before = t % 2u * 4u * BLOCKS * x.quads;
    let now = 4u * BLOCKS * x.quads - before;
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      var sums = Sums();
      add_product(&sums, 0u, before, x.quads, x.rows, x.quads, quad, x.quads, lane, lanes);
      if (column + thread < x.quads) {
        let bias = bias_hh[quad];
        let pre = by_row(sums);
        for (var row = 0u; row < x.rows; row++) {
          let i = first + row * x.quads + quad;
          let h = safe_tanh(vec4<f32>(gates[i]) + bias + pre[row]);
          hidden[i + x.slot] = to_reals(h);
          state[now + row * x.quads + quad] = h;
        }
      }
    }
    workgroupBarrier();
  }
}
