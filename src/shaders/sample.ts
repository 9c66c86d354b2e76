import { defineKernel, type FloatArray } from "./kernel";
import source from "./sample.wgsl?raw";
import { threefry2x32, threefrySource, uniform24 } from "./threefry";

/** Far from the small numbers that parameters take as their streams. */
const STREAM = 0x736d_0000;
const MIN_TEMPERATURE = 1e-6;

function draw(logits: FloatArray, classes: number, temperature: number, u: number): number {
  let best = 0;
  for (let j = 1; j < classes; j++) if (logits[j]! > logits[best]!) best = j;
  const weight = (j: number) => Math.exp((logits[j]! - logits[best]!) / Math.max(temperature, MIN_TEMPERATURE));
  let sum = 0;
  for (let j = 0; j < classes; j++) sum += weight(j);
  let running = 0;
  for (let j = 0; j < classes; j++) {
    running += weight(j);
    if (running > u * sum) return j;
  }
  return best;
}

/** Where each number lies in `state`. */
export const sampleStateIndex = { position: 0, seed: 1, promptLength: 2 } as const;
export const SAMPLE_STATE_LENGTH = 4;

/**
 * The next token of a generated text: the prompt's while it lasts, then drawn from softmax(logits / temperature).
 * Temperature 0 takes the largest logit. The draw depends on (seed, position) alone.
 */
export const sampleCategorical = defineKernel({
  name: "sample_categorical",
  wgsl: threefrySource + source,
  bindings: {
    logits: { type: "f32", access: "read", shape: "[V]" },
    settings: { type: "f32", access: "read", shape: "[4]" },
    prompt: { type: "u32", access: "read", shape: "[P]" },
    state: { type: "u32", access: "read_write", shape: "[4]" },
    token: { type: "u32", access: "read_write", shape: "[1]" },
    output: { type: "u32", access: "read_write", shape: "[capacity]" },
  },
  scalars: { classes: "u32", capacity: "u32" },
  workgroups: () => [1, 1, 1],
  twin({ logits, settings, prompt, state, token, output }, { classes, capacity }) {
    const position = state[sampleStateIndex.position]!;
    const [word] = threefry2x32(state[sampleStateIndex.seed]!, STREAM, position, 0);
    const inPrompt = position + 1 < state[sampleStateIndex.promptLength]!;
    const next = inPrompt ? prompt[position + 1]! : draw(logits, classes, settings[0]!, uniform24(word));
    token[0] = next;
    output[position % capacity] = next;
    state[sampleStateIndex.position] = position + 1;
  },
});
