import { defineKernel } from "./kernel";
import source from "./random_init.wgsl?raw";
import { stridedWorkgroups } from "./strided";
import { threefry2x32, threefrySource, uniform24 } from "./threefry";

const wgsl = threefrySource + source;

/** Uniform numbers in [low, high): element i depends on (seed, stream, i) alone. */
export const initUniform = defineKernel({
  name: "init_uniform",
  wgsl,
  bindings: { out: { type: "f32", access: "read_write", shape: "[N]" } },
  scalars: { count: "u32", seed: "u32", stream: "u32", low: "f32", high: "f32" },
  workgroups: ({ count }) => stridedWorkgroups(count, 64),
  twin({ out }, { count, seed, stream, low, high }) {
    const middle = 0.5 * (Math.fround(low) + Math.fround(high));
    const halfRange = 0.5 * (Math.fround(high) - Math.fround(low));
    for (let i = 0; i < count; i++) {
      const [word] = threefry2x32(seed, stream, i, 0);
      out[i] = middle + (2 * uniform24(word) - 1) * halfRange;
    }
  },
});

/** Normally distributed numbers: element i depends on (seed, stream, i) alone. */
export const initNormal = defineKernel({
  name: "init_normal",
  wgsl,
  bindings: { out: { type: "f32", access: "read_write", shape: "[N]" } },
  scalars: { count: "u32", seed: "u32", stream: "u32", mean: "f32", deviation: "f32" },
  workgroups: ({ count }) => stridedWorkgroups(count, 64),
  twin({ out }, { count, seed, stream, mean, deviation }) {
    for (let i = 0; i < count; i++) {
      const [word0, word1] = threefry2x32(seed, stream, i, 0);
      out[i] = mean + deviation * Math.sqrt(-2 * Math.log(uniform24(word0) + 2 ** -24)) * Math.cos(2 * Math.PI * uniform24(word1));
    }
  },
});

/** Threefry's words for given keys and counters: checks a device's integer arithmetic against the published answers. */
export const threefryWords = defineKernel({
  name: "threefry_words",
  wgsl,
  bindings: {
    blocks: { type: "u32", access: "read", shape: "[N, 4]" },
    words: { type: "u32", access: "read_write", shape: "[N, 2]" },
  },
  scalars: { count: "u32" },
  workgroups: ({ count }) => stridedWorkgroups(count, 64),
  twin({ blocks, words }, { count }) {
    for (let i = 0; i < count; i++) {
      words.set(threefry2x32(blocks[4 * i]!, blocks[4 * i + 1]!, blocks[4 * i + 2]!, blocks[4 * i + 3]!), 2 * i);
    }
  },
});
