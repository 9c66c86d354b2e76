// lstm_sequence_forward of lstm_sequence_forward.wgsl, in the form of sequence_subgroups.wgsl. Loads 0: hidden.

fn run(x: Extent, thread: u32, lane: u32) {
  for (var t = 0u; t < scalars.steps; t++) {
    let first = t * x.slot + x.first_row * x.quads;
    let h_before = Input(0u, first, x.quads, x.quads);
    exchange();
    for (var column = 0u; column < x.quads; column += THREADS) {
      let quad = min(column + thread, x.quads - 1u);
      // In the order g, i, f, o the new cell can be built up in its place.
      for (var turn = 0u; turn < 4u; turn++) {
        let gate = select((turn + 2u) % 3u, 3u, turn == 3u);
        var sums = in_all_rows(bias_hh[gate * x.quads + quad]);
        add_product(&sums, h_before, x, lane, gate * x.quads + quad, 4u * x.quads);
        if (column + thread < x.quads) {
          for (var row = 0u; row < x.rows; row++) {
            let at = first + row * x.quads + quad;
            let place = 4u * (first + row * x.quads) + gate * x.quads + quad;
            let a = vec4<f32>(gates[place]) + of_row(sums, row);
            let activated = activate(gate, a);
            gates[place] = to_reals(activated);
            if (gate == 2u) {
              cell[at + x.slot] = activated;
            } else if (gate == 0u) {
              cell[at + x.slot] *= activated;
            } else if (gate == 1u) {
              cell[at + x.slot] += activated * cell[at];
            } else {
              hidden[at + x.slot] = to_reals(activated * safe_tanh(cell[at + x.slot]));
            }
          }
        }
      }
    }
  }
}

// What gate i, f, g or o is after its activation.
fn activate(gate: u32, a: vec4<f32>) -> vec4<f32> {
  if (gate == 2u) { return safe_tanh(a); }
  return sigmoid(a);
}
