import type { Cell } from "../../config";
import { cellNames } from "../../race/record";
import { familyOfName } from "../cells";

/** The two GRUs share a colour, so one of them is dashed. */
export const isDashed = (cell: Cell): boolean => cell === "gru_reset_before";

export const colourOf = (cell: Cell): string => `var(--${familyOfName(cell)})`;

/** A contestant's name beside the line that it has in the charts. */
export function ContestantName({ cell }: { readonly cell: Cell }) {
  return (
    <span className="contestant" data-cell={familyOfName(cell)}>
      <span className={isDashed(cell) ? "key key-dashed" : "key"} aria-hidden="true" />
      {cellNames[cell]}
    </span>
  );
}
