// The recurrence of a GRU layer over all time steps, in one dispatch; the reset gate acts before the product
// (Cho et al. 2014, Keras `reset_after=False`). It has no bias_hh.
//
// forward   r_t = sigmoid(x_r + W_hr h_{t-1}),  z_t likewise,  (x_r, x_z, x_n) = W_ih input_t + b_ih made beforehand
//           m_t = r_t h_{t-1}
//           n_t = tanh(x_n + W_hn m_t)
//           h_t = (1 - z_t) n_t + z_t h_{t-1}
// backward  dh_t = dh_t from above + carry_scale_{t+1} (dh_{t+1} z_{t+1} + dm r_{t+1} + W_hr^T dr + W_hz^T dz of step t+1)
//           dz = dh_t (h_{t-1} - n_t) z_t (1 - z_t),  dn = dh_t (1 - z_t) (1 - n_t^2)
//           dm = W_hn^T dn,                           dr = dm h_{t-1} r_t (1 - r_t)
//
// Hp is H rounded up to a multiple of 4. Gate order: r, z, n.
//   gru_before_sequence_forward    gates          [T, B, 3H]   read_write  in: x_r, x_z, x_n; out: r, z, n
//                                  weight         [H, 3Hp]     read        row k holds W_hh[j, k] for all j, gate by gate
//                                  hidden         [T+1, B, H]  read_write  slot 0 is h before the first step, slot t+1 is written
//                                  hidden_term    [T, B, H]    read_write  m is written
//   gru_before_sequence_backward   gates          [T, B, 3H]   read        r, z, n
//                                  hidden         [T+1, B, H]  read
//                                  weight         [3H, Hp]     read        row j holds W_hh[j, k] for all k
//                                  carry_scale    [T]          read
//                                  d_hidden       [T+1, B, H]  read_write  in: slot t+1 from above; out: slot t+1 total, slot 0 dh0
//                                  d_gates        [T, B, 3H]   read_write  dr, dz, dn: the gradient of x
//                                  d_hidden_term  [T, B, H]    read_write  dm
//
// saved     r, z, n in gates; m in hidden_term (for dW_hn); h.
// gradients d_hidden slot t+1 += (what flows back from step t+1); d_hidden slot 0 =; d_gates =; d_hidden_term =.
//
// A batch row's recurrence needs that row alone, so a workgroup takes ROWS rows through all steps. Each step has two
// products, in which a thread sums one part of k for four columns of all rows, and point-wise work after each.

override WORKGROUP_SIZE: u32 = 64u;
// Batch rows per workgroup: 1, 2 or 4.
override ROWS: u32 = 1u;
// Parts into which a product's sum is cut; partial sums are added in a fixed order.
override PARTS: u32 = 1u;
override STATE_VECTORS: u32 = 2u;
override PARTIAL_VECTORS: u32 = 2u;

struct Scalars {
  steps: u32,
  batch: u32,
  hidden_size: u32,
}

@group(0) @binding(0) var<uniform> scalars: Scalars;

@group(0) @binding(1) var<storage, read_write> forward_gates: array<f32>;
@group(0) @binding(2) var<storage, read> forward_weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> forward_hidden: array<f32>;
@group(0) @binding(4) var<storage, read_write> forward_term: array<f32>;

@group(0) @binding(1) var<storage, read> backward_gates: array<f32>;
@group(0) @binding(2) var<storage, read> backward_hidden: array<f32>;
@group(0) @binding(3) var<storage, read> backward_weight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_hidden: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_gates: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_hidden_term: array<f32>;

// A product's input: h_{t-1}, then m [ROWS, Hp] forward; dn and dz, then dr and dz [ROWS, 2, Hp] backward. The padding stays zero.
var<workgroup> state: array<vec4<f32>, STATE_VECTORS>;
// A product's output: r and z [PARTS, ROWS, 2Hp], then n [PARTS, ROWS, Hp] forward; [PARTS, ROWS, Hp] backward.
var<workgroup> partial: array<vec4<f32>, PARTIAL_VECTORS>;

fn sigmoid(x: vec4<f32>) -> vec4<f32> {
  return 1.0 / (1.0 + exp(-clamp(x, vec4(-80.0), vec4(80.0))));
}

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: vec4<f32>) -> vec4<f32> {
  return tanh(clamp(x, vec4(-10.0), vec4(10.0)));
}

fn partial_sum(row: u32, column: u32, columns: u32) -> vec4<f32> {
  var sum = partial[row * columns + column];
  for (var part = 1u; part < PARTS; part++) {
    sum += partial[(part * ROWS + row) * columns + column];
  }
  return sum;
}

// Four neighbouring units of which `lanes` exist; the others repeat the last one when read and are not written.
fn offsets(lanes: u32) -> vec3<u32> {
  return min(vec3(1u, 2u, 3u), vec3(lanes - 1u));
}

fn only(lanes: u32, x: vec4<f32>) -> vec4<f32> {
  return select(vec4<f32>(), x, vec4(0u, 1u, 2u, 3u) < vec4(lanes));
}

fn read_forward_gates(at: u32, lanes: u32) -> vec4<f32> {
  let o = offsets(lanes);
  return vec4(forward_gates[at], forward_gates[at + o.x], forward_gates[at + o.y], forward_gates[at + o.z]);
}

fn read_forward_hidden(at: u32, lanes: u32) -> vec4<f32> {
  let o = offsets(lanes);
  return vec4(forward_hidden[at], forward_hidden[at + o.x], forward_hidden[at + o.y], forward_hidden[at + o.z]);
}

fn write_gates(at: u32, lanes: u32, x: vec4<f32>) {
  forward_gates[at] = x.x;
  if (lanes > 1u) { forward_gates[at + 1u] = x.y; }
  if (lanes > 2u) { forward_gates[at + 2u] = x.z; }
  if (lanes > 3u) { forward_gates[at + 3u] = x.w; }
}

fn write_hidden(at: u32, lanes: u32, x: vec4<f32>) {
  forward_hidden[at] = x.x;
  if (lanes > 1u) { forward_hidden[at + 1u] = x.y; }
  if (lanes > 2u) { forward_hidden[at + 2u] = x.z; }
  if (lanes > 3u) { forward_hidden[at + 3u] = x.w; }
}

fn write_term(at: u32, lanes: u32, x: vec4<f32>) {
  forward_term[at] = x.x;
  if (lanes > 1u) { forward_term[at + 1u] = x.y; }
  if (lanes > 2u) { forward_term[at + 2u] = x.z; }
  if (lanes > 3u) { forward_term[at + 3u] = x.w; }
}

fn read_backward_gates(at: u32, lanes: u32) -> vec4<f32> {
  let o = offsets(lanes);
  return vec4(backward_gates[at], backward_gates[at + o.x], backward_gates[at + o.y], backward_gates[at + o.z]);
}

fn read_backward_hidden(at: u32, lanes: u32) -> vec4<f32> {
  let o = offsets(lanes);
  return vec4(backward_hidden[at], backward_hidden[at + o.x], backward_hidden[at + o.y], backward_hidden[at + o.z]);
}

fn read_d_hidden(at: u32, lanes: u32) -> vec4<f32> {
  let o = offsets(lanes);
  return vec4(d_hidden[at], d_hidden[at + o.x], d_hidden[at + o.y], d_hidden[at + o.z]);
}

fn write_d_hidden(at: u32, lanes: u32, x: vec4<f32>) {
  d_hidden[at] = x.x;
  if (lanes > 1u) { d_hidden[at + 1u] = x.y; }
  if (lanes > 2u) { d_hidden[at + 2u] = x.z; }
  if (lanes > 3u) { d_hidden[at + 3u] = x.w; }
}

fn write_d_gates(at: u32, lanes: u32, x: vec4<f32>) {
  d_gates[at] = x.x;
  if (lanes > 1u) { d_gates[at + 1u] = x.y; }
  if (lanes > 2u) { d_gates[at + 2u] = x.z; }
  if (lanes > 3u) { d_gates[at + 3u] = x.w; }
}

fn write_d_hidden_term(at: u32, lanes: u32, x: vec4<f32>) {
  d_hidden_term[at] = x.x;
  if (lanes > 1u) { d_hidden_term[at + 1u] = x.y; }
  if (lanes > 2u) { d_hidden_term[at + 2u] = x.z; }
  if (lanes > 3u) { d_hidden_term[at + 3u] = x.w; }
}

// partial = state W_hh^T, for `gates` gates from `first_gate` on
fn forward_product(thread: u32, hidden_size: u32, first_gate: u32, gates: u32) {
  let quads = (hidden_size + 3u) / 4u;
  let part_quads = (quads + PARTS - 1u) / PARTS;
  let columns = gates * quads;
  let stride = 3u * quads;
  let last = hidden_size - 1u;
  for (var item = thread; item < columns * PARTS; item += WORKGROUP_SIZE) {
    let column = item % columns;
    let part = item / columns;
    let base = first_gate * quads + column;
    var sum0 = vec4<f32>();
    var sum1 = vec4<f32>();
    var sum2 = vec4<f32>();
    var sum3 = vec4<f32>();
    let end = min(quads, (part + 1u) * part_quads);
    for (var k4 = part * part_quads; k4 < end; k4++) {
      let k = k4 * 4u;
      let w0 = forward_weight[k * stride + base];
      let w1 = forward_weight[min(k + 1u, last) * stride + base];
      let w2 = forward_weight[min(k + 2u, last) * stride + base];
      let w3 = forward_weight[min(k + 3u, last) * stride + base];
      let h0 = state[k4];
      sum0 += h0.x * w0 + h0.y * w1 + h0.z * w2 + h0.w * w3;
      if (ROWS > 1u) {
        let h1 = state[quads + k4];
        sum1 += h1.x * w0 + h1.y * w1 + h1.z * w2 + h1.w * w3;
      }
      if (ROWS > 2u) {
        let h2 = state[2u * quads + k4];
        let h3 = state[3u * quads + k4];
        sum2 += h2.x * w0 + h2.y * w1 + h2.z * w2 + h2.w * w3;
        sum3 += h3.x * w0 + h3.y * w1 + h3.z * w2 + h3.w * w3;
      }
    }
    let to = part * ROWS * columns + column;
    partial[to] = sum0;
    if (ROWS > 1u) { partial[to + columns] = sum1; }
    if (ROWS > 2u) {
      partial[to + 2u * columns] = sum2;
      partial[to + 3u * columns] = sum3;
    }
  }
}

// partial += state W_hh, for `gates` gates from `first_gate` on; the first part starts from what lies there, the others from zero
fn backward_product(thread: u32, hidden_size: u32, first_gate: u32, gates: u32) {
  let quads = (hidden_size + 3u) / 4u;
  let part_quads = (quads + PARTS - 1u) / PARTS;
  let last = 3u * hidden_size - 1u;
  for (var item = thread; item < quads * PARTS; item += WORKGROUP_SIZE) {
    let quad = item % quads;
    let part = item / quads;
    let to = part * ROWS * quads + quad;
    var sum0 = vec4<f32>();
    var sum1 = vec4<f32>();
    var sum2 = vec4<f32>();
    var sum3 = vec4<f32>();
    if (part == 0u) {
      sum0 = partial[to];
      if (ROWS > 1u) { sum1 = partial[to + quads]; }
      if (ROWS > 2u) {
        sum2 = partial[to + 2u * quads];
        sum3 = partial[to + 3u * quads];
      }
    }
    let end = min(quads, (part + 1u) * part_quads);
    for (var gate = 0u; gate < gates; gate++) {
      for (var j4 = part * part_quads; j4 < end; j4++) {
        let j = (first_gate + gate) * hidden_size + j4 * 4u;
        let w0 = backward_weight[j * quads + quad];
        let w1 = backward_weight[min(j + 1u, last) * quads + quad];
        let w2 = backward_weight[min(j + 2u, last) * quads + quad];
        let w3 = backward_weight[min(j + 3u, last) * quads + quad];
        let base = gate * quads + j4;
        let d0 = state[base];
        sum0 += d0.x * w0 + d0.y * w1 + d0.z * w2 + d0.w * w3;
        if (ROWS > 1u) {
          let d1 = state[base + 2u * quads];
          sum1 += d1.x * w0 + d1.y * w1 + d1.z * w2 + d1.w * w3;
        }
        if (ROWS > 2u) {
          let d2 = state[base + 4u * quads];
          let d3 = state[base + 6u * quads];
          sum2 += d2.x * w0 + d2.y * w1 + d2.z * w2 + d2.w * w3;
          sum3 += d3.x * w0 + d3.y * w1 + d3.z * w2 + d3.w * w3;
        }
      }
    }
    partial[to] = sum0;
    if (ROWS > 1u) { partial[to + quads] = sum1; }
    if (ROWS > 2u) {
      partial[to + 2u * quads] = sum2;
      partial[to + 3u * quads] = sum3;
    }
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn gru_before_sequence_forward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let hidden_size = scalars.hidden_size;
  let batch = scalars.batch;
  let quads = (hidden_size + 3u) / 4u;
  let first_row = group.x * ROWS;
  let rows = min(ROWS, batch - first_row);

  for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
    let unit = item % quads * 4u;
    let lanes = min(hidden_size - unit, 4u);
    state[item] = only(lanes, read_forward_hidden((first_row + item / quads) * hidden_size + unit, lanes));
  }
  workgroupBarrier();

  for (var t = 0u; t < scalars.steps; t++) {
    forward_product(thread, hidden_size, 0u, 2u);
    workgroupBarrier();

    for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
      let quad = item % quads;
      let row = item / quads;
      let unit = quad * 4u;
      let lanes = min(hidden_size - unit, 4u);
      let cell = t * batch + first_row + row;
      let gate = cell * 3u * hidden_size + unit;
      let r = sigmoid(read_forward_gates(gate, lanes) + partial_sum(row, quad, 2u * quads));
      let z = sigmoid(read_forward_gates(gate + hidden_size, lanes) + partial_sum(row, quad + quads, 2u * quads));
      let m = r * state[item];
      write_gates(gate, lanes, r);
      write_gates(gate + hidden_size, lanes, z);
      write_term(cell * hidden_size + unit, lanes, m);
      state[item] = m;
    }
    workgroupBarrier();

    forward_product(thread, hidden_size, 2u, 1u);
    workgroupBarrier();

    for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
      let quad = item % quads;
      let row = item / quads;
      let unit = quad * 4u;
      let lanes = min(hidden_size - unit, 4u);
      let cell = t * batch + first_row + row;
      let at = cell * hidden_size + unit;
      let gate = cell * 3u * hidden_size + unit;
      let z = read_forward_gates(gate + hidden_size, lanes);
      let n = safe_tanh(read_forward_gates(gate + 2u * hidden_size, lanes) + partial_sum(row, quad, quads));
      let h = (1.0 - z) * n + z * read_forward_hidden(at, lanes);
      write_gates(gate + 2u * hidden_size, lanes, n);
      write_hidden(at + batch * hidden_size, lanes, h);
      state[item] = only(lanes, h);
    }
    workgroupBarrier();
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn gru_before_sequence_backward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let hidden_size = scalars.hidden_size;
  let batch = scalars.batch;
  let quads = (hidden_size + 3u) / 4u;
  let first_row = group.x * ROWS;
  let rows = min(ROWS, batch - first_row);

  // Nothing flows into the last step: `partial` starts as zeros.
  var scale = 1.0;
  for (var left = scalars.steps; left > 0u; left--) {
    let t = left - 1u;
    for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
      let quad = item % quads;
      let row = item / quads;
      let unit = quad * 4u;
      let lanes = min(hidden_size - unit, 4u);
      let cell = t * batch + first_row + row;
      let at = cell * hidden_size + unit;
      let slot = at + batch * hidden_size;
      let gate = cell * 3u * hidden_size + unit;
      let z = read_backward_gates(gate + hidden_size, lanes);
      let n = read_backward_gates(gate + 2u * hidden_size, lanes);
      let dh = read_d_hidden(slot, lanes) + scale * partial_sum(row, quad, quads);
      let dz = dh * (read_backward_hidden(at, lanes) - n) * z * (1.0 - z);
      let dn = dh * (1.0 - z) * (1.0 - n * n);
      write_d_hidden(slot, lanes, dh);
      write_d_gates(gate + hidden_size, lanes, dz);
      write_d_gates(gate + 2u * hidden_size, lanes, dn);
      let to = row * 2u * quads + quad;
      state[to] = only(lanes, dn);
      state[to + quads] = only(lanes, dz);
      partial[item] = vec4<f32>();
    }
    workgroupBarrier();

    backward_product(thread, hidden_size, 2u, 1u);
    workgroupBarrier();

    for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
      let quad = item % quads;
      let row = item / quads;
      let unit = quad * 4u;
      let lanes = min(hidden_size - unit, 4u);
      let cell = t * batch + first_row + row;
      let at = cell * hidden_size + unit;
      let gate = cell * 3u * hidden_size + unit;
      let r = read_backward_gates(gate, lanes);
      let dm = partial_sum(row, quad, quads);
      let dr = dm * read_backward_hidden(at, lanes) * r * (1.0 - r);
      write_d_hidden_term(at, lanes, dm);
      write_d_gates(gate, lanes, dr);
      state[row * 2u * quads + quad] = only(lanes, dr);
      // dh z and dm r reach h_{t-1} without the second product, which adds to them.
      let dh = read_d_hidden(at + batch * hidden_size, lanes);
      partial[item] = dh * read_backward_gates(gate + hidden_size, lanes) + dm * r;
    }
    workgroupBarrier();

    backward_product(thread, hidden_size, 0u, 2u);
    workgroupBarrier();
    scale = carry_scale[t];
  }

  for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
    let unit = item % quads * 4u;
    let lanes = min(hidden_size - unit, 4u);
    let dh = scale * partial_sum(item / quads, item % quads, quads);
    write_d_hidden((first_row + item / quads) * hidden_size + unit, lanes, dh);
  }
}
