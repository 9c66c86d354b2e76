// Chooses the next token at position p = state[0]:
//   prompt[p + 1] while that lies within the prompt, else a draw from softmax(logits / temperature):
//   the first class at which the running sum of exp((logits - max) / temperature) exceeds u times the whole sum,
//   u in [0, 1) from threefry2x32(key = (seed, 7), counter = (p, 0)).
// Then token[0] = output[p mod capacity] = the token, and state[0] = p + 1.
//
// tensor   | shape      | access
// logits   | [V]        | read
// settings | [4]        | read: temperature
// prompt   | [P]        | read
// state    | [4]        | position is read and written; seed, prompt length are read
// token    | [1]        | write
// output   | [capacity] | one element is written
//
// Saved for backward: nothing. Gradients: none.

struct Scalars { classes: u32, capacity: u32 }
@group(0) @binding(0) var<uniform> s: Scalars;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> settings: array<f32>;
@group(0) @binding(3) var<storage, read> prompt: array<u32>;
@group(0) @binding(4) var<storage, read_write> state: array<u32>;
@group(0) @binding(5) var<storage, read_write> token: array<u32>;
@group(0) @binding(6) var<storage, read_write> output: array<u32>;

const STREAM = 0x736d0000u;
const MIN_TEMPERATURE = 1e-6;

fn draw(position: u32) -> u32 {
  var best = 0u;
  for (var j = 1u; j < s.classes; j++) {
    if (logits[j] > logits[best]) { best = j; }
  }
  let largest = logits[best];
  let temperature = max(settings[0], MIN_TEMPERATURE);
  var sum = 0.0;
  for (var j = 0u; j < s.classes; j++) { sum += exp((logits[j] - largest) / temperature); }
  let word = threefry2x32(vec2<u32>(state[1], STREAM), vec2<u32>(position, 0u)).x;
  let threshold = f32(word >> 8u) * 0x1p-24f * sum;
  var running = 0.0;
  for (var j = 0u; j < s.classes; j++) {
    running += exp((logits[j] - largest) / temperature);
    if (running > threshold) { return j; }
  }
  return best;
}

@compute @workgroup_size(1)
fn sample_categorical() {
  let position = state[0];
  var next = 0u;
  if (position + 1u < state[2]) {
    next = prompt[position + 1u];
  } else {
    next = draw(position);
  }
  token[0] = next;
  output[position % s.capacity] = next;
  state[0] = position + 1u;
}
