import type { ProbeFrame } from "../../probes";
import { formatNumber, formatPercent } from "../format";
import type { CellPlace } from "./geometry";
import type { Quantity } from "./quantities";

/** A cell's number as people read it: shares in per cent. */
export function formatReading(value: number | undefined, quantity: Pick<Quantity, "group">): string {
  if (value === 0 && quantity.group !== "Gates") return "0";
  return quantity.group === "Gates" ? formatPercent(value, 1) : formatNumber(value);
}

/** "Layer 2, step 14 of 28". */
export const cellName = ({ layer, t }: CellPlace, steps: number): string => `Layer ${layer + 1}, step ${t + 1} of ${steps}`;

/** What a screen reader hears of a cell. */
export function spokenValue(frame: ProbeFrame | undefined, quantity: Quantity, cell: CellPlace): string {
  if (frame === undefined) return "";
  const value = formatReading(quantity.of(frame, cell.layer, cell.t), quantity);
  return `${cellName(cell, frame.layout.steps)}: ${quantity.label}, ${value}`;
}
