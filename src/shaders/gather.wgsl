// Copies the next training batch out of a data set that lies in GPU memory, so that a step needs nothing from the host.
// gather_images:    batch lane b takes image p = order[cursor * B + b]; x[t, b, i] = byte t * I + i of it / 255; y[b] = labels[p]
// gather_windows:   the text is cut into B streams of lane_length; step t of lane b is position q = cursor * T + t of stream b;
//                   x = token q, y = token q + 1
// gather_sequences: batch lane b takes sequence p = order[cursor * B + b]; x[t, b] = inputs[p, t], y[t, b] = targets[p, t]
// Past the end of the data x = 0 and y = IGNORE (0xffffffff).
// advance_cursor:   counters[1] += by
//
// tensor          | shape                    | access
// images          | [items, ceil(T I / 4)]   | read; four bytes a word, the first in the lowest bits
// labels          | [items]                  | read
// order           | [items]                  | read
// tokens          | [B lane_length + 1]      | read
// inputs, targets | [items, T]               | read
// counters        | [8]                      | [1] is the cursor, in batches: read by the gathers, advanced by advance_cursor
// x               | [T, B, I] f32, [T, B] u32 | write
// y               | [B] or [T, B]            | write
//
// Saved for backward: nothing. Gradients: none.

const IGNORE = 0xffffffffu;

struct Images { steps: u32, batch: u32, input_size: u32, items: u32 }
@group(0) @binding(0) var<uniform> images_scalars: Images;
@group(0) @binding(1) var<storage, read> images: array<u32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read> images_order: array<u32>;
@group(0) @binding(4) var<storage, read> images_counters: array<u32>;
@group(0) @binding(5) var<storage, read_write> images_x: array<real>;
@group(0) @binding(6) var<storage, read_write> images_y: array<u32>;

@compute @workgroup_size(64)
fn gather_images(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = images_scalars;
  let first = images_counters[1] * s.batch;
  let words = (s.steps * s.input_size + 3u) / 4u;
  for (var n = id.x; n < s.steps * s.batch * s.input_size; n += groups.x * 64u) {
    let row = n / s.input_size;
    let i = n - row * s.input_size;
    let t = row / s.batch;
    let b = row - t * s.batch;
    let p = first + b;
    var value = 0.0;
    if (p < s.items) {
      let byte = t * s.input_size + i;
      value = f32((images[images_order[p] * words + byte / 4u] >> (8u * (byte % 4u))) & 255u) / 255.0;
    }
    images_x[n] = to_real(value);
    if (t == 0u && i == 0u) {
      var label = IGNORE;
      if (p < s.items) { label = labels[images_order[p]]; }
      images_y[b] = label;
    }
  }
}

struct Windows { steps: u32, batch: u32, lane_length: u32 }
@group(0) @binding(0) var<uniform> windows_scalars: Windows;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;
@group(0) @binding(2) var<storage, read> windows_counters: array<u32>;
@group(0) @binding(3) var<storage, read_write> windows_x: array<u32>;
@group(0) @binding(4) var<storage, read_write> windows_y: array<u32>;

@compute @workgroup_size(64)
fn gather_windows(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = windows_scalars;
  for (var n = id.x; n < s.steps * s.batch; n += groups.x * 64u) {
    let t = n / s.batch;
    let q = windows_counters[1] * s.steps + t;
    var pair = vec2<u32>(0u, IGNORE);
    if (q < s.lane_length) {
      let position = (n - t * s.batch) * s.lane_length + q;
      pair = vec2<u32>(tokens[position], tokens[position + 1u]);
    }
    windows_x[n] = pair.x;
    windows_y[n] = pair.y;
  }
}

struct Sequences { steps: u32, batch: u32, items: u32 }
@group(0) @binding(0) var<uniform> sequences_scalars: Sequences;
@group(0) @binding(1) var<storage, read> inputs: array<u32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read> sequences_order: array<u32>;
@group(0) @binding(4) var<storage, read> sequences_counters: array<u32>;
@group(0) @binding(5) var<storage, read_write> sequences_x: array<u32>;
@group(0) @binding(6) var<storage, read_write> sequences_y: array<u32>;

@compute @workgroup_size(64)
fn gather_sequences(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let s = sequences_scalars;
  for (var n = id.x; n < s.steps * s.batch; n += groups.x * 64u) {
    let t = n / s.batch;
    let p = sequences_counters[1] * s.batch + (n - t * s.batch);
    var pair = vec2<u32>(0u, IGNORE);
    if (p < s.items) {
      let position = sequences_order[p] * s.steps + t;
      pair = vec2<u32>(inputs[position], targets[position]);
    }
    sequences_x[n] = pair.x;
    sequences_y[n] = pair.y;
  }
}

struct Advance { by: u32 }
@group(0) @binding(0) var<uniform> advance_scalars: Advance;
@group(0) @binding(1) var<storage, read_write> counters: array<u32>;

@compute @workgroup_size(1)
fn advance_cursor() {
  counters[1] += advance_scalars.by;
}
