// Point-wise operations as a library without fusion has them, one dispatch each; the ladder's op-by-op rung is made of these.
//
// Maths: add_rows: out = x + y, with y repeated every `period` numbers (a bias; its own length where there is nothing to repeat).
//        tanh_forward: out = tanh(x). tanh_backward: out = x (1 - y^2), with y the result of tanh_forward.
//
// | tensor | shape   | access |
// | x      | [count] | read   |
// | y      | [period] or [count] | read; of tanh_forward unused |
// | out    | [count] | write  |
//
// Saved: tanh_forward's result. Gradients: all results are `=`.

struct Places { count: u32, period: u32, x_offset: u32, y_offset: u32, out_offset: u32 }

@group(0) @binding(0) var<uniform> s: Places;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn add_rows(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= s.count) { return; }
  out[s.out_offset + id.x] = x[s.x_offset + id.x] + y[s.y_offset + id.x % s.period];
}

@compute @workgroup_size(64)
fn tanh_forward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= s.count) { return; }
  out[s.out_offset + id.x] = tanh(x[s.x_offset + id.x]);
}

@compute @workgroup_size(64)
fn tanh_backward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= s.count) { return; }
  let h = y[s.y_offset + id.x];
  out[s.out_offset + id.x] = x[s.x_offset + id.x] * (1.0 - h * h);
}
