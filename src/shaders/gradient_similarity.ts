import wgsl from "./gradient_similarity.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel";
import { stridedWorkgroups } from "./strided";

/** Where each sum lies in a row of results, for a against s b. */
export const similarityIndex = { product: 0, squareA: 1, squareB: 2, squareDifference: 3 } as const;
export const SIMILARITY_SUMS = 4;

/** Adds a multiple of one vector to another. */
export const addScaled = defineKernel({
  name: "add_scaled",
  wgsl,
  bindings: {
    source: { type: "f32", access: "read", shape: "[N]" },
    target_sum: { type: "f32", access: "read_write", shape: "[N]" },
  },
  scalars: { count: "u32", scale: "f32" },
  workgroups: ({ count }) => stridedWorkgroups(count, 64),
  twin({ source, target_sum: target }, { count, scale }) {
    for (let i = 0; i < count; i++) target[i] = target[i]! + scale * source[i]!;
  },
});

/** How many blocks to sum `count` numbers in: enough to fill a GPU, few enough that summing the blocks costs nothing. */
export const similarityBlocks = (count: number): number => Math.min(ceilDiv(count, 4096), 512);

/** Sums over blocks of a range of two vectors; see gradient_similarity.wgsl. */
export const gradientSimilarity = defineKernel({
  name: "gradient_similarity",
  wgsl,
  bindings: {
    a: { type: "f32", access: "read", shape: "[N]" },
    b: { type: "f32", access: "read", shape: "[N]" },
    partials: { type: "f32", access: "read_write", shape: "[groups * blocks, 4]" },
  },
  scalars: { offset: "u32", count: "u32", blocks: "u32", first_block: "u32", scale: "f32" },
  workgroups: ({ blocks }) => [blocks, 1, 1],
  twin({ a, b, partials }, { offset, count, blocks, first_block: firstBlock, scale }) {
    const perBlock = ceilDiv(count, blocks);
    for (let block = 0; block < blocks; block++) {
      const end = offset + Math.min((block + 1) * perBlock, count);
      let [product, squareA, squareB, squareDifference] = [0, 0, 0, 0];
      for (let i = offset + block * perBlock; i < end; i++) {
        const x = a[i]!;
        const y = scale * b[i]!;
        product += x * y;
        squareA += x * x;
        squareB += y * y;
        squareDifference += (x - y) * (x - y);
      }
      partials.set([product, squareA, squareB, squareDifference], SIMILARITY_SUMS * (firstBlock + block));
    }
  },
});

/** Appends a row with the sums of `groups` groups of blocks to a ring of results. */
export const similarityRow = defineKernel({
  name: "similarity_row",
  wgsl,
  bindings: {
    partials: { type: "f32", access: "read", shape: "[groups * blocks, 4]" },
    cursor: { type: "u32", access: "read_write", shape: "[1]" },
    results: { type: "f32", access: "read_write", shape: "[capacity, groups, 4]" },
  },
  scalars: { blocks: "u32", groups: "u32", capacity: "u32" },
  workgroups: () => [1, 1, 1],
  twin({ partials, cursor, results }, { blocks, groups, capacity }) {
    const row = cursor[0]! % capacity;
    for (let group = 0; group < groups; group++) {
      for (let k = 0; k < SIMILARITY_SUMS; k++) {
        let sum = 0;
        for (let i = 0; i < blocks; i++) sum += partials[SIMILARITY_SUMS * (group * blocks + i) + k]!;
        results[SIMILARITY_SUMS * (row * groups + group) + k] = sum;
      }
    }
    cursor[0] = cursor[0]! + 1;
  },
});
