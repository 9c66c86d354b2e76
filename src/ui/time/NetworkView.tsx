import { type KeyboardEvent, type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { ProbeFrame } from "../../probes";
import { type CellPlace, cellAt, columnLeft, movedBy, type NetworkGeometry } from "./geometry";
import { NetworkCanvas } from "./NetworkCanvas";
import type { Picture } from "./paint";
import type { Quantity } from "./quantities";
import { spokenValue } from "./readings";
import { useTime } from "./timeState";

interface Props {
  readonly picture: Picture;
  readonly frame: ProbeFrame | undefined;
  readonly quantity: Quantity;
  /** A cell is under the pointer, or none is any more. */
  readonly onHover: (cell: CellPlace | undefined) => void;
  /** The cell whose numbers are shown. */
  readonly shown: CellPlace;
}

/** Keeps a column in sight of what scrolls. */
function bringIntoView(scroller: HTMLElement, geometry: NetworkGeometry, t: number): void {
  const left = columnLeft(geometry, t) - geometry.pitch;
  const right = left + 3 * geometry.pitch;
  if (left < scroller.scrollLeft) scroller.scrollLeft = left;
  else if (right > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = right - scroller.clientWidth;
}

/** Names of the rows; they stay while the drawing scrolls. */
function RowNames({ geometry }: { readonly geometry: NetworkGeometry }) {
  const { lanes, rowTops, cellHeight } = geometry;
  return (
    <div className="network-names" aria-hidden="true">
      {lanes && <span style={{ top: lanes.loss }}>loss</span>}
      {rowTops.map((top, layer) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its number
        <span key={layer} style={{ top: top + cellHeight / 2 }}>
          <span className="network-layer">layer</span> {layer + 1}
        </span>
      ))}
      {lanes && <span style={{ top: lanes.input }}>input</span>}
      {lanes && <span style={{ top: lanes.axis }}>step</span>}
    </div>
  );
}

function Cursor({ geometry, cell }: { readonly geometry: NetworkGeometry; readonly cell: CellPlace }) {
  const { rowTops, cellWidth, cellHeight, lanes, pitch } = geometry;
  const top = rowTops[cell.layer];
  if (top === undefined || cell.t >= geometry.steps) return null;
  const x = columnLeft(geometry, cell.t);
  const wide = Math.max(cellWidth, 5);
  return (
    <>
      <span
        className="network-cursor"
        style={{ width: wide + 4, height: cellHeight + 4, transform: `translate(${x + (cellWidth - wide) / 2 - 2}px, ${top - 2}px)` }}
      />
      {lanes && pitch < 28 && (
        <span className="network-step" style={{ top: lanes.axis, left: x + cellWidth / 2 }}>
          {cell.t + 1}
        </span>
      )}
    </>
  );
}

/** The unrolled network: a drawing to look at, to point at, and to walk through with the arrow keys. */
export function NetworkView({ picture, frame, quantity, onHover, shown }: Props) {
  const { geometry } = picture;
  const scroller = useRef<HTMLDivElement>(null);
  const [spoken, setSpoken] = useState("");
  const { steps, width } = geometry;
  // The loss is at the end: what scrolls is seen from there.
  // biome-ignore lint/correctness/useExhaustiveDependencies: again where another network is drawn
  useLayoutEffect(() => {
    if (scroller.current !== null) scroller.current.scrollLeft = scroller.current.scrollWidth;
  }, [steps, width]);
  useEffect(() => {
    const { cursor } = useTime.getState();
    const inside = { layer: Math.min(cursor.layer, geometry.layers - 1), t: Math.min(cursor.t, geometry.steps - 1) };
    if (inside.layer !== cursor.layer || inside.t !== cursor.t) useTime.setState({ cursor: inside });
  }, [geometry]);

  const at = (event: PointerEvent<HTMLDivElement>): CellPlace | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    return cellAt(geometry, event.clientX - box.left, event.clientY - box.top);
  };
  const move = (event: KeyboardEvent<HTMLDivElement>): void => {
    const cursor = movedBy(event.key, shown, geometry);
    if (cursor === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    onHover(undefined);
    useTime.setState({ cursor });
    setSpoken(spokenValue(frame, quantity, cursor));
    if (scroller.current !== null) bringIntoView(scroller.current, geometry, cursor.t);
  };
  return (
    <div className="network">
      <RowNames geometry={geometry} />
      <div className="network-scroll" ref={scroller}>
        <div
          className="network-drawing"
          role="application"
          aria-roledescription="drawing"
          aria-label={`Network through ${steps} time steps, coloured by: ${quantity.label}`}
          aria-describedby="network-hint"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move its cursor
          tabIndex={0}
          data-testid="network"
          style={{ width: geometry.width, height: geometry.height }}
          onKeyDown={move}
          onPointerMove={(event) => onHover(at(event))}
          onPointerLeave={() => onHover(undefined)}
          onPointerDown={(event) => {
            const cursor = at(event);
            if (cursor !== undefined) useTime.setState({ cursor });
          }}
        >
          <NetworkCanvas picture={picture} />
          <Cursor geometry={geometry} cell={shown} />
        </div>
      </div>
      <p id="network-hint" className="hidden">
        Arrow keys move from cell to cell, Home and End to the first and last step. The table below has all numbers.
      </p>
      <p className="hidden" aria-live="polite" data-testid="spoken">
        {spoken}
      </p>
    </div>
  );
}
