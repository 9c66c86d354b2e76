// Half precision with f32 master weights and dynamic loss scaling (Micikevicius et al. 2018, "Mixed Precision Training"; the rules are
// those of PyTorch's GradScaler). What f16 would lose of a small gradient is saved by multiplying the loss with a power of two.
//
// narrow          target[i] = source[i], times the loss scale if `scaled`, rounded to f16: master weights, and dLogits
// count_underflow counts[b] = of the gate gradients of the steps that any gradient reaches (reach[t] != 0), how many f16 cannot hold
//                 with all its digits: |x| < 2^-14, zero included. Below that a device may also flush to zero.
// unscale         gradients[i] /= loss scale: exact, since it is a power of two
// update_scale    after step_finalize: if the gradient was not finite, the scale is halved and the step counts as skipped;
//                 after `growth_interval` good steps in a row the scale is doubled. Adds the scale in use, the steps skipped so far and
//                 the underflow fraction, of the gate gradients of the steps reached, to the step's row of metrics.
//
// tensor    | shape         | narrow | count_underflow | unscale    | update_scale
// source    | [N] f32       | read   |                 |            |
// control   | [8]           | read   |                 | read       | read, write: [6] the loss scale; [3] whether the gradient is finite
// target    | [N] real      | write  |                 |            |
// d_gates   | [T, B, G*H]   |        | read            |            |
// reach     | [T]           |        | read            |            | read
// counts    | [blocks]      |        | write           |            | read, those of all layers
// gradients | [N] f32       |        |                 | read_write |
// counters  | [8]           |        |                 |            | [0] step read; [2] skipped steps, [3] good steps in a row written
// metrics   | [capacity, 10]|        |                 |            | columns 7 to 9 of the step's row written
//
// Saved for backward: nothing. Gradients: `unscale` replaces them.

const THREADS = 64u;
const SMALLEST_NORMAL = 6.103515625e-5;

struct Narrow { count: u32, scaled: u32 }
@group(0) @binding(0) var<uniform> narrow_scalars: Narrow;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> narrow_control: array<f32>;
@group(0) @binding(3) var<storage, read_write> narrow_target: array<real>;

@compute @workgroup_size(64)
fn narrow(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let factor = select(1.0, narrow_control[6], narrow_scalars.scaled != 0u);
  for (var i = id.x; i < narrow_scalars.count; i += groups.x * THREADS) { narrow_target[i] = to_real(source[i] * factor); }
}

struct Underflow { count: u32, per_step: u32, blocks: u32, first_block: u32 }
@group(0) @binding(0) var<uniform> underflow_scalars: Underflow;
@group(0) @binding(1) var<storage, read> d_gates: array<real>;
@group(0) @binding(2) var<storage, read> reach: array<f32>;
@group(0) @binding(3) var<storage, read_write> underflow_counts: array<u32>;

var<workgroup> thread_counts: array<u32, 64>;

@compute @workgroup_size(64)
fn count_underflow(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let s = underflow_scalars;
  var small = 0u;
  for (var i = group.x * THREADS + lane; i < s.count; i += s.blocks * THREADS) {
    if (reach[i / s.per_step] != 0.0 && abs(f32(d_gates[i])) < SMALLEST_NORMAL) { small += 1u; }
  }
  thread_counts[lane] = small;
  workgroupBarrier();
  if (lane == 0u) {
    var sum = 0u;
    for (var i = 0u; i < THREADS; i++) { sum += thread_counts[i]; }
    underflow_counts[s.first_block + group.x] = sum;
  }
}

struct Unscale { count: u32 }
@group(0) @binding(0) var<uniform> unscale_scalars: Unscale;
@group(0) @binding(1) var<storage, read> unscale_control: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradients: array<f32>;

@compute @workgroup_size(64)
fn unscale(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let factor = 1.0 / unscale_control[6];
  for (var i = id.x; i < unscale_scalars.count; i += groups.x * THREADS) { gradients[i] *= factor; }
}

struct Update { blocks: u32, steps: u32, counted_per_step: f32, growth_interval: u32, capacity: u32 }
@group(0) @binding(0) var<uniform> update_scalars: Update;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> update_reach: array<f32>;
@group(0) @binding(3) var<storage, read_write> control: array<f32>;
@group(0) @binding(4) var<storage, read_write> counters: array<u32>;
@group(0) @binding(5) var<storage, read_write> metrics: array<f32>;

@compute @workgroup_size(1)
fn update_scale() {
  let s = update_scalars;
  let scale = control[6];
  if (control[3] == 0.0) {
    control[6] = scale * 0.5;
    counters[2] += 1u;
    counters[3] = 0u;
  } else {
    let good = counters[3] + 1u;
    let grows = good >= s.growth_interval;
    // A scale beyond f32 would make every later gradient infinite.
    if (grows && scale <= 0x1p+126f) { control[6] = scale * 2.0; }
    counters[3] = select(good, 0u, grows);
  }
  var small = 0.0;
  for (var i = 0u; i < s.blocks; i++) { small += f32(counts[i]); }
  var reached = 0.0;
  for (var t = 0u; t < s.steps; t++) { reached += update_reach[t]; }
  let row = 10u * ((counters[0] - 1u) % s.capacity);
  metrics[row + 7u] = scale;
  metrics[row + 8u] = f32(counters[2]);
  metrics[row + 9u] = small / (reached * s.counted_per_step);
}
