import { memo, useState } from "react";
import { formatCount } from "../format";
import type { KeptFrame } from "../probeHistory";
import { frameWith, type Quantity } from "./quantities";
import { formatReading } from "./readings";

const Body = memo(function Body({ kept, quantity }: { readonly kept: KeptFrame; readonly quantity: Quantity }) {
  const { steps, layers } = kept.frame.layout;
  const frame = frameWith(kept, quantity);
  const layerNumbers = Array.from({ length: layers }, (_, layer) => layer);
  return (
    <table className="figures probe-table">
      <caption className="hidden">
        {quantity.label}, by time step and layer, at training step {formatCount(kept.step)}
      </caption>
      <thead>
        <tr>
          <th scope="col">Step</th>
          {layerNumbers.map((layer) => (
            <th key={layer} scope="col">
              Layer {layer + 1}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: steps }, (_, t) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its number
          <tr key={t}>
            <th scope="row">{t + 1}</th>
            {layerNumbers.map((layer) => (
              <td key={layer}>{formatReading(frame && quantity.of(frame, layer, t), quantity)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
});

/** All numbers of the chosen quantity as a table. It stands still while the run goes on, so that it can be read. */
export function ProbeTable({ kept, quantity }: { readonly kept: KeptFrame | undefined; readonly quantity: Quantity }) {
  const [held, setHeld] = useState<KeptFrame | undefined>(undefined);
  const fits = held !== undefined && held.frame.layout === kept?.frame.layout;
  return (
    <details className="probe-numbers" onToggle={(event) => setHeld(event.currentTarget.open ? kept : undefined)}>
      <summary>Numbers as a table</summary>
      {kept !== undefined && held !== undefined && (
        <>
          <p className="probe-table-head">
            {quantity.label}, training step {formatCount((fits ? held : kept).step)}
            {fits && held.step !== kept.step && (
              <button type="button" className="link" onClick={() => setHeld(kept)}>
                Show step {formatCount(kept.step)}
              </button>
            )}
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
          <section className="probe-table-scroll" tabIndex={0} aria-label="Numbers by time step and layer">
            <Body kept={fits ? held : kept} quantity={quantity} />
          </section>
        </>
      )}
    </details>
  );
}
