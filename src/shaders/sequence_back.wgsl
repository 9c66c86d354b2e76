// What backward kernels of sequence_subgroups.wgsl share. They go over the slots of d_hidden from the last to the first: slot s holds the
// gradient of the state after step s - 1, into which step s flows back, and in the same turn step s - 1 is taken back to its gates.

// The factor of what flows back into a slot; nothing flows into the last.
fn scale_into(slot: u32) -> f32 {
  if (slot == scalars.steps) { return 0.0; }
  return carry_scale[slot];
}

// Whether a slot holds a gradient from the layer above.
fn comes_from_above(slot: u32) -> bool {
  return slot > 0u && (scalars.from_above == 0u || slot + scalars.from_above > scalars.steps);
}
