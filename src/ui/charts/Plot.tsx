import { memo } from "react";
import { Area, CartesianGrid, ComposedChart, Line, XAxis, YAxis } from "recharts";
import type { ChartData, ChartRow } from "./chartData";
import { ClipRug, Guides, OutsideMarks, ThresholdLine } from "./PlotMarks";
import { type PlotSpec, plotArea, plotEdges } from "./plotSpec";
import { stepLabels, valueLabels } from "./tickLabels";

interface Props {
  readonly data: ChartData;
  readonly spec: PlotSpec;
  readonly width: number;
  readonly height: number;
}

// Constants, or Recharts would take them for new settings at each drawing.
const { top, right } = plotEdges({});
const margin = { top, right, bottom: 0, left: 0 };
const untouched = { pointerEvents: "none" } as const;
const tick = { fill: "var(--ink-3)", fontSize: 11 };
const axisLine = { stroke: "var(--rule-strong)" };
const mark = { r: 2.5, fill: "var(--paper)", stroke: "var(--ink)", strokeWidth: 1.25 };
const skippedMark = { r: 3, fill: "var(--paper)", stroke: "var(--cell)", strokeWidth: 1.5 };
/** More marks than this would hide the line that they sit on. */
const MAX_MARKS = 60;
const still = { isAnimationActive: false, activeDot: false, dot: false } as const;
/** The last step of a point stands for all of it. */
const shape = (stepped: boolean) => (stepped ? ("stepBefore" as const) : ("linear" as const));
/** A key that stays the same object, or Recharts would look at every row again. */
const keyed = <T,>(read: (row: ChartRow, line: number) => T): ((line: number) => (row: ChartRow) => T) => {
  const keys: ((row: ChartRow) => T)[] = [];
  return (line) => {
    keys[line] ??= (row) => read(row, line);
    return keys[line];
  };
};
const rangeKey = keyed((row, line) => row.ranges[line] ?? null);
const lineKey = keyed((row, line) => row.lines[line] ?? null);
/** Skipped steps are marked at the scale that was too large. */
const skippedAt = ({ skipped, ranges }: ChartRow): number | null => (skipped === null ? null : (ranges[0]?.[1] ?? null));

/** The picture of a chart, without what a pointer does with it: axes, the range that the raw values span, their running mean, and marks. */
export const Plot = memo(function Plot({ data, spec, width, height }: Props) {
  const { rows, x, y, logX, logY } = data;
  const { lines } = spec;
  const area = plotArea(spec, width, height);
  const edges = plotEdges(spec);
  const validations = rows.reduce((count, row) => count + (row.validation === null ? 0 : 1), 0);
  return (
    <ComposedChart width={width} height={height} data={rows} margin={margin} accessibilityLayer={false} style={untouched}>
      {rows.length > 0 && <CartesianGrid stroke="var(--rule)" vertical={false} />}
      <XAxis
        dataKey="step"
        type="number"
        scale={logX ? "log" : "linear"}
        domain={x.domain}
        ticks={x.ticks}
        tickFormatter={stepLabels(x.ticks)}
        tick={tick}
        tickLine={false}
        tickMargin={edges.bottom - 18}
        axisLine={axisLine}
        height={edges.bottom}
        interval="preserveStart"
        allowDataOverflow
      />
      <YAxis
        type="number"
        scale={logY ? "log" : "linear"}
        domain={y.domain}
        ticks={y.ticks}
        tickFormatter={valueLabels(y.ticks, spec.scale ?? "number")}
        tick={tick}
        tickLine={false}
        axisLine={false}
        width={edges.left}
        interval={0}
        allowDataOverflow
      />
      {lines.map(({ name, stroke, band, stepped = false }, i) =>
        band !== true ? null : (
          <Area
            key={name}
            {...still}
            type={shape(stepped)}
            dataKey={rangeKey(i)}
            stroke={stroke}
            strokeWidth={0.75}
            strokeOpacity={0.45}
            fill={stroke}
            fillOpacity={0.15}
          />
        ),
      )}
      {lines.map(({ name, stroke, width: strokeWidth = 1.5, dash, stepped = false }, i) => (
        <Line
          key={name}
          {...still}
          type={shape(stepped)}
          dataKey={lineKey(i)}
          stroke={stroke}
          strokeWidth={strokeWidth}
          {...(dash !== undefined && { strokeDasharray: dash })}
        />
      ))}
      {spec.skipped !== undefined && <Line {...still} dataKey={skippedAt} stroke="none" dot={skippedMark} />}
      {spec.validation !== undefined && (
        <Line
          {...still}
          dataKey="validation"
          stroke="var(--ink)"
          strokeWidth={1.25}
          connectNulls
          dot={validations <= MAX_MARKS ? mark : false}
        />
      )}
      <Guides data={data} spec={spec} area={area} />
      <ThresholdLine data={data} spec={spec} area={area} />
      {spec.clipped !== undefined && <ClipRug data={data} area={area} />}
      <OutsideMarks data={data} area={area} />
    </ComposedChart>
  );
});
