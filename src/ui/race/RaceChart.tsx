import { memo } from "react";
import { Area, CartesianGrid, ComposedChart, Line, Tooltip, type TooltipContentProps, XAxis, YAxis } from "recharts";
import type { Cell } from "../../config";
import { useWidth } from "../charts/useWidth";
import { formatCount, formatNumber, formatPercent, formatTick } from "../format";
import { ContestantName, colourOf, isDashed } from "./Contestant";
import type { RaceAxis, RaceChartData, RacePoint, RaceRow } from "./raceChartData";

interface Props {
  readonly label: string;
  readonly cells: readonly Cell[];
  readonly data: RaceChartData;
  readonly axis: RaceAxis;
  readonly log: boolean;
  readonly percent: boolean;
  readonly height: number;
}

const margin = { top: 6, right: 10, bottom: 0, left: 0 };
const tick = { fill: "var(--ink-3)", fontSize: 11 };
const axisLine = { stroke: "var(--rule-strong)" };
const cursor = { stroke: "var(--ink-3)", strokeDasharray: "2 2" };
const still = { isAnimationActive: false, activeDot: false, dot: false, type: "linear", connectNulls: true } as const;
const percentTick = (value: number): string => formatTick(value * 100);

const pick =
  (index: number, of: keyof RacePoint) =>
  ({ points }: RaceRow) =>
    points[index]?.[of] ?? null;

const isRow = (value: unknown): value is RaceRow => typeof value === "object" && value !== null && "points" in value;

/** A place of the axis in words: "Step 120", "3.42 s". */
export const placeText = (x: number, axis: RaceAxis): string =>
  axis === "steps" ? `Step ${formatCount(Math.round(x))}` : `${x.toPrecision(3)} s`;

interface TooltipProps extends Partial<TooltipContentProps> {
  readonly cells: readonly Cell[];
  readonly axis: RaceAxis;
  readonly percent: boolean;
}

/** The figures of all contestants at the same place. */
function RaceTooltip({ active, payload, cells, axis, percent }: TooltipProps) {
  const row: unknown = payload?.[0]?.payload;
  if (active !== true || !isRow(row)) return null;
  const show = (value: number | null | undefined): string =>
    value === null || value === undefined ? "–" : percent ? formatPercent(value) : formatNumber(value);
  const isValidated = row.points.some(({ validation }) => validation !== null);
  return (
    <div className="chart-tooltip">
      <table>
        <thead>
          <tr>
            <th scope="col">{placeText(row.x, axis)}</th>
            <td>training</td>
            {isValidated && <td>validation</td>}
          </tr>
        </thead>
        <tbody>
          {cells.map((cell, i) => (
            <tr key={cell}>
              <th scope="row">
                <ContestantName cell={cell} />
              </th>
              <td>{show(row.points[i]?.smooth)}</td>
              {isValidated && <td className="chart-tooltip-range">{show(row.points[i]?.validation)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The contestants' curves: training smoothed, within the range of its raw values; validations as rings. */
export const RaceChart = memo(function RaceChart({ label, cells, data, axis, log, percent, height }: Props) {
  const [ref, width] = useWidth();
  const { rows, x, y } = data;
  return (
    <div ref={ref} className="chart-frame" style={{ height }}>
      {rows.length === 0 && <p className="chart-empty">The curves begin with the first round.</p>}
      {width > 0 && (
        <ComposedChart
          width={width}
          height={height}
          data={rows}
          margin={margin}
          syncId="race"
          syncMethod="value"
          title={label}
          aria-label={label}
        >
          {rows.length > 0 && <CartesianGrid stroke="var(--rule)" vertical={false} />}
          <XAxis
            dataKey="x"
            type="number"
            domain={x.domain}
            ticks={x.ticks}
            tickFormatter={formatTick}
            tick={tick}
            tickLine={false}
            axisLine={axisLine}
            height={20}
            interval="preserveStart"
          />
          <YAxis
            type="number"
            scale={log ? "log" : "linear"}
            domain={y.domain}
            ticks={y.ticks}
            tickFormatter={percent ? percentTick : formatTick}
            tick={tick}
            tickLine={false}
            axisLine={false}
            width={42}
            interval={0}
            allowDataOverflow
          />
          <Tooltip
            content={<RaceTooltip cells={cells} axis={axis} percent={percent} />}
            cursor={cursor}
            isAnimationActive={false}
            offset={14}
          />
          {cells.map((cell, i) => (
            <Area key={cell} {...still} dataKey={pick(i, "range")} stroke="none" fill={colourOf(cell)} fillOpacity={0.12} />
          ))}
          {cells.map((cell, i) => (
            <Line
              key={cell}
              {...still}
              dataKey={pick(i, "smooth")}
              stroke={colourOf(cell)}
              strokeWidth={1.75}
              {...(isDashed(cell) && { strokeDasharray: "5 3" })}
            />
          ))}
          {cells.map((cell, i) => (
            <Line
              key={cell}
              {...still}
              dataKey={pick(i, "validation")}
              stroke="none"
              dot={{ r: 3, fill: "var(--paper)", stroke: colourOf(cell), strokeWidth: 1.75 }}
            />
          ))}
        </ComposedChart>
      )}
    </div>
  );
});
