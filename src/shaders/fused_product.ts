import shared from "./fused_product.wgsl?raw";
import broadcast from "./fused_product_broadcast.wgsl?raw";
import plain from "./fused_product_plain.wgsl?raw";
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
function rowsPerThread(batch: number, choice: readonly number[]): number {
  const cost = (rows: number): number => ceilDiv(batch, rows) * (rows + 5);
  return choice.reduce((best, rows) => (cost(rows) < cost(best) ? rows : best));
}

const entry = (name: string, lane: "lane" | "0u"): string => `
@compute @workgroup_size(THREADS)
fn ${name}(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,${lane === "lane" ? "\n  @builtin(subgroup_invocation_id) lane: u32," : ""}
) {
  fused(group, thread, ${lane});
}
`;

/**
 * The forms of a fused step kernel: its own source after each kind of product.
 * @param own what fused_product.wgsl asks for.
 * @param quad what four neighbouring columns of its weights are: the gates of one unit, or as many units.
 */
export function fusedForms(name: string, own: string, quad: "gates" | "units") {
  const quads = (hiddenSize: number): number => (quad === "gates" ? hiddenSize : ceilDiv(hiddenSize, 4));
  const inRegisters = (choice: readonly number[]) => ({
    workgroups: ({ batch, hidden_size: hiddenSize }: Sizes): Workgroups => [
      ceilDiv(quads(hiddenSize), QUADS),
      ceilDiv(batch, rowsPerThread(batch, choice)),
      1,
    ],
    constants: ({ batch }: Sizes) => ({ ROWS: rowsPerThread(batch, choice) }),
  });
  // With four units to a thread there are few workgroups, so each takes fewer rows and cuts k instead.
  const split = quad === "units" ? 4 : 1;
  const slice = split === 1 ? 16 : 8;
  const tileRows = 64 / split;
  return {
    wgsl: plain + shared + own + entry(name, "0u"),
    ...inRegisters([16, 8, 4]),
    forms: {
      broadcast: { wgsl: broadcast + shared + own + entry(name, "lane"), ...inRegisters([16, 8, 4]), needs: "subgroups" },
      tiled: {
        wgsl: tiled + own + entry(name, "0u"),
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
    onSoftware: "broadcast",
  } as const;
}
