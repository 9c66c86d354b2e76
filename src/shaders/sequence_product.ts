import { ceilDiv, type Workgroups } from "./kernel";
import source from "./sequence_product.wgsl?raw";

/** WGSL that goes before a sequence kernel's own source: the scalars, the weight at binding 1, workgroup memory and the product. */
export const sequenceProduct = source;

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
