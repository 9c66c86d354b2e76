import wgsl from "./embedding.wgsl?raw";
import { ceilDiv, defineKernel } from "./kernel";

const MAX_WORKGROUPS = 65_535;
/** Rows that one thread of the forward pass copies. */
const ROWS_PER_THREAD = 4;

/** Looks up N rows of an embedding table. Tokens must be below V. */
export const embeddingForward = defineKernel({
  name: "embedding_forward",
  wgsl,
  bindings: {
    weight: { type: "real", access: "read", shape: "[V, E]" },
    tokens: { type: "u32", access: "read", shape: "[N]" },
    out: { type: "real", access: "read_write", shape: "[N, E]" },
  },
  scalars: { count: "u32", dim: "u32" },
  workgroups: ({ count, dim }) => [ceilDiv(dim, 64), Math.min(ceilDiv(count, ROWS_PER_THREAD), MAX_WORKGROUPS), 1],
  twin({ weight, tokens, out }, { count, dim }) {
    for (let n = 0; n < count; n++) {
      const row = tokens[n]! * dim;
      for (let e = 0; e < dim; e++) out[n * dim + e] = weight[row + e]!;
    }
  },
});

/** The table's gradient: each row is the sum of the output gradients of all its uses. */
export const embeddingBackward = defineKernel({
  name: "embedding_backward",
  wgsl,
  bindings: {
    tokens: { type: "u32", access: "read", shape: "[N]" },
    d_out: { type: "real", access: "read", shape: "[N, E]" },
    d_weight: { type: "f32", access: "read_write", shape: "[V, E]" },
  },
  scalars: { count: "u32", vocab: "u32", dim: "u32" },
  workgroups: ({ vocab, dim }) => [ceilDiv(dim, 4), vocab <= 128 ? 1 : ceilDiv(vocab, 64), 1],
  twin({ tokens, d_out, d_weight }, { count, vocab, dim }) {
    d_weight.fill(0, 0, vocab * dim);
    for (let n = 0; n < count; n++) {
      const row = tokens[n]! * dim;
      for (let e = 0; e < dim; e++) d_weight[row + e] = d_weight[row + e]! + d_out[n * dim + e]!;
    }
  },
});
