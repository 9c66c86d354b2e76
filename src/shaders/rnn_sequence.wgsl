// The recurrence of a tanh RNN layer over all time steps, in one dispatch.
//
// forward   h_t = tanh(x_t + W_hh h_{t-1} + b_hh),  x_t = W_ih input_t + b_ih made beforehand
// backward  dh_t = dh_t from above + carry_scale_{t+1} (W_hh^T d_{t+1})
//           d_t  = dh_t (1 - h_t^2)
//
// Hp is H rounded up to a multiple of 4.
//   rnn_sequence_forward    gates        [T, B, H]    read        x_t
//                           weight       [H, Hp]      read        row k holds W_hh[j, k] for all j
//                           bias_hh      [H]          read
//                           hidden       [T+1, B, H]  read_write  slot 0 is h before the first step, slot t+1 is written
//   rnn_sequence_backward   hidden       [T+1, B, H]  read
//                           weight       [H, Hp]      read        row j holds W_hh[j, k] for all k
//                           carry_scale  [T]          read
//                           d_hidden     [T+1, B, H]  read_write  in: slot t+1 from above; out: slot t+1 total, slot 0 dh0
//                           d_gates      [T, B, H]    read_write  d_t, the gradient of x_t
//
// saved     hidden alone: tanh' follows from its value.
// gradients d_hidden slot t+1 += (what flows back from step t+1); d_hidden slot 0 =; d_gates =.
//
// A batch row's recurrence needs that row alone, so a workgroup takes ROWS rows through all steps. Each step has two
// phases: the product, in which a thread sums one part of k for four columns of all rows, and the point-wise rest.
// Sums are written from left to right, so that a term is one fused multiply-add.

override WORKGROUP_SIZE: u32 = 64u;
// Batch rows per workgroup: 1, 2 or 4.
override ROWS: u32 = 1u;
// Parts into which the product's sum is cut; partial sums are added in a fixed order.
override PARTS: u32 = 1u;
override STATE_VECTORS: u32 = 1u;
override PARTIAL_VECTORS: u32 = 1u;

struct Scalars {
  steps: u32,
  batch: u32,
  hidden_size: u32,
}

struct BackwardScalars {
  steps: u32,
  batch: u32,
  hidden_size: u32,
  // If not 0: only the last so many steps' slots of d_hidden hold a gradient from above; the others are not read.
  from_above: u32,
}

@group(0) @binding(0) var<uniform> scalars: Scalars;
@group(0) @binding(0) var<uniform> backward_scalars: BackwardScalars;

@group(0) @binding(1) var<storage, read> forward_gates: array<real>;
@group(0) @binding(2) var<storage, read> forward_weight: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(4) var<storage, read_write> forward_hidden: array<real>;

@group(0) @binding(1) var<storage, read> backward_hidden: array<real>;
@group(0) @binding(2) var<storage, read> backward_weight: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> carry_scale: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_hidden: array<real>;
@group(0) @binding(5) var<storage, read_write> d_gates: array<real>;

// The product's input, [ROWS, Hp]: h_{t-1} forward, d_t backward. The padding stays zero.
var<workgroup> state: array<vec4<f32>, STATE_VECTORS>;
// The product's output, [PARTS, ROWS, Hp].
var<workgroup> partial: array<vec4<f32>, PARTIAL_VECTORS>;

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: vec4<f32>) -> vec4<f32> {
  return tanh(clamp(x, vec4(-10.0), vec4(10.0)));
}

fn partial_sum(row: u32, quad: u32, quads: u32) -> vec4<f32> {
  var sum = partial[row * quads + quad];
  for (var part = 1u; part < PARTS; part++) {
    sum += partial[(part * ROWS + row) * quads + quad];
  }
  return sum;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn rnn_sequence_forward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let hidden_size = scalars.hidden_size;
  let batch = scalars.batch;
  let quads = (hidden_size + 3u) / 4u;
  let part_quads = (quads + PARTS - 1u) / PARTS;
  let last = hidden_size - 1u;
  let first_row = group.x * ROWS;
  let rows = min(ROWS, batch - first_row);

  for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
    let unit = item % quads * 4u;
    let at = (first_row + item / quads) * hidden_size + unit;
    let lanes = min(hidden_size - unit, 4u);
    var h = vec4(f32(forward_hidden[at]), 0.0, 0.0, 0.0);
    if (lanes > 1u) { h.y = f32(forward_hidden[at + 1u]); }
    if (lanes > 2u) { h.z = f32(forward_hidden[at + 2u]); }
    if (lanes > 3u) { h.w = f32(forward_hidden[at + 3u]); }
    state[item] = h;
  }
  workgroupBarrier();

  for (var t = 0u; t < scalars.steps; t++) {
    for (var item = thread; item < quads * PARTS; item += WORKGROUP_SIZE) {
      let quad = item % quads;
      let part = item / quads;
      var sum0 = vec4<f32>();
      var sum1 = vec4<f32>();
      var sum2 = vec4<f32>();
      var sum3 = vec4<f32>();
      let end = min(quads, (part + 1u) * part_quads);
      for (var k4 = part * part_quads; k4 < end; k4++) {
        let k = k4 * 4u;
        let w0 = vec4<f32>(forward_weight[k * quads + quad]);
        let w1 = vec4<f32>(forward_weight[min(k + 1u, last) * quads + quad]);
        let w2 = vec4<f32>(forward_weight[min(k + 2u, last) * quads + quad]);
        let w3 = vec4<f32>(forward_weight[min(k + 3u, last) * quads + quad]);
        let h0 = state[k4];
        sum0 = sum0 + h0.x * w0 + h0.y * w1 + h0.z * w2 + h0.w * w3;
        if (ROWS > 1u) {
          let h1 = state[quads + k4];
          sum1 = sum1 + h1.x * w0 + h1.y * w1 + h1.z * w2 + h1.w * w3;
        }
        if (ROWS > 2u) {
          let h2 = state[2u * quads + k4];
          let h3 = state[3u * quads + k4];
          sum2 = sum2 + h2.x * w0 + h2.y * w1 + h2.z * w2 + h2.w * w3;
          sum3 = sum3 + h3.x * w0 + h3.y * w1 + h3.z * w2 + h3.w * w3;
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

    for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
      let quad = item % quads;
      let row = item / quads;
      let unit = quad * 4u;
      let lanes = min(hidden_size - unit, 4u);
      let at = (t * batch + first_row + row) * hidden_size + unit;
      let to = at + batch * hidden_size;
      var x = vec4(f32(forward_gates[at]) + bias_hh[unit], 0.0, 0.0, 0.0);
      if (lanes > 1u) { x.y = f32(forward_gates[at + 1u]) + bias_hh[unit + 1u]; }
      if (lanes > 2u) { x.z = f32(forward_gates[at + 2u]) + bias_hh[unit + 2u]; }
      if (lanes > 3u) { x.w = f32(forward_gates[at + 3u]) + bias_hh[unit + 3u]; }
      let h = safe_tanh(x + partial_sum(row, quad, quads));
      forward_hidden[to] = to_real(h.x);
      if (lanes > 1u) { forward_hidden[to + 1u] = to_real(h.y); }
      if (lanes > 2u) { forward_hidden[to + 2u] = to_real(h.z); }
      if (lanes > 3u) { forward_hidden[to + 3u] = to_real(h.w); }
      state[item] = select(vec4<f32>(), h, vec4(0u, 1u, 2u, 3u) < vec4(lanes));
    }
    workgroupBarrier();
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn rnn_sequence_backward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let hidden_size = backward_scalars.hidden_size;
  let batch = backward_scalars.batch;
  let quads = (hidden_size + 3u) / 4u;
  let part_quads = (quads + PARTS - 1u) / PARTS;
  let last = hidden_size - 1u;
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
      let at = (t * batch + first_row + row) * hidden_size + unit;
      let slot = at + batch * hidden_size;
      var dh = scale * partial_sum(row, quad, quads);
      var h = vec4(f32(backward_hidden[slot]), 0.0, 0.0, 0.0);
      if (backward_scalars.from_above == 0u || t + backward_scalars.from_above >= backward_scalars.steps) {
        dh.x += f32(d_hidden[slot]);
        if (lanes > 1u) { dh.y += f32(d_hidden[slot + 1u]); }
        if (lanes > 2u) { dh.z += f32(d_hidden[slot + 2u]); }
        if (lanes > 3u) { dh.w += f32(d_hidden[slot + 3u]); }
      }
      if (lanes > 1u) { h.y = f32(backward_hidden[slot + 1u]); }
      if (lanes > 2u) { h.z = f32(backward_hidden[slot + 2u]); }
      if (lanes > 3u) { h.w = f32(backward_hidden[slot + 3u]); }
      let d = dh * (1.0 - h * h);
      d_hidden[slot] = to_real(dh.x);
      d_gates[at] = to_real(d.x);
      if (lanes > 1u) { d_hidden[slot + 1u] = to_real(dh.y); d_gates[at + 1u] = to_real(d.y); }
      if (lanes > 2u) { d_hidden[slot + 2u] = to_real(dh.z); d_gates[at + 2u] = to_real(d.z); }
      if (lanes > 3u) { d_hidden[slot + 3u] = to_real(dh.w); d_gates[at + 3u] = to_real(d.w); }
      state[item] = select(vec4<f32>(), d, vec4(0u, 1u, 2u, 3u) < vec4(lanes));
    }
    workgroupBarrier();

    for (var item = thread; item < quads * PARTS; item += WORKGROUP_SIZE) {
      let quad = item % quads;
      let part = item / quads;
      var sum0 = vec4<f32>();
      var sum1 = vec4<f32>();
      var sum2 = vec4<f32>();
      var sum3 = vec4<f32>();
      let end = min(quads, (part + 1u) * part_quads);
      for (var j4 = part * part_quads; j4 < end; j4++) {
        let j = j4 * 4u;
        let w0 = vec4<f32>(backward_weight[j * quads + quad]);
        let w1 = vec4<f32>(backward_weight[min(j + 1u, last) * quads + quad]);
        let w2 = vec4<f32>(backward_weight[min(j + 2u, last) * quads + quad]);
        let w3 = vec4<f32>(backward_weight[min(j + 3u, last) * quads + quad]);
        let d0 = state[j4];
        sum0 = sum0 + d0.x * w0 + d0.y * w1 + d0.z * w2 + d0.w * w3;
        if (ROWS > 1u) {
          let d1 = state[quads + j4];
          sum1 = sum1 + d1.x * w0 + d1.y * w1 + d1.z * w2 + d1.w * w3;
        }
        if (ROWS > 2u) {
          let d2 = state[2u * quads + j4];
          let d3 = state[3u * quads + j4];
          sum2 = sum2 + d2.x * w0 + d2.y * w1 + d2.z * w2 + d2.w * w3;
          sum3 = sum3 + d3.x * w0 + d3.y * w1 + d3.z * w2 + d3.w * w3;
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
