// Copies of a layer's recurrent weights in the two orders in which the sequence kernels read whole vectors.
//
// forward   forward[k, g Hp + j] = W_hh[g H + j, k]
// backward  backward[g H + j, k] = W_hh[g H + j, k]
//
// Hp is H rounded up to a multiple of 4; the padding is set to zero. G gates.
//   weight_hh  [G*H, H]   read
//   forward    [H, G*Hp]  read_write  written
//   backward   [G*H, Hp]  read_write  written
//
// saved     nothing.
// gradients none: those of weight_hh come from a matmul over all steps.

struct Scalars {
  gates: u32,
  hidden: u32,
}

@group(0) @binding(0) var<uniform> scalars: Scalars;
@group(0) @binding(1) var<storage, read> weight_hh: array<real>;
@group(0) @binding(2) var<storage, read_write> forward: array<real>;
@group(0) @binding(3) var<storage, read_write> backward: array<real>;

@compute @workgroup_size(64)
fn pack_recurrent(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let hidden = scalars.hidden;
  let padded = (hidden + 3u) / 4u * 4u;
  // Both copies have as many elements.
  for (var i = id.x; i < scalars.gates * hidden * padded; i += groups.x * 64u) {
    let k = i / (scalars.gates * padded);
    let gate = i / padded % scalars.gates;
    let j = i % padded;
    var value = real();
    if (j < hidden) { value = weight_hh[(gate * hidden + j) * hidden + k]; }
    forward[i] = value;

    let row = i / padded;
    value = real();
    if (j < hidden) { value = weight_hh[row * hidden + j]; }
    backward[i] = value;
  }
}
