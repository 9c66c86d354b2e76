import { memo } from "react";
import { Area, CartesianGrid, ComposedChart, Line, ReferenceLine, Tooltip, XAxis, YAxis } from "recharts";
import { formatPowerOfTwo, formatTick } from "../format";
import { ChartTooltip, type SeriesNames } from "./ChartTooltip";
import type { ChartData, ChartRow } from "./chartData";
import { useWidth } from "./useWidth";

interface Props {
  readonly label: string;
  readonly data: ChartData;
  readonly log: boolean;
  readonly height: number;
  readonly names: SeriesNames;
  readonly percent?: boolean;
  /** Powers of two that hold until they change. */
  readonly powers?: boolean;
  /** Too low for a box over the curves: the figures under the cursor take the place of the key. */
  readonly low?: boolean;
  readonly threshold?: number | undefined;
}

const margin = { top: 6, right: 10, bottom: 0, left: 0 };
const tick = { fill: "var(--ink-3)", fontSize: 11 };
const axisLine = { stroke: "var(--rule-strong)" };
const cursor = { stroke: "var(--ink-3)", strokeDasharray: "2 2" };
const mark = { r: 2.5, fill: "var(--paper)", stroke: "var(--ink)", strokeWidth: 1.25 };
/** More marks than this would hide the line that they sit on. */
const MAX_MARKS = 60;
const still = { isAnimationActive: false, activeDot: false, dot: false, type: "linear" } as const;
/** The last step of a bucket stands for all of it. */
const stepped = { type: "stepBefore" } as const;
/** In the line of the key, just above the chart. */
const lowTooltip = { position: { x: 0, y: -22 }, allowEscapeViewBox: { x: false, y: true } };
const percentTick = (value: number): string => formatTick(value * 100);
/** Skipped steps are marked at the scale that was too large. */
const skippedAt = ({ skipped, range }: ChartRow): number | null => (skipped === null ? null : (range?.[1] ?? null));
const skippedMark = { r: 3, fill: "var(--paper)", stroke: "var(--cell)", strokeWidth: 1.5 };

/** One chart of a run: the range that the raw values span, their running mean, and validation. */
export const MetricChart = memo(function MetricChart({
  label,
  data,
  log,
  height,
  names,
  percent = false,
  powers = false,
  low = false,
  threshold,
}: Props) {
  const [ref, width] = useWidth();
  const { rows, x, y } = data;
  const validations = rows.reduce((count, row) => count + (row.validation === null ? 0 : 1), 0);
  return (
    <div ref={ref} className="chart-frame" style={{ height }}>
      {rows.length === 0 && <p className="chart-empty">The curve begins with the first steps.</p>}
      {width > 0 && (
        <ComposedChart
          width={width}
          height={height}
          data={rows}
          margin={margin}
          syncId="run"
          syncMethod="value"
          title={label}
          aria-label={label}
        >
          {rows.length > 0 && <CartesianGrid stroke="var(--rule)" vertical={false} />}
          <XAxis
            dataKey="step"
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
            tickFormatter={percent ? percentTick : powers ? formatPowerOfTwo : formatTick}
            tick={tick}
            tickLine={false}
            axisLine={false}
            width={42}
            interval={0}
            allowDataOverflow
          />
          <Tooltip
            content={<ChartTooltip names={names} percent={percent} low={low} />}
            cursor={cursor}
            isAnimationActive={false}
            offset={14}
            {...(low && lowTooltip)}
          />
          <Area
            {...still}
            {...(powers && stepped)}
            dataKey="range"
            stroke="var(--cell)"
            strokeWidth={0.75}
            strokeOpacity={0.45}
            fill="var(--cell)"
            fillOpacity={0.16}
          />
          {names.second !== undefined && (
            <Area
              {...still}
              dataKey="range2"
              stroke="var(--ink-2)"
              strokeWidth={0.75}
              strokeOpacity={0.4}
              fill="var(--ink-2)"
              fillOpacity={0.12}
            />
          )}
          {threshold !== undefined && <ReferenceLine y={threshold} stroke="var(--ink)" strokeDasharray="4 3" strokeWidth={1} />}
          <Line {...still} {...(powers && stepped)} dataKey="smooth" stroke="var(--cell)" strokeWidth={1.75} />
          {names.skipped !== undefined && <Line {...still} dataKey={skippedAt} stroke="none" dot={skippedMark} />}
          {names.second !== undefined && <Line {...still} dataKey="smooth2" stroke="var(--ink-2)" strokeWidth={1.5} />}
          {names.validation !== undefined && (
            <Line
              {...still}
              dataKey="validation"
              stroke="var(--ink)"
              strokeWidth={1.25}
              connectNulls
              dot={validations <= MAX_MARKS ? mark : false}
            />
          )}
        </ComposedChart>
      )}
    </div>
  );
});
