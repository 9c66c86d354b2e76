import { ceilDiv, type KernelForm, type Workgroups } from "./kernel";
import source from "./sequence_product.wgsl?raw";

/** WGSL that goes before a sequence kernel's own source: the scalars, the weight at binding 1, workgroup memory and the product. */
export const sequenceProduct = source;

/**
 * Whether a backward kernel's d_hidden holds, in the slot of `step`, a gradient from above: if `from_above` is 0 each slot does,
 * otherwise those of the last `from_above` steps.
 */
export const comesFromAbove = (step: number, steps: number, fromAbove: number): boolean => fromAbove === 0 || step + fromAbove >= steps;

/** More rows per workgroup read each weight less often; fewer leave more workgroups, and need less memory. */
const rowsPerWorkgroup = (batch: number, hiddenSize: number): number =>
  batch < 2 || hiddenSize > 512 ? 1 : batch < 4 || hiddenSize > 256 ? 2 : 4;

/** Workgroups of a sequence kernel: each takes a few batch rows through all time steps. */
export const rowGroups = (batch: number, hiddenSize: number): Workgroups => [ceilDiv(batch, rowsPerWorkgroup(batch, hiddenSize)), 1, 1];

/**
 * Sizes of a sequence kernel's workgroup and of its memory. The product of a step takes `inputBlocks` vectors of Hp per row and makes
 * `outputBlocks` of them; together up to four fit into WebGPU's 16 KiB at any H up to 1024.
 */
export function sequenceConstants(batch: number, hiddenSize: number, inputBlocks: number, outputBlocks: number) {
  const rows = rowsPerWorkgroup(batch, hiddenSize);
  const quads = ceilDiv(hiddenSize, 4);
  const columns = quads * outputBlocks;
  // Few columns leave threads idle, so each sum is cut in two.
  const parts = columns <= 32 ? 2 : 1;
  return {
    WORKGROUP_SIZE: Math.min(128, columns * parts),
    ROWS: rows,
    PARTS: parts,
    STATE_VECTORS: rows * quads * inputBlocks,
    PARTIAL_VECTORS: rows * columns * parts,
  };
}

/** WebGPU's default limit of a workgroup's invocations. */
const MAX_THREADS = 256;
/** Of its memory, 16 KiB, in vectors of four numbers. */
const MAX_VECTORS = 1024;

type OneRow = KernelForm<{ batch: "u32"; hidden_size: "u32" }>;

/**
 * The form `row` of a sequence kernel: a batch row to each workgroup, with as many threads as the product of a step keeps busy. For a real GPU,
 * on which a step's length is what counts and many workgroups find room.
 * @param constants of one row, from the number of vectors of four in H.
 */
export const rowForm = (wgsl: string, constants: (quads: number) => Readonly<Record<string, number>>, maxHidden = 1024): OneRow => ({
  wgsl,
  fits: ({ hidden_size: hiddenSize }) => hiddenSize <= maxHidden,
  workgroups: ({ batch }) => [batch, 1, 1],
  constants: ({ hidden_size: hiddenSize }) => constants(ceilDiv(hiddenSize, 4)),
});

/** Constants of one row where PARTS cuts the sums, with so many blocks as in `sequenceConstants`. */
export const rowConstants = (inputBlocks: number, outputBlocks: number) => (quads: number) => {
  const columns = quads * outputBlocks;
  const room = Math.floor((MAX_VECTORS - quads * inputBlocks) / columns);
  const parts = Math.max(1, Math.min(Math.floor(MAX_THREADS / columns), room, quads));
  return {
    WORKGROUP_SIZE: Math.min(MAX_THREADS, columns * parts),
    ROWS: 1,
    PARTS: parts,
    STATE_VECTORS: quads * inputBlocks,
    PARTIAL_VECTORS: columns * parts,
  };
};
