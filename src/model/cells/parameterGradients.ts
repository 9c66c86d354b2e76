import type { Plan } from "../../plan/plan";
import { type Block, linearGradients } from "../products";
import type { CellGradients, CellTensors, Extent } from "./cell";

/** The layer's input [T*B, I], or null where dWeightIh and dBiasIh come from elsewhere. */
export type DenseInput = { readonly block: Block; readonly size: number } | null;

/**
 * dWeightIh, dBiasIh and the first `recurrentRows` rows of dWeightHh and of its bias, over all T*B rows, from the complete dGates.
 * @param dBiasHh dBiasIh where the cell has no bias_hh: it then gets the same sums a second time.
 */
export function gateGradients(
  plan: Plan,
  { steps, batch, hiddenSize }: Extent,
  { hidden, gates }: CellTensors,
  { dGates, dWeightIh, dBiasIh, dWeightHh, gradientArena }: CellGradients,
  input: DenseInput,
  { recurrentRows, dBiasHh }: { readonly recurrentRows: number; readonly dBiasHh: Block },
): void {
  const stride = gates.shape[2] ?? 0;
  const recurrent = { input: { tensor: hidden }, columns: hiddenSize, dWeight: { tensor: dWeightHh }, dBias: dBiasHh };
  const shared = { a: { tensor: dGates, stride }, k: steps * batch, gradients: gradientArena };
  if (input === null) {
    linearGradients(plan, { ...shared, m: recurrentRows, first: recurrent });
  } else {
    const first = { input: input.block, columns: input.size, dWeight: { tensor: dWeightIh }, dBias: { tensor: dBiasIh } };
    linearGradients(plan, { ...shared, m: stride, first, second: { ...recurrent, rows: recurrentRows } });
  }
}
