// A layer's recurrent weights in the two orders in which the fused step kernels read them: panels of 8 columns, [k][8], the last index
// running fastest, so that a step of k is one run of 8 numbers. A GPU's thread takes half a panel, four columns; on the CPU a panel is
// two vectors.
//
// forward   h_{t-1} W_hh^T: column c = unit * width + gate. With several gates the width is 4 whatever their number (the columns of
//           a missing gate are zeros), so that half a panel is one unit with all its gates; with one gate it is 1.
//           forward[c / 8, k, c % 8] = W_hh[gate H + unit, k], k < H
// backward  da_t W_hh: column c = unit.
//           backward[c / 8, k, c % 8] = W_hh[k, unit], k < G H
//
// The columns are filled up with zeros to a multiple of 64, so that a workgroup finds all its panels.
//   weight_hh  [G*H, H]                    read
//   forward    [up(width H) / 8, H, 8]     read_write  written
//   backward   [up(H) / 8, G*H, 8]         read_write  written if has_backward, else not touched
//
// saved     nothing.
// gradients none: those of weight_hh come from a product over all steps.

struct Scalars {
  gates: u32,
  hidden_size: u32,
  has_backward: u32,
}

@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> weight_hh: array<real>;
@group(0) @binding(2) var<storage, read_write> forward: array<real>;
@group(0) @binding(3) var<storage, read_write> backward: array<real>;

fn padded(columns: u32) -> u32 {
  return (columns + 63u) / 64u * 64u;
}

@compute @workgroup_size(64)
fn fused_pack(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let size = s.hidden_size;
  let rows = s.gates * size;
  let width = select(4u, 1u, s.gates == 1u);
  for (var i = id.x; i < padded(width * size) * size; i += groups.x * 64u) {
    let column = i / (8u * size) * 8u + i % 8u;
    let gate = column % width;
    let unit = column / width;
    var value = real();
    if (unit < size && gate < s.gates) { value = weight_hh[(gate * size + unit) * size + i / 8u % size]; }
    forward[i] = value;
  }
  if (s.has_backward == 0u) { return; }
  for (var i = id.x; i < padded(size) * rows; i += groups.x * 64u) {
    let unit = i / (8u * rows) * 8u + i % 8u;
    var value = real();
    if (unit < size) { value = weight_hh[i / 8u % rows * size + unit]; }
    backward[i] = value;
  }
}
