// Backpropagation through all time steps of lstm_sequence_forward, in one dispatch. Gates in PyTorch's order i, f, g, o.
//
// forward   a_t = x_t + W_hh h_{t-1} + b_hh,  x_t = W_ih input_t + b_ih made beforehand
//           i = sigmoid(a_i)  f = sigmoid(a_f)  g = tanh(a_g)  o = sigmoid(a_o)
//           c_t = f c_{t-1} + i g              h_t = o tanh(c_t)
// backward  dh_t = dh_t from above + carry_scale_{t+1} (W_hh^T da_{t+1})
//           dc_t = dh_t o (1 - tanh(c_t)^2) + carry_scale_{t+1} dc_{t+1} f_{t+1}
//           da_i = dc g i (1 - i)              da_f = dc c_{t-1} f (1 - f)
//           da_g = dc i (1 - g^2)              da_o = dh tanh(c_t) o (1 - o)
//
// Hp is H rounded up to a multiple of 4.
//   gates        [T, B, 4H]   read        i, f, g, o
//   cell         [T+1, B, H]  read
//   weight       [4H, Hp]     read        row j holds W_hh[j, k] for all k
//   carry_scale  [T]          read
//   d_hidden     [T+1, B, H]  read_write  in: slot t+1 from above; out: slot t+1 total, slot 0 dh0
//   d_cell       [T+1, B, H]  read_write  slot t+1 total, slot 0 dc0
//   d_gates      [T, B, 4H]   read_write  da_t, the gradient of x_t
//
// saved     gates after their activation, and cell; tanh(c) is computed again.
// gradients d_hidden slot t+1 += (what flows back from step t+1); d_hidden slot 0 =; d_cell =; d_gates =.
//
// A batch row's recurrence needs that row alone, so a workgroup takes ROWS rows through all steps. Each step has two
// phases: the point-wise part, and the product, in which a thread sums a part of the gates for four columns of all rows.
// Sums are written from left to right, so that a term is one fused multiply-add.

override WORKGROUP_SIZE: u32 = 64u;
// Batch rows per workgroup: 1, 2 or 4.
override ROWS: u32 = 1u;
// Parts of 4 / PARTS gates into which the product's sum is cut: 1, 2 or 4; added in a fixed order.
override PARTS: u32 = 1u;
override STATE_VECTORS: u32 = 1u;
override PARTIAL_VECTORS: u32 = 1u;

struct Scalars {
  steps: u32,
  batch: u32,
  hidden_size: u32,
  from_above: u32,
}

@group(0) @binding(0) var<uniform> scalars: Scalars;

@group(0) @binding(1) var<storage, read> gates: array<real>;
@group(0) @binding(2) var<storage, read> cell: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<real>>;
@group(0) @binding(4) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_hidden: array<real>;
@group(0) @binding(6) var<storage, read_write> d_cell: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_gates: array<real>;

// The product's input, da_t [ROWS, 4, Hp]. The padding stays zero.
var<workgroup> state: array<vec4<f32>, STATE_VECTORS>;
// The product's output, [PARTS, ROWS, Hp].
var<workgroup> partial: array<vec4<f32>, PARTIAL_VECTORS>;

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: vec4<f32>) -> vec4<f32> {
  return tanh(clamp(x, vec4(-10.0), vec4(10.0)));
}

// Zero where a vector reaches past the last unit.
fn masked(value: vec4<f32>, lanes: u32) -> vec4<f32> {
  return select(vec4<f32>(), value, vec4(0u, 1u, 2u, 3u) < vec4(lanes));
}

fn load_gate(at: u32, lanes: u32) -> vec4<f32> {
  var x = vec4(f32(gates[at]), 0.0, 0.0, 0.0);
  if (lanes > 1u) { x.y = f32(gates[at + 1u]); }
  if (lanes > 2u) { x.z = f32(gates[at + 2u]); }
  if (lanes > 3u) { x.w = f32(gates[at + 3u]); }
  return x;
}

fn load_cell(at: u32, lanes: u32) -> vec4<f32> {
  var x = vec4(cell[at], 0.0, 0.0, 0.0);
  if (lanes > 1u) { x.y = cell[at + 1u]; }
  if (lanes > 2u) { x.z = cell[at + 2u]; }
  if (lanes > 3u) { x.w = cell[at + 3u]; }
  return x;
}

fn load_d_cell(at: u32, lanes: u32) -> vec4<f32> {
  var x = vec4(d_cell[at], 0.0, 0.0, 0.0);
  if (lanes > 1u) { x.y = d_cell[at + 1u]; }
  if (lanes > 2u) { x.z = d_cell[at + 2u]; }
  if (lanes > 3u) { x.w = d_cell[at + 3u]; }
  return x;
}

fn store_d_cell(at: u32, lanes: u32, value: vec4<f32>) {
  d_cell[at] = value.x;
  if (lanes > 1u) { d_cell[at + 1u] = value.y; }
  if (lanes > 2u) { d_cell[at + 2u] = value.z; }
  if (lanes > 3u) { d_cell[at + 3u] = value.w; }
}

fn store_d_gate(at: u32, lanes: u32, value: vec4<f32>) {
  d_gates[at] = to_real(value.x);
  if (lanes > 1u) { d_gates[at + 1u] = to_real(value.y); }
  if (lanes > 2u) { d_gates[at + 2u] = to_real(value.z); }
  if (lanes > 3u) { d_gates[at + 3u] = to_real(value.w); }
}

fn partial_sum(row: u32, quad: u32, quads: u32) -> vec4<f32> {
  var sum = partial[row * quads + quad];
  for (var part = 1u; part < PARTS; part++) {
    sum += partial[(part * ROWS + row) * quads + quad];
  }
  return sum;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn lstm_sequence_backward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let hidden_size = scalars.hidden_size;
  let batch = scalars.batch;
  let quads = (hidden_size + 3u) / 4u;
  let columns = 4u * quads;
  let last = hidden_size - 1u;
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
      let step_row = t * batch + first_row + row;
      let at = step_row * hidden_size + unit;
      let slot = at + batch * hidden_size;
      let gate = step_row * 4u * hidden_size + unit;
      let i = load_gate(gate, lanes);
      let f = load_gate(gate + hidden_size, lanes);
      let g = load_gate(gate + 2u * hidden_size, lanes);
      let o = load_gate(gate + 3u * hidden_size, lanes);
      let c_previous = load_cell(at, lanes);
      let tanh_c = safe_tanh(load_cell(slot, lanes));

      var dh = scale * partial_sum(row, quad, quads);
      if (scalars.from_above == 0u || t + scalars.from_above >= scalars.steps) {
        dh.x += f32(d_hidden[slot]);
        if (lanes > 1u) { dh.y += f32(d_hidden[slot + 1u]); }
        if (lanes > 2u) { dh.z += f32(d_hidden[slot + 2u]); }
        if (lanes > 3u) { dh.w += f32(d_hidden[slot + 3u]); }
      }
      d_hidden[slot] = to_real(dh.x);
      if (lanes > 1u) { d_hidden[slot + 1u] = to_real(dh.y); }
      if (lanes > 2u) { d_hidden[slot + 2u] = to_real(dh.z); }
      if (lanes > 3u) { d_hidden[slot + 3u] = to_real(dh.w); }

      // The slot holds what this same thread let flow back from step t+1.
      var dc = dh * o * (1.0 - tanh_c * tanh_c);
      if (left < scalars.steps) { dc += load_d_cell(slot, lanes); }
      store_d_cell(slot, lanes, dc);
      store_d_cell(at, lanes, carry_scale[t] * dc * f);

      let da_i = dc * g * i * (1.0 - i);
      let da_f = dc * c_previous * f * (1.0 - f);
      let da_g = dc * i * (1.0 - g * g);
      let da_o = dh * tanh_c * o * (1.0 - o);
      store_d_gate(gate, lanes, da_i);
      store_d_gate(gate + hidden_size, lanes, da_f);
      store_d_gate(gate + 2u * hidden_size, lanes, da_g);
      store_d_gate(gate + 3u * hidden_size, lanes, da_o);
      let to = row * columns + quad;
      state[to] = masked(da_i, lanes);
      state[to + quads] = masked(da_f, lanes);
      state[to + 2u * quads] = masked(da_g, lanes);
      state[to + 3u * quads] = masked(da_o, lanes);
    }
    workgroupBarrier();

    for (var item = thread; item < quads * PARTS; item += WORKGROUP_SIZE) {
      let quad = item % quads;
      let part = item / quads;
      var sum0 = vec4<f32>();
      var sum1 = vec4<f32>();
      var sum2 = vec4<f32>();
      var sum3 = vec4<f32>();
      for (var gate = part * 4u / PARTS; gate < (part + 1u) * 4u / PARTS; gate++) {
        let first = gate * hidden_size;
        let base = gate * quads;
        for (var j4 = 0u; j4 < quads; j4++) {
          let j = j4 * 4u;
          let w0 = vec4<f32>(weight[(first + j) * quads + quad]);
          let w1 = vec4<f32>(weight[(first + min(j + 1u, last)) * quads + quad]);
          let w2 = vec4<f32>(weight[(first + min(j + 2u, last)) * quads + quad]);
          let w3 = vec4<f32>(weight[(first + min(j + 3u, last)) * quads + quad]);
          let d0 = state[base + j4];
          sum0 = sum0 + d0.x * w0 + d0.y * w1 + d0.z * w2 + d0.w * w3;
          if (ROWS > 1u) {
            let d1 = state[base + columns + j4];
            sum1 = sum1 + d1.x * w0 + d1.y * w1 + d1.z * w2 + d1.w * w3;
          }
          if (ROWS > 2u) {
            let d2 = state[base + 2u * columns + j4];
            let d3 = state[base + 3u * columns + j4];
            sum2 = sum2 + d2.x * w0 + d2.y * w1 + d2.z * w2 + d2.w * w3;
            sum3 = sum3 + d3.x * w0 + d3.y * w1 + d3.z * w2 + d3.w * w3;
          }
        }
      }
      let to = part * ROWS * quads + quad;
      partial[to] = sum0;
      if (ROWS > 1u) { partial[to + quads] = sum1; }
      if (ROWS > 2u) {
        partial[to + 2u * quads] = sum2;
        partial[to + 3u * quads] = sum3;
      }
    }
    workgroupBarrier();
    scale = carry_scale[t];
  }

  for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
    let unit = item % quads * 4u;
    let lanes = min(hidden_size - unit, 4u);
    let at = (first_row + item / quads) * hidden_size + unit;
    let dh = scale * partial_sum(item / quads, item % quads, quads);
    d_hidden[at] = to_real(dh.x);
    if (lanes > 1u) { d_hidden[at + 1u] = to_real(dh.y); }
    if (lanes > 2u) { d_hidden[at + 2u] = to_real(dh.z); }
    if (lanes > 3u) { d_hidden[at + 3u] = to_real(dh.w); }
  }
}
