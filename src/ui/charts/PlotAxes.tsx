import { memo } from "react";
import { CartesianGrid, ComposedChart, XAxis, YAxis } from "recharts";
import { plotEdges } from "./plotSpec";
import type { Axis } from "./ticks";

interface PlotAxis extends Axis {
  readonly log: boolean;
  readonly label: (value: number) => string;
}

interface Props {
  readonly width: number;
  readonly height: number;
  /** Pixels that the value axis takes at the left, and the step axis at the bottom. */
  readonly left: number;
  readonly bottom: number;
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  /** Whether there are lines at the values' ticks. */
  readonly grid: boolean;
}

// Constants, or Recharts would take them for new settings at each drawing.
const { top, right } = plotEdges({});
const margin = { top, right, bottom: 0, left: 0 };
const untouched = { pointerEvents: "none" } as const;
const tick = { fill: "var(--ink-3)", fontSize: 11 };
const axisLine = { stroke: "var(--rule-strong)" };

/** What both axes have. */
const shared = ({ log, domain, ticks, label }: PlotAxis) => ({
  type: "number" as const,
  scale: log ? ("log" as const) : ("linear" as const),
  domain,
  ticks,
  tick,
  tickFormatter: label,
  tickLine: false,
  allowDataOverflow: true,
});

/** What the axes say, as text: labels follow from ticks. */
const settingsOf = ({ x, y, width, height, left, bottom, grid }: Props): string =>
  JSON.stringify([x.domain, x.ticks, x.log, y.domain, y.ticks, y.log, y.ticks.map(y.label), width, height, left, bottom, grid]);

/** Axes and grid, drawn again only when they say something else: the curves change several times a second, and lie over them. */
export const PlotAxes = memo(
  function PlotAxes({ x, y, width, height, left, bottom, grid }: Props) {
    // Recharts draws no axis without data: its ends are enough.
    const ends = x.domain.map((step) => ({ step }));
    return (
      <ComposedChart width={width} height={height} data={ends} margin={margin} accessibilityLayer={false} style={untouched}>
        {grid && <CartesianGrid stroke="var(--rule)" vertical={false} />}
        <XAxis dataKey="step" {...shared(x)} tickMargin={bottom - 18} axisLine={axisLine} height={bottom} interval="preserveStart" />
        <YAxis {...shared(y)} axisLine={false} width={left} interval={0} />
      </ComposedChart>
    );
  },
  (before, after) => settingsOf(before) === settingsOf(after),
);
