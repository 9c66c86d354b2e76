// The recurrence of an LSTM layer over all time steps, in one dispatch. Gates in PyTorch's order i, f, g, o.
//
// forward   a_t = x_t + W_hh h_{t-1} + b_hh,  x_t = W_ih input_t + b_ih made beforehand
//           i = sigmoid(a_i)  f = sigmoid(a_f)  g = tanh(a_g)  o = sigmoid(a_o)
//           c_t = f c_{t-1} + i g              h_t = o tanh(c_t)
// backward  see lstm_sequence_backward.wgsl
//
// Hp is H rounded up to a multiple of 4.
//   gates    [T, B, 4H]   read_write  in: x_t; out: i, f, g, o
//   weight   [H, 4*Hp]    read        row k holds W_hh[j, k] for all j, gate by gate
//   bias_hh  [4H]         read
//   hidden   [T+1, B, H]  read_write  slot 0 is h before the first step, slot t+1 is written
//   cell     [T+1, B, H]  read_write  likewise
//
// saved     gates after their activation, and cell; tanh(c) is computed again.
// gradients none here.
//
// A batch row's recurrence needs that row alone, so a workgroup takes ROWS rows through all steps. Each step has two
// phases: the product, in which a thread sums four columns for all rows, and the point-wise rest.
// Sums are written from left to right, so that a term is one fused multiply-add.

override WORKGROUP_SIZE: u32 = 64u;
// Batch rows per workgroup: 1, 2 or 4.
override ROWS: u32 = 1u;
override STATE_VECTORS: u32 = 1u;
override PARTIAL_VECTORS: u32 = 1u;

struct Scalars {
  steps: u32,
  batch: u32,
  hidden_size: u32,
}

@group(0) @binding(0) var<uniform> scalars: Scalars;

@group(0) @binding(1) var<storage, read_write> gates: array<real>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<real>>;
@group(0) @binding(3) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<real>;
@group(0) @binding(5) var<storage, read_write> cell: array<f32>;

// The product's input, h_{t-1} [ROWS, Hp]. The padding stays zero.
var<workgroup> state: array<vec4<f32>, STATE_VECTORS>;
// The product's output, [ROWS, 4, Hp].
var<workgroup> partial: array<vec4<f32>, PARTIAL_VECTORS>;

// Some drivers' tanh overflows; f32 tanh is 1 from 9.02 on.
fn safe_tanh(x: vec4<f32>) -> vec4<f32> {
  return tanh(clamp(x, vec4(-10.0), vec4(10.0)));
}

fn sigmoid(x: vec4<f32>) -> vec4<f32> {
  return 1.0 / (1.0 + exp(-clamp(x, vec4(-80.0), vec4(80.0))));
}

// x + b_hh of one gate; `unit` counts over all gates.
fn load_input(at: u32, unit: u32, lanes: u32) -> vec4<f32> {
  var x = vec4(f32(gates[at]) + bias_hh[unit], 0.0, 0.0, 0.0);
  if (lanes > 1u) { x.y = f32(gates[at + 1u]) + bias_hh[unit + 1u]; }
  if (lanes > 2u) { x.z = f32(gates[at + 2u]) + bias_hh[unit + 2u]; }
  if (lanes > 3u) { x.w = f32(gates[at + 3u]) + bias_hh[unit + 3u]; }
  return x;
}

fn store_gate(at: u32, lanes: u32, value: vec4<f32>) {
  gates[at] = to_real(value.x);
  if (lanes > 1u) { gates[at + 1u] = to_real(value.y); }
  if (lanes > 2u) { gates[at + 2u] = to_real(value.z); }
  if (lanes > 3u) { gates[at + 3u] = to_real(value.w); }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn lstm_sequence_forward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let hidden_size = scalars.hidden_size;
  let batch = scalars.batch;
  let quads = (hidden_size + 3u) / 4u;
  let columns = 4u * quads;
  let last = hidden_size - 1u;
  let first_row = group.x * ROWS;
  let rows = min(ROWS, batch - first_row);

  for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
    let unit = item % quads * 4u;
    let at = (first_row + item / quads) * hidden_size + unit;
    let lanes = min(hidden_size - unit, 4u);
    var h = vec4(f32(hidden[at]), 0.0, 0.0, 0.0);
    if (lanes > 1u) { h.y = f32(hidden[at + 1u]); }
    if (lanes > 2u) { h.z = f32(hidden[at + 2u]); }
    if (lanes > 3u) { h.w = f32(hidden[at + 3u]); }
    state[item] = h;
  }
  workgroupBarrier();

  for (var t = 0u; t < scalars.steps; t++) {
    for (var column = thread; column < columns; column += WORKGROUP_SIZE) {
      var sum0 = vec4<f32>();
      var sum1 = vec4<f32>();
      var sum2 = vec4<f32>();
      var sum3 = vec4<f32>();
      for (var k4 = 0u; k4 < quads; k4++) {
        let k = k4 * 4u;
        let w0 = vec4<f32>(weight[k * columns + column]);
        let w1 = vec4<f32>(weight[min(k + 1u, last) * columns + column]);
        let w2 = vec4<f32>(weight[min(k + 2u, last) * columns + column]);
        let w3 = vec4<f32>(weight[min(k + 3u, last) * columns + column]);
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
      partial[column] = sum0;
      if (ROWS > 1u) { partial[columns + column] = sum1; }
      if (ROWS > 2u) {
        partial[2u * columns + column] = sum2;
        partial[3u * columns + column] = sum3;
      }
    }
    workgroupBarrier();

    for (var item = thread; item < rows * quads; item += WORKGROUP_SIZE) {
      let quad = item % quads;
      let row = item / quads;
      let unit = quad * 4u;
      let lanes = min(hidden_size - unit, 4u);
      let step_row = t * batch + first_row + row;
      let gate = step_row * 4u * hidden_size + unit;
      let base = row * columns + quad;
      let i = sigmoid(load_input(gate, unit, lanes) + partial[base]);
      let f = sigmoid(load_input(gate + hidden_size, unit + hidden_size, lanes) + partial[base + quads]);
      let g = safe_tanh(load_input(gate + 2u * hidden_size, unit + 2u * hidden_size, lanes) + partial[base + 2u * quads]);
      let o = sigmoid(load_input(gate + 3u * hidden_size, unit + 3u * hidden_size, lanes) + partial[base + 3u * quads]);
      store_gate(gate, lanes, i);
      store_gate(gate + hidden_size, lanes, f);
      store_gate(gate + 2u * hidden_size, lanes, g);
      store_gate(gate + 3u * hidden_size, lanes, o);

      let at = step_row * hidden_size + unit;
      let to = at + batch * hidden_size;
      var c = vec4(cell[at], 0.0, 0.0, 0.0);
      if (lanes > 1u) { c.y = cell[at + 1u]; }
      if (lanes > 2u) { c.z = cell[at + 2u]; }
      if (lanes > 3u) { c.w = cell[at + 3u]; }
      c = f * c + i * g;
      let h = o * safe_tanh(c);
      cell[to] = c.x;
      hidden[to] = to_real(h.x);
      if (lanes > 1u) { cell[to + 1u] = c.y; hidden[to + 1u] = to_real(h.y); }
      if (lanes > 2u) { cell[to + 2u] = c.z; hidden[to + 2u] = to_real(h.z); }
      if (lanes > 3u) { cell[to + 3u] = c.w; hidden[to + 3u] = to_real(h.w); }
      state[item] = select(vec4<f32>(), h, vec4(0u, 1u, 2u, 3u) < vec4(lanes));
    }
    workgroupBarrier();
  }
}
