// rnn_sequence_forward of rnn_sequence.wgsl, in the form of sequence_subgroups.wgsl.

// h [2, ROWS, H]: of the step before, and of this one, in turn.
var<workgroup> state: array<vec4<f32>, 1024>;

@compute @workgroup_size(THREADS)
fn rnn_sequence_forward(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32
) {
  let quads = scalars.hidden_size / 4u;
  let slot = scalars.batch * quads;
  let first_row = group.x * 4u * BLOCKS;
  let rows = min(4u * BLOCKS, scalars.batch - first_row);
  for (var item = thread; item < rows * quads; item += THREADS) {
    state[item] = vec4<f32>(hidden[first_row * quads + item]);
  }
  workgroupBarrier();
  for (var t = 0u; t < scalars.steps; t++) {
    let first = t * slot + first_row * quads;
    let before = t % 2u * 4u * BLOCKS * quads;
    let now = 4u * BLOCKS * quads - before;
    for (var column = 0u; column < quads; column += THREADS) {
      let quad = min(column + thread, quads - 1u);
      var sums = Sums();
      add_product(&sums, 0u, before, quads, rows, quads, quad, quads, lane, lanes);
      if (column + thread < quads) {
        let bias = bias_hh[quad];
        let pre = by_row(sums);
        for (var row = 0u; row < rows; row++) {
          let i = first + row * quads + quad;
          let h = safe_tanh(vec4<f32>(gates[i]) + bias + pre[row]);
          hidden[i + slot] = to_reals(h);
          state[now + row * quads + quad] = h;
        }
      }
    }
    workgroupBarrier();
  }
}
