// The recurrence of a GRU layer over all time steps, in one dispatch; the reset gate acts after the product (PyTorch, cuDNN).
//
// forward   r_t = sigmoid(x_r + W_hr h_{t-1} + b_hr),  z_t likewise,  (x_r, x_z, x_n) = W_ih input_t + b_ih made beforehand
//           m_t = W_hn h_{t-1} + b_hn
//           n_t = tanh(x_n + r_t m_t)
//           h_t = (1 - z_t) n_t + z_t h_{t-1}
// backward  dh_t = dh_t from above + carry_scale_{t+1} (dh_{t+1} z_{t+1} + W_hr^T dr + W_hz^T dz + W_hn^T dm of step t+1)
//           dn = dh_t (1 - z_t) (1 - n_t^2),  dm = dn r_t
//           dr = dn m_t r_t (1 - r_t),        dz = dh_t (h_{t-1} - n_t) z_t (1 - z_t)
//
// Hp is H rounded up to a multiple of 4. Gate order: r, z, n.
//   gru_sequence_forward    weight         [H, 3Hp]     read        row k holds W_hh[j, k] for all j, gate by gate
//                           gates          [T, B, 3H]   read_write  in: x_r, x_z, x_n; out: r, z, n
//                           bias_hh        [3H]         read
//                           hidden         [T+1, B, H]  read_write  slot 0 is h before the first step, slot t+1 is written
//                           hidden_term    [T, B, H]    read_write  m is written
//   gru_sequence_backward   weight         [3H, Hp]     read        row j holds W_hh[j, k] for all k
//                           gates          [T, B, 3H]   read        r, z, n
//                           hidden         [T+1, B, H]  read
//                           hidden_term    [T, B, H]    read        m
//                           carry_scale    [T]          read
//                           d_hidden       [T+1, B, H]  read_write  in: slot t+1 from above; out: slot t+1 total, slot 0 dh0
//                           d_gates        [T, B, 3H]   read_write  dr, dz, dn: the gradient of x
//                           d_hidden_term  [T, B, H]    read_write  dm
//
// saved     r, z, n in gates; m in hidden_term; h.
// gradients d_hidden slot t+1 += (what flows back from step t+1); d_hidden slot 0 =; d_gates =; d_hidden_term =.
//
// In workgroup memory (sequence_product.wgsl):
//           forward: state h_{t-1}, partial the sums of r, z and n
//           backward: state dr, dz and dm, partial dh_{t-1}

@group(0) @binding(2) var<storage, read_write> forward_gates: array<real>;
@group(0) @binding(3) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(4) var<storage, read_write> forward_hidden: array<real>;
@group(0) @binding(5) var<storage, read_write> forward_hidden_term: array<real>;

@group(0) @binding(2) var<storage, read> backward_gates: array<real>;
@group(0) @binding(3) var<storage, read> backward_hidden: array<real>;
@group(0) @binding(4) var<storage, read> backward_hidden_term: array<real>;
@group(0) @binding(5) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_hidden: array<real>;
@group(0) @binding(7) var<storage, read_write> d_gates: array<real>;
@group(0) @binding(8) var<storage, read_write> d_hidden_term: array<real>;

fn read_inputs(at: u32, o: vec3<u32>) -> vec4<f32> {
  return vec4(f32(forward_gates[at]), f32(forward_gates[at + o.x]), f32(forward_gates[at + o.y]), f32(forward_gates[at + o.z]));
}

fn read_bias(at: u32, o: vec3<u32>) -> vec4<f32> {
  return vec4(bias_hh[at], bias_hh[at + o.x], bias_hh[at + o.y], bias_hh[at + o.z]);
}

fn read_state(at: u32, o: vec3<u32>) -> vec4<f32> {
  return vec4(f32(forward_hidden[at]), f32(forward_hidden[at + o.x]), f32(forward_hidden[at + o.y]), f32(forward_hidden[at + o.z]));
}

fn write_gates(at: u32, lanes: u32, x: vec4<f32>) {
  forward_gates[at] = to_real(x.x);
  if (lanes > 1u) { forward_gates[at + 1u] = to_real(x.y); }
  if (lanes > 2u) { forward_gates[at + 2u] = to_real(x.z); }
  if (lanes > 3u) { forward_gates[at + 3u] = to_real(x.w); }
}

fn write_hidden(at: u32, lanes: u32, x: vec4<f32>) {
  forward_hidden[at] = to_real(x.x);
  if (lanes > 1u) { forward_hidden[at + 1u] = to_real(x.y); }
  if (lanes > 2u) { forward_hidden[at + 2u] = to_real(x.z); }
  if (lanes > 3u) { forward_hidden[at + 3u] = to_real(x.w); }
}

fn write_term(at: u32, lanes: u32, x: vec4<f32>) {
  forward_hidden_term[at] = to_real(x.x);
  if (lanes > 1u) { forward_hidden_term[at + 1u] = to_real(x.y); }
  if (lanes > 2u) { forward_hidden_term[at + 2u] = to_real(x.z); }
  if (lanes > 3u) { forward_hidden_term[at + 3u] = to_real(x.w); }
}

fn read_gates(at: u32, o: vec3<u32>) -> vec4<f32> {
  return vec4(f32(backward_gates[at]), f32(backward_gates[at + o.x]), f32(backward_gates[at + o.y]), f32(backward_gates[at + o.z]));
}

fn read_hidden(at: u32, o: vec3<u32>) -> vec4<f32> {
  return vec4(f32(backward_hidden[at]), f32(backward_hidden[at + o.x]), f32(backward_hidden[at + o.y]), f32(backward_hidden[at + o.z]));
}

fn read_term(at: u32, o: vec3<u32>) -> vec4<f32> {
  return vec4(f32(backward_hidden_term[at]), f32(backward_hidden_term[at + o.x]), f32(backward_hidden_term[at + o.y]), f32(backward_hidden_term[at + o.z]));
}

fn read_d_hidden(at: u32, o: vec3<u32>) -> vec4<f32> {
  return vec4(f32(d_hidden[at]), f32(d_hidden[at + o.x]), f32(d_hidden[at + o.y]), f32(d_hidden[at + o.z]));
}

fn write_d_hidden(at: u32, lanes: u32, x: vec4<f32>) {
  d_hidden[at] = to_real(x.x);
  if (lanes > 1u) { d_hidden[at + 1u] = to_real(x.y); }
  if (lanes > 2u) { d_hidden[at + 2u] = to_real(x.z); }
  if (lanes > 3u) { d_hidden[at + 3u] = to_real(x.w); }
}

fn write_d_gates(at: u32, lanes: u32, x: vec4<f32>) {
  d_gates[at] = to_real(x.x);
  if (lanes > 1u) { d_gates[at + 1u] = to_real(x.y); }
  if (lanes > 2u) { d_gates[at + 2u] = to_real(x.z); }
  if (lanes > 3u) { d_gates[at + 3u] = to_real(x.w); }
}

fn write_d_term(at: u32, lanes: u32, x: vec4<f32>) {
  d_hidden_term[at] = to_real(x.x);
  if (lanes > 1u) { d_hidden_term[at + 1u] = to_real(x.y); }
  if (lanes > 2u) { d_hidden_term[at + 2u] = to_real(x.z); }
  if (lanes > 3u) { d_hidden_term[at + 3u] = to_real(x.w); }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn gru_sequence_forward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let hidden_size = scalars.hidden_size;
  let batch = scalars.batch;
  let quads = (hidden_size + 3u) / 4u;
  let columns = 3u * quads;
  let first_row = group.x * ROWS;
  let rows = min(ROWS, batch - first_row);

  for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
    let unit = item % quads * 4u;
    let lanes = min(hidden_size - unit, 4u);
    let o = offsets(lanes);
    state[item] = masked(lanes, read_state((first_row + item / quads) * hidden_size + unit, o));
  }
  workgroupBarrier();

  for (var t = 0u; t < scalars.steps; t++) {
    product(thread, hidden_size, 1u, columns, columns, 0u, false);
    workgroupBarrier();

    for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
      let quad = item % quads;
      let row = item / quads;
      let unit = quad * 4u;
      let lanes = min(hidden_size - unit, 4u);
      let o = offsets(lanes);
      let cell = t * batch + first_row + row;
      let at = cell * hidden_size + unit;
      let gate = cell * 3u * hidden_size + unit;
      let x_r = read_inputs(gate, o) + read_bias(unit, o);
      let x_z = read_inputs(gate + hidden_size, o) + read_bias(unit + hidden_size, o);
      let x_n = read_inputs(gate + 2u * hidden_size, o);
      let r = sigmoid(x_r + partial_sum(row, quad, columns));
      let z = sigmoid(x_z + partial_sum(row, quad + quads, columns));
      let m = partial_sum(row, quad + 2u * quads, columns) + read_bias(unit + 2u * hidden_size, o);
      let n = safe_tanh(x_n + r * m);
      let h = (1.0 - z) * n + z * state[item];
      write_gates(gate, lanes, r);
      write_gates(gate + hidden_size, lanes, z);
      write_gates(gate + 2u * hidden_size, lanes, n);
      write_term(at, lanes, m);
      write_hidden(at + batch * hidden_size, lanes, h);
      state[item] = masked(lanes, h);
    }
    workgroupBarrier();
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn gru_sequence_backward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let hidden_size = backward_scalars.hidden_size;
  let batch = backward_scalars.batch;
  let quads = (hidden_size + 3u) / 4u;
  let first_row = group.x * ROWS;
  let rows = min(ROWS, batch - first_row);

  // Nothing flows into the last step: `partial` starts as zeros.
  var scale = 1.0;
  for (var left = backward_scalars.steps; left > 0u; left--) {
    let t = left - 1u;
    for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
      let quad = item % quads;
      let row = item / quads;
      let unit = quad * 4u;
      let lanes = min(hidden_size - unit, 4u);
      let o = offsets(lanes);
      let cell = t * batch + first_row + row;
      let at = cell * hidden_size + unit;
      let slot = at + batch * hidden_size;
      let gate = cell * 3u * hidden_size + unit;
      let r = read_gates(gate, o);
      let z = read_gates(gate + hidden_size, o);
      let n = read_gates(gate + 2u * hidden_size, o);
      let m = read_term(at, o);
      var dh = scale * partial_sum(row, quad, quads);
      if (backward_scalars.from_above == 0u || t + backward_scalars.from_above >= backward_scalars.steps) { dh += read_d_hidden(slot, o); }
      let dn = dh * (1.0 - z) * (1.0 - n * n);
      let dm = dn * r;
      let dr = dm * m * (1.0 - r);
      let dz = dh * (read_hidden(at, o) - n) * z * (1.0 - z);
      write_d_hidden(slot, lanes, dh);
      write_d_gates(gate, lanes, dr);
      write_d_gates(gate + hidden_size, lanes, dz);
      write_d_gates(gate + 2u * hidden_size, lanes, dn);
      write_d_term(at, lanes, dm);
      let to = row * 3u * quads + quad;
      state[to] = masked(lanes, dr);
      state[to + quads] = masked(lanes, dz);
      state[to + 2u * quads] = masked(lanes, dm);
      // dh z reaches h_{t-1} without the product, which adds to it.
      partial[item] = dh * z;
    }
    workgroupBarrier();

    product(thread, hidden_size, 3u, quads, quads, 0u, true);
    workgroupBarrier();
    scale = carry_scale[t];
  }

  for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
    let unit = item % quads * 4u;
    let lanes = min(hidden_size - unit, 4u);
    let o = offsets(lanes);
    let dh = scale * partial_sum(item / quads, item % quads, quads);
    write_d_hidden((first_row + item / quads) * hidden_size + unit, lanes, dh);
  }
}
