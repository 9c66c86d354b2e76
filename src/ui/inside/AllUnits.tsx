import { type MouseEvent, useMemo } from "react";
import type { MomentRead, SequenceRead } from "../../worker/protocol";
import { HeatCanvas } from "./HeatCanvas";
import { chooseUnit, quantityNames, SURPRISE, type UnitChoice } from "./insideStore";
import { rangeOf, scaleOf } from "./palette";

/** Units stand in rows of about twice as many as there are rows. */
const columnsFor = (units: number): number => Math.min(units, 2 ** Math.ceil(Math.log2(Math.sqrt(2 * units))));

interface Props {
  readonly read: SequenceRead;
  readonly moment: MomentRead | undefined;
  readonly choice: UnitChoice;
  /** The character that was just read. */
  readonly glyph: string;
}

/** Every unit of every layer after one character, one cell each; a press on one colours the text by it. */
export function AllUnits({ read, moment, choice, glyph }: Props) {
  const { numLayers, hiddenSize, quantities } = read;
  const quantity = choice.quantity === SURPRISE ? "h" : choice.quantity;
  const columns = columnsFor(hiddenSize);
  const rows = Math.ceil(hiddenSize / columns);
  const layers = useMemo(() => {
    const [q, Q] = [quantities.indexOf(quantity), quantities.length];
    return Array.from({ length: numLayers }, (_, layer) => {
      // The last row may be short: what is left of it stays empty.
      const cells = new Float32Array(columns * rows).fill(Number.NaN);
      const start = (layer * Q + q) * hiddenSize;
      if (moment !== undefined) cells.set(moment.values.subarray(start, start + hiddenSize));
      return { cells, scale: scaleOf(quantity, cells) };
    });
  }, [moment, quantities, quantity, numLayers, hiddenSize, columns, rows]);
  const pick = (event: MouseEvent<HTMLDivElement>, layer: number): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const unit = Math.floor(((event.clientY - box.top) / box.height) * rows) * columns + column;
    if (unit >= 0 && unit < hiddenSize) chooseUnit({ layer, unit, quantity });
  };
  return (
    <section className="all-units" aria-labelledby="all-units-title">
      <h3 id="all-units-title">
        All units after <span className="glyph">{glyph}</span>: {quantityNames[quantity] ?? quantity}
      </h3>
      <div className="unit-layers">
        {layers.map(({ cells, scale }, layer) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its place
          <div key={layer} className="unit-layer">
            <span className="quiet">
              Layer {layer + 1}
              {rangeOf(quantity, scale)}
            </span>
            {/* biome-ignore lint/a11y/noStaticElementInteractions: the unit's number field does the same by keyboard */}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
            <div className="unit-grid" style={{ aspectRatio: `${columns} / ${rows}` }} onClick={(event) => pick(event, layer)}>
              <HeatCanvas columns={columns} rows={rows} values={cells} scale={scale} underText />
              {layer === choice.layer && (
                <span
                  className="unit-mark"
                  style={{
                    left: `${(100 * (choice.unit % columns)) / columns}%`,
                    top: `${(100 * Math.floor(choice.unit / columns)) / rows}%`,
                    width: `${100 / columns}%`,
                    height: `${100 / rows}%`,
                  }}
                />
              )}
            </div>
          </div>
        ))}
      </div>
      <p className="quiet">Units in order of their numbers, row by row. Press one to colour the text by it.</p>
    </section>
  );
}
