import type { KeyboardEvent, PointerEvent } from "react";
import type { Cell } from "../../config";
import { cellNames } from "../../race/record";
import { formatCount, formatNumber, formatPercent } from "../format";
import { ContestantName, colourOf } from "./Contestant";
import type { RaceAxis, RaceRow } from "./raceChartData";
import { nearestRow, type RaceScales } from "./racePlot";

interface Props {
  readonly label: string;
  readonly cells: readonly Cell[];
  readonly rows: readonly RaceRow[];
  readonly axis: RaceAxis;
  readonly percent: boolean;
  readonly scales: RaceScales;
  readonly width: number;
  readonly height: number;
  readonly row: number | undefined;
  readonly onCursor: (row: number | undefined) => void;
}

/** Places that the cursor moves by with Shift. */
const FAR = 10;

/** A place of the axis in words: "Step 120", "3.42 s". */
const placeText = (x: number, axis: RaceAxis): string =>
  axis === "steps" ? `Step ${formatCount(Math.round(x))}` : `${x.toPrecision(3)} s`;

const moves: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -FAR,
  PageUp: FAR,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** The figures of all contestants at one place of the axis. */
function Figures({
  row,
  cells,
  axis,
  show,
}: Pick<Props, "cells" | "axis"> & { readonly row: RaceRow; readonly show: (value: number | null) => string }) {
  const isValidated = row.points.some(({ validation }) => validation !== null);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{placeText(row.x, axis)}</th>
          <td>training</td>
          {isValidated && <td className="chart-tooltip-range">validation</td>}
        </tr>
      </thead>
      <tbody>
        {cells.map((cell, i) => (
          <tr key={cell}>
            <th scope="row">
              <ContestantName cell={cell} />
            </th>
            <td>{show(row.points[i]?.smooth ?? null)}</td>
            {isValidated && <td className="chart-tooltip-range">{show(row.points[i]?.validation ?? null)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A cursor for pointer and keyboard. For assistive technology it is a slider along the axis whose value is told with its figures. */
export function RaceCursor({ label, cells, rows, axis, percent, scales, width, height, row, onCursor }: Props) {
  const show = (value: number | null): string => (value === null ? "–" : percent ? formatPercent(value) : formatNumber(value));
  const shown = row === undefined ? undefined : rows[row];
  const end = rows.at(-1)?.x ?? 0;
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    onCursor(nearestRow(rows, ((x - scales.left) / (scales.right - scales.left)) * end));
  };
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = moves[event.key];
    if (event.key === "Escape") onCursor(undefined);
    if (by === undefined) return;
    event.preventDefault();
    const from = row ?? (by < 0 ? rows.length : -1);
    onCursor(Math.min(rows.length - 1, Math.max(0, from + by * (event.shiftKey ? FAR : 1))));
  };
  const text =
    shown === undefined
      ? "Arrow keys read the curves"
      : `${placeText(shown.x, axis)}: ${cells.map((cell, i) => `${cellNames[cell]} ${show(shown.points[i]?.smooth ?? null)}`).join(", ")}`;
  const at = shown === undefined ? 0 : scales.x(shown.x);
  return (
    <div
      className="race-cursor"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={end}
      aria-valuenow={shown?.x ?? end}
      aria-valuetext={text}
      onPointerMove={move}
      onPointerDown={move}
      onPointerLeave={() => onCursor(undefined)}
      onBlur={() => onCursor(undefined)}
      onKeyDown={press}
    >
      {shown !== undefined && (
        <>
          <svg width={width} height={height} aria-hidden="true">
            <path d={`M${at} ${scales.top}V${scales.bottom}`} stroke="var(--ink-3)" strokeDasharray="2 2" />
            {cells.map((cell, i) => {
              const value = shown.points[i]?.smooth ?? null;
              return value === null ? null : (
                <circle key={cell} cx={at} cy={scales.y(value)} r={3.5} fill={colourOf(cell)} stroke="var(--paper)" strokeWidth={1.25} />
              );
            })}
          </svg>
          <div className="chart-tooltip" style={at > (scales.left + scales.right) / 2 ? { right: width - at + 14 } : { left: at + 14 }}>
            <Figures row={shown} cells={cells} axis={axis} show={show} />
          </div>
        </>
      )}
    </div>
  );
}
