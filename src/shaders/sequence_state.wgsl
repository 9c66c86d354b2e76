// What a forward kernel of sequence_subgroups.wgsl multiplies by the weight: two vectors of H numbers for each batch row, f32 whatever is stored.
var<workgroup> state: array<vec4<f32>, 1024>;

fn load(which: u32, at: u32) -> vec4<f32> {
  return state[at];
}

// h before the first step becomes the first of the two.
fn load_state(x: Extent, thread: u32) {
  for (var item = thread; item < x.rows * x.quads; item += THREADS) {
    state[item] = vec4<f32>(hidden[x.first_row * x.quads + item]);
  }
  workgroupBarrier();
}
