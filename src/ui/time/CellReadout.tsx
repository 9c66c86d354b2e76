import { type probeGates, SATURATION } from "../../probes";
import type { KeptFrame } from "../probeHistory";
import type { CellPlace } from "./geometry";
import { frameWith, gateName, type Quantity } from "./quantities";
import { cellName, formatReading } from "./readings";

interface Props {
  readonly kept: KeptFrame | undefined;
  readonly cell: CellPlace;
  readonly steps: number;
  readonly gates: (typeof probeGates)[keyof typeof probeGates];
  readonly quantities: readonly Quantity[];
  readonly chosen: Quantity;
}

/** Every number of one cell. */
export function CellReadout({ kept, cell, steps, gates, quantities, chosen }: Props) {
  const plain = quantities.filter(({ group }) => group !== "Gates");
  const reading = (quantity: Quantity): string => {
    const frame = frameWith(kept, quantity);
    return formatReading(frame && quantity.of(frame, cell.layer, cell.t), quantity);
  };
  const share = (gate: number, side: "low" | "high"): string =>
    formatReading(kept?.frame.saturation(cell.layer, cell.t, gate)[side], { group: "Gates" });
  return (
    <section className="cell-readout" aria-labelledby="cell-title" data-testid="cell-readout">
      <h2 id="cell-title">{cellName(cell, steps)}</h2>
      <dl className="cell-figures">
        {plain.map((quantity) => (
          <div key={quantity.id} data-chosen={quantity.id === chosen.id || undefined}>
            <dt>{quantity.short}</dt>
            <dd data-testid={`reading-${quantity.id}`}>{reading(quantity)}</dd>
          </div>
        ))}
      </dl>
      <table className="cell-gates">
        <thead>
          <tr>
            <th scope="col">Saturated</th>
            <th scope="col">low</th>
            <th scope="col">high</th>
          </tr>
        </thead>
        <tbody>
          {gates.map(({ name, kind }, gate) => {
            const bound = kind === "tanh" ? `±${SATURATION.tanh}` : `${SATURATION.low}, ${SATURATION.high}`;
            return (
              <tr key={name} data-chosen={chosen.id.startsWith(`${name}-`) || undefined}>
                <th scope="row">
                  {gateName(name)} <span className="quiet">({bound})</span>
                </th>
                <td>{share(gate, "low")}</td>
                <td>{share(gate, "high")}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
