// One step of PyTorch's optimizers over all parameters at once. g is the gradient after clipping:
//   g * factor (clip_kind 1, norm), clamp(g, -clip_max, clip_max) (clip_kind 2, value), or g.
// sgd:  g += weight_decay p;  buf = momentum buf + g;  p -= lr buf
// adam: g += weight_decay p, or with decoupled (AdamW) p *= 1 - lr weight_decay instead
//       m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
//       p -= lr / bias_correction1 * m / (sqrt(v) / sqrt(bias_correction2) + eps)
// If control says that the gradient is not finite, nothing changes.
//
// tensor                     | shape | access
// params                     | [N]   | read_write
// gradients                  | [N]   | read
// momentum, moment1, moment2 | [N]   | read_write; zeros before the first step
// hyper                      | [16]  | read, see gradient_norm
// control                    | [8]   | read, see gradient_norm
//
// Saved for backward: nothing. Gradients: read as they are, never written.

const CLIP_NORM = 1.0;
const CLIP_VALUE = 2.0;
const THREADS = 256u;

@group(0) @binding(1) var<storage, read_write> params: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> gradients: array<vec2<f32>>;

// Of the last vector only the elements before `count` are the tensor's.
fn inside(i: u32, count: u32) -> vec2<bool> {
  return vec2<u32>(2u * i) + vec2<u32>(0u, 1u) < vec2<u32>(count);
}

struct Clip { factor: f32, limit: f32 }

fn clipped(g: vec2<f32>, clip: Clip) -> vec2<f32> {
  return clamp(g * clip.factor, vec2<f32>(-clip.limit), vec2<f32>(clip.limit));
}

fn clip_of(kind: f32, clip_max: f32, factor: f32) -> Clip {
  return Clip(select(1.0, factor, kind == CLIP_NORM), select(0x1.fffffep+127f, clip_max, kind == CLIP_VALUE));
}

struct Sgd { count: u32 }
@group(0) @binding(0) var<uniform> sgd_scalars: Sgd;
@group(0) @binding(3) var<storage, read_write> momentum: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read> sgd_hyper: array<f32>;
@group(0) @binding(5) var<storage, read> sgd_control: array<f32>;

@compute @workgroup_size(256)
fn sgd(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  if (sgd_control[3] == 0.0) { return; }
  let count = sgd_scalars.count;
  let lr = sgd_hyper[0];
  let weight_decay = sgd_hyper[6];
  let mu = sgd_hyper[7];
  let clip = clip_of(sgd_hyper[8], sgd_hyper[9], sgd_control[2]);
  for (var i = id.x; i < (count + 1u) / 2u; i += groups.x * THREADS) {
    let p = params[i];
    let old = momentum[i];
    let buf = mu * old + clipped(gradients[i], clip) + weight_decay * p;
    let mask = inside(i, count);
    momentum[i] = select(old, buf, mask);
    params[i] = select(p, p - lr * buf, mask);
  }
}

struct Adam { count: u32, decoupled: u32 }
@group(0) @binding(0) var<uniform> adam_scalars: Adam;
@group(0) @binding(3) var<storage, read_write> moment1: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> moment2: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read> adam_hyper: array<f32>;
@group(0) @binding(6) var<storage, read> adam_control: array<f32>;

@compute @workgroup_size(256)
fn adam(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  if (adam_control[3] == 0.0) { return; }
  let count = adam_scalars.count;
  let lr = adam_hyper[0];
  let beta1 = adam_hyper[1];
  let one_minus_beta1 = adam_hyper[2];
  let beta2 = adam_hyper[3];
  let one_minus_beta2 = adam_hyper[4];
  let eps = adam_hyper[5];
  let decoupled = adam_scalars.decoupled != 0u;
  let decay_into_gradient = select(adam_hyper[6], 0.0, decoupled);
  let shrink = select(1.0, 1.0 - lr * adam_hyper[6], decoupled);
  let step_size = lr / adam_control[4];
  let root_correction2 = sqrt(adam_control[5]);
  let clip = clip_of(adam_hyper[8], adam_hyper[9], adam_control[2]);
  for (var i = id.x; i < (count + 1u) / 2u; i += groups.x * THREADS) {
    let p = params[i];
    let old1 = moment1[i];
    let old2 = moment2[i];
    let g = clipped(gradients[i], clip) + decay_into_gradient * p;
    let m = beta1 * old1 + one_minus_beta1 * g;
    let v = beta2 * old2 + one_minus_beta2 * g * g;
    let mask = inside(i, count);
    moment1[i] = select(old1, m, mask);
    moment2[i] = select(old2, v, mask);
    params[i] = select(p, p * shrink - step_size * m / (sqrt(v) / root_correction2 + eps), mask);
  }
}
