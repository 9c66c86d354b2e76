import shared from "./fused_product.wgsl?raw";
import plain from "./fused_product_plain.wgsl?raw";
import subgroups from "./fused_product_subgroups.wgsl?raw";
import tiled from "./fused_product_tiled.wgsl?raw";
import { ceilDiv, type Workgroups } from "./kernel";

interface Sizes {
  readonly batch: number;
  readonly hidden_size: number;
}

/** Quads of columns that a workgroup has, without and with workgroup memory. */
const QUADS = 8;
const TILED_QUADS = 16;

/** Rows of a thread: many read each weight less often, but rows past the end are work for nothing. */
function rowsPerThread(batch: number): number {
  const cost = (rows: number): number => ceilDiv(batch, rows) * (rows + 5);
  return [16, 8, 4].reduce((best, rows) => (cost(rows) < cost(best) ? rows : best));
}

const entry = (name: string, call: string, builtins = ""): string => `
@compute @workgroup_size(THREADS)
fn ${name}(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32${builtins}) {
  ${call};
}
`;
const SUBGROUP = ", @builtin(subgroup_invocation_id) lane: u32";

/**
 * The forms of a fused step kernel: its own source after each kind of product.
 * @param own what fused_product.wgsl asks for.
 * @param quad what four neighbouring columns of its weights are: the gates of one unit, or as many units.
 */
export function fusedForms(name: string, own: string, quad: "gates" | "units") {
  const quads = (hiddenSize: number): number => (quad === "gates" ? hiddenSize : ceilDiv(hiddenSize, 4));
  const inRegisters = {
    workgroups: ({ batch, hidden_size: hiddenSize }: Sizes): Workgroups => [
      ceilDiv(quads(hiddenSize), QUADS),
      ceilDiv(batch, rowsPerThread(batch)),
      1,
    ],
    constants: ({ batch }: Sizes) => ({ ROWS: rowsPerThread(batch) }),
  };
  // With four units to a thread there are few workgroups, so each takes fewer rows and cuts k instead.
  const split = quad === "units" ? 4 : 1;
  const slice = split === 1 ? 16 : 8;
  const tileRows = 64 / split;
  return {
    wgsl: plain + shared + own + entry(name, "fused(group, thread, 0u)"),
    ...inRegisters,
    forms: {
      subgroups: {
        wgsl: subgroups + shared + own + entry(name, "fused(group, thread, lane)", SUBGROUP),
        ...inRegisters,
        needs: "subgroups",
      },
      tiled: {
        wgsl: tiled + own + entry(name, "fused(group, thread)"),
        workgroups: ({ batch, hidden_size: hiddenSize }: Sizes): Workgroups => [
          ceilDiv(quads(hiddenSize), TILED_QUADS),
          ceilDiv(batch, tileRows),
          1,
        ],
        constants: () => ({
          SPLIT: split,
          SLICE: slice,
          INPUT_VECTORS: (split * tileRows * slice) / 4,
          WEIGHT_COLUMNS: split * slice * TILED_QUADS,
          PARTIAL_COLUMNS: split === 1 ? 1 : 256,
        }),
      },
    },
    onHardware: "tiled",
    onSoftware: "subgroups",
  } as const;
}
