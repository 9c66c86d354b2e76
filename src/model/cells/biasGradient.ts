import type { Plan } from "../../plan/plan";
import { copyInside } from "../products";
import type { CellGradients } from "./cell";

/**
 * dBiasHh = dBiasIh for the first `rows` gate rows: both biases enter the same sum. The two are views into the gradient arena,
 * and one dispatch may not bind an arena twice, so the copy runs on the arena as a whole.
 */
export function copyBiasGradient(plan: Plan, { dBiasIh, dBiasHh, gradientArena }: CellGradients, rows: number): void {
  copyInside(plan, gradientArena, dBiasIh.offset, dBiasHh.offset, rows);
}
