// What happens at one time step of one layer, written into the current row of the ring of probes. One workgroup takes one time step t.
//   norm(x)  = sqrt(sum x^2), over the batch, or over its first example alone
//   mean     = sum h / (B H), deviation = sqrt(sum h^2 / (B H) - mean^2), taken from h less one of its values, which loses no digits
//   low      = fraction of a gate's B H values under `low`, or under -tanh_limit where bit g of tanh_gates says that gate g is a tanh
//   high     = fraction over `high`, or over tanh_limit
//   bad(x)   = how many of the numbers are infinite or not a number, by their bits
// state_probe:   norm(dL/dh_t), the same of the first example, norm(dL/dc_t) or 0, mean and deviation of h_t, bad(h_t, gates),
//                bad(dL/dh_t, dL/dc_t), and low and high of each gate
// horizon_probe: scale_all norm(dL/dh_t), scale_one norm(dL/dh_t of the first example), scale_all norm(dL/dc_t) or 0
// The row is number probe_state[0] mod capacity; time step t's numbers begin at `offset` + t (numbers of a step).
//
// tensor      | shape             | state_probe                               | horizon_probe
// gates       | [T, B, G*H] real  | read from gate_offset on; the RNN's are h |
// hidden      | [T+1, B, H] real  | read                                      |
// d_hidden    | [T+1, B, H] real  | read: whole, times the loss scale         | read, likewise
// d_cell      | [T+1, B, H]       | read if has_cell, times the loss scale    | read, likewise
// control     | [8]               | read if `scaled`: [6] the loss scale      | read, likewise
// probe_state | [4]               | read: [0] rows written so far             | read, likewise
// probes      | [capacity, width] | write                                     | write
//
// Saved for backward: nothing. Gradients: read as they are. All sums are in a fixed order.
// A gradient that vanishes has squares that f32 cannot hold, and so has one that explodes: squares are summed in three scales.

const THREADS = 64u;
const UP = 0x1p+63f;
const DOWN = 0x1p-63f;
const D_HIDDEN = 0u;
const D_HIDDEN_ONE = 3u;
const D_CELL = 6u;
const HIDDEN = 9u;
const BAD = 11u;
const GATES = 13u;

// Each thread's sums, column by column, then in `totals` all threads'.
var<workgroup> thread_sums: array<f32, 1344>;
var<workgroup> totals: array<f32, 21>;

// By its bits: a compiler may assume that there is neither infinity nor not-a-number.
fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

fn is_bad(x: f32) -> f32 { return select(1.0, 0.0, is_finite(x)); }

// Scaled up for numbers below 2^-30, as it is, and scaled down.
fn squares(x: f32) -> vec3<f32> {
  let scaled = vec3<f32>(min(abs(x), 1.0) * UP, x, x * DOWN);
  return scaled * scaled;
}

fn norm_of(column: u32) -> f32 {
  let plain = totals[column + 1u];
  if (!is_finite(plain)) { return sqrt(totals[column + 2u]) * UP; }
  if (plain < 0x1p-60f) { return sqrt(totals[column]) * DOWN; }
  return sqrt(plain);
}

fn put(column: u32, lane: u32, value: f32) { thread_sums[column * THREADS + lane] = value; }

fn put3(column: u32, lane: u32, value: vec3<f32>) {
  put(column, lane, value.x);
  put(column + 1u, lane, value.y);
  put(column + 2u, lane, value.z);
}

fn add_up(column: u32) {
  var sum = 0.0;
  for (var i = 0u; i < THREADS; i++) { sum += thread_sums[column * THREADS + i]; }
  totals[column] = sum;
}

struct State {
  steps: u32, batch: u32, hidden_size: u32, gate_count: u32, gate_offset: u32, tanh_gates: u32, has_cell: u32, scaled: u32,
  low: f32, high: f32, tanh_limit: f32, capacity: u32, width: u32, offset: u32
}
@group(0) @binding(0) var<uniform> state_scalars: State;
@group(0) @binding(1) var<storage, read> gates: array<real>;
@group(0) @binding(2) var<storage, read> hidden: array<real>;
@group(0) @binding(3) var<storage, read> d_hidden: array<real>;
@group(0) @binding(4) var<storage, read> d_cell: array<f32>;
@group(0) @binding(5) var<storage, read> control: array<f32>;
@group(0) @binding(6) var<storage, read> probe_state: array<u32>;
@group(0) @binding(7) var<storage, read_write> probes: array<f32>;

@compute @workgroup_size(64)
fn state_probe(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let s = state_scalars;
  let t = group.x;
  let size = s.batch * s.hidden_size;
  let slot = (t + 1u) * size;
  let gate_slot = s.gate_offset + t * size * s.gate_count;
  let shift = f32(hidden[slot]);
  var all = vec3<f32>();
  var one = vec3<f32>();
  var mean = vec2<f32>();
  var bad = vec2<f32>();
  for (var b = 0u; b < s.batch; b++) {
    for (var j = lane; j < s.hidden_size; j += THREADS) {
      let dh = f32(d_hidden[slot + b * s.hidden_size + j]);
      let h = f32(hidden[slot + b * s.hidden_size + j]);
      all += squares(dh);
      mean += vec2<f32>(h - shift, (h - shift) * (h - shift));
      bad += vec2<f32>(is_bad(h), is_bad(dh));
    }
    if (b == 0u) { one = all; }
  }
  put3(D_HIDDEN, lane, all);
  put3(D_HIDDEN_ONE, lane, one);
  put(HIDDEN, lane, mean.x);
  put(HIDDEN + 1u, lane, mean.y);
  var cell = vec3<f32>();
  if (s.has_cell != 0u) {
    for (var i = lane; i < size; i += THREADS) {
      let dc = d_cell[slot + i];
      cell += squares(dc);
      bad.y += is_bad(dc);
    }
  }
  put3(D_CELL, lane, cell);
  for (var g = 0u; g < s.gate_count; g++) {
    let is_tanh = ((s.tanh_gates >> g) & 1u) != 0u;
    let low = select(s.low, -s.tanh_limit, is_tanh);
    let high = select(s.high, s.tanh_limit, is_tanh);
    var saturated = vec2<f32>();
    for (var b = 0u; b < s.batch; b++) {
      let start = gate_slot + (b * s.gate_count + g) * s.hidden_size;
      for (var j = lane; j < s.hidden_size; j += THREADS) {
        let value = f32(gates[start + j]);
        let wrong = is_bad(value);
        bad.x += wrong;
        saturated += select(vec2<f32>(), vec2<f32>(1.0 - wrong), vec2<bool>((value < low), (value > high)));
      }
    }
    put(GATES + 2u * g, lane, saturated.x);
    put(GATES + 2u * g + 1u, lane, saturated.y);
  }
  put(BAD, lane, bad.x);
  put(BAD + 1u, lane, bad.y);
  workgroupBarrier();
  if (lane < GATES + 2u * s.gate_count) { add_up(lane); }
  workgroupBarrier();
  if (lane != 0u) { return; }
  let unscale = select(1.0, 1.0 / control[6], s.scaled != 0u);
  let count = f32(size);
  let shifted = totals[HIDDEN] / count;
  let variance = totals[HIDDEN + 1u] / count - shifted * shifted;
  let row = (probe_state[0] % s.capacity) * s.width + s.offset + t * (7u + 2u * s.gate_count);
  probes[row] = norm_of(D_HIDDEN) * unscale;
  probes[row + 1u] = norm_of(D_HIDDEN_ONE) * unscale;
  probes[row + 2u] = norm_of(D_CELL) * unscale;
  probes[row + 3u] = shift + shifted;
  probes[row + 4u] = sqrt(select(variance, 0.0, variance < 0.0));
  probes[row + 5u] = totals[BAD];
  probes[row + 6u] = totals[BAD + 1u];
  for (var column = 0u; column < 2u * s.gate_count; column++) { probes[row + 7u + column] = totals[GATES + column] / count; }
}

struct Horizon {
  steps: u32, batch: u32, hidden_size: u32, has_cell: u32, scaled: u32,
  scale_all: f32, scale_one: f32, capacity: u32, width: u32, offset: u32
}
@group(0) @binding(0) var<uniform> horizon_scalars: Horizon;
@group(0) @binding(1) var<storage, read> horizon_d_hidden: array<real>;
@group(0) @binding(2) var<storage, read> horizon_d_cell: array<f32>;
@group(0) @binding(3) var<storage, read> horizon_control: array<f32>;
@group(0) @binding(4) var<storage, read> horizon_probe_state: array<u32>;
@group(0) @binding(5) var<storage, read_write> horizon_probes: array<f32>;

@compute @workgroup_size(64)
fn horizon_probe(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let s = horizon_scalars;
  let t = group.x;
  let size = s.batch * s.hidden_size;
  let slot = (t + 1u) * size;
  var all = vec3<f32>();
  var one = vec3<f32>();
  var cell = vec3<f32>();
  for (var b = 0u; b < s.batch; b++) {
    for (var j = lane; j < s.hidden_size; j += THREADS) { all += squares(f32(horizon_d_hidden[slot + b * s.hidden_size + j])); }
    if (b == 0u) { one = all; }
  }
  if (s.has_cell != 0u) {
    for (var i = lane; i < size; i += THREADS) { cell += squares(horizon_d_cell[slot + i]); }
  }
  put3(D_HIDDEN, lane, all);
  put3(D_HIDDEN_ONE, lane, one);
  put3(D_CELL, lane, cell);
  workgroupBarrier();
  if (lane < HIDDEN) { add_up(lane); }
  workgroupBarrier();
  if (lane != 0u) { return; }
  let unscale = select(1.0, 1.0 / horizon_control[6], s.scaled != 0u);
  let row = (horizon_probe_state[0] % s.capacity) * s.width + s.offset + 3u * t;
  horizon_probes[row] = norm_of(D_HIDDEN) * s.scale_all * unscale;
  horizon_probes[row + 1u] = norm_of(D_HIDDEN_ONE) * s.scale_one * unscale;
  horizon_probes[row + 2u] = norm_of(D_CELL) * s.scale_all * unscale;
}
