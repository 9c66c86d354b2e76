// What the fused kernels of a backward step share: the product da_t W_hh with the weights in fused_pack's `backward`. It goes between
// the product and the kernel's own source, which defines GATES, the other names of fused_product.wgsl and `finish_unit(row, unit, sum)`
// for rows and units that exist.

// Four neighbouring units.
alias Columns = vec4<f32>;
alias Four = mat4x4<f32>;

fn columns_of(quad: vec4<f32>) -> Columns { return quad; }
fn panel_length() -> u32 { return GATES * s.hidden_size; }

fn finish(row: u32, quad: u32, sums: Columns) {
  for (var i = 0u; i < 4u; i++) {
    if (4u * quad + i < s.hidden_size) { finish_unit(row, 4u * quad + i, sums[i]); }
  }
}

