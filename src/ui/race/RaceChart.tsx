import { memo } from "react";
import type { Cell } from "../../config";
import { useWidth } from "../charts/useWidth";
import { formatTick } from "../format";
import { colourOf, isDashed } from "./Contestant";
import { RaceCursor } from "./RaceCursor";
import type { RaceAxis, RaceChartData } from "./raceChartData";
import { type RaceScales, rangePath, ringsPath, scalesOf, smoothPath } from "./racePlot";

interface Props {
  readonly label: string;
  readonly cells: readonly Cell[];
  readonly data: RaceChartData;
  readonly axis: RaceAxis;
  readonly log: boolean;
  readonly percent: boolean;
  readonly height: number;
  /** Row under the cursor, which the charts share. */
  readonly cursor: number | undefined;
  readonly onCursor: (row: number | undefined) => void;
}

function Axes({ data, scales, percent }: Pick<Props, "data" | "percent"> & { readonly scales: RaceScales }) {
  const { left, right, bottom, x, y } = scales;
  return (
    <g className="race-axes">
      {data.y.ticks.map((tick) => (
        <g key={tick}>
          <path d={`M${left} ${y(tick)}H${right}`} stroke="var(--rule)" />
          <text x={left - 6} y={y(tick)} dy="0.32em" textAnchor="end">
            {formatTick(percent ? tick * 100 : tick)}
          </text>
        </g>
      ))}
      <path d={`M${left} ${bottom}H${right}`} stroke="var(--rule-strong)" />
      {data.x.ticks.map((tick) => (
        <text key={tick} x={x(tick)} y={bottom + 14} textAnchor="middle">
          {formatTick(tick)}
        </text>
      ))}
    </g>
  );
}

/**
 * The contestants' curves: training smoothed, within the range of its raw values; validations as rings. A few paths of plain SVG, because
 * they grow several times a second, three at once.
 */
export const RaceChart = memo(function RaceChart({ label, cells, data, axis, log, percent, height, cursor, onCursor }: Props) {
  const [ref, width] = useWidth();
  const { rows } = data;
  const scales = scalesOf(data, log, width, height);
  return (
    <div ref={ref} className="chart-frame" style={{ height }}>
      {rows.length === 0 && <p className="chart-empty">The curves begin with the first round.</p>}
      {width > 0 && rows.length > 0 && (
        <>
          <svg width={width} height={height} aria-hidden="true">
            <Axes data={data} scales={scales} percent={percent} />
            {cells.map((cell, i) => (
              <path
                key={cell}
                d={rangePath(rows, i, scales)}
                fill={colourOf(cell)}
                fillOpacity={0.13}
                stroke={colourOf(cell)}
                strokeOpacity={0.4}
                strokeWidth={0.75}
              />
            ))}
            {cells.map((cell, i) => (
              <path
                key={cell}
                d={smoothPath(rows, i, scales)}
                fill="none"
                stroke={colourOf(cell)}
                strokeWidth={1.75}
                strokeLinejoin="round"
                {...(isDashed(cell) ? { strokeDasharray: "5 3" } : { strokeLinecap: "round" as const })}
              />
            ))}
            {cells.map((cell, i) => (
              <path key={cell} d={ringsPath(rows, i, scales)} fill="var(--paper)" stroke={colourOf(cell)} strokeWidth={1.5} />
            ))}
          </svg>
          <RaceCursor
            {...{ label, cells, rows, axis, percent, scales, width, height, onCursor }}
            row={cursor === undefined ? undefined : Math.min(cursor, rows.length - 1)}
          />
        </>
      )}
    </div>
  );
});
