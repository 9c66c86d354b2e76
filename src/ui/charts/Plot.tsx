import { memo } from "react";
import type { ChartData } from "./chartData";
import { PlotAxes } from "./PlotAxes";
import { PlotCurves } from "./PlotCurves";
import { ClipRug, Guides, OutsideMarks, ThresholdLine } from "./PlotMarks";
import { type PlotSpec, plotArea, plotEdges } from "./plotSpec";
import { stepLabels, valueLabels } from "./tickLabels";

interface Props {
  readonly data: ChartData;
  readonly spec: PlotSpec;
  readonly width: number;
  readonly height: number;
}

/** The picture of a chart, without what a pointer does with it: axes, the range that the raw values span, their running mean, and marks. */
export const Plot = memo(function Plot({ data, spec, width, height }: Props) {
  const { x, y, logX, logY } = data;
  const area = plotArea(spec, width, height);
  const { left, bottom } = plotEdges(spec);
  const parts = { data, spec, area };
  return (
    <div className="plot">
      <PlotAxes
        {...{ width, height, left, bottom }}
        x={{ ...x, log: logX, label: stepLabels(x.ticks) }}
        y={{ ...y, log: logY, label: valueLabels(y.ticks, spec.scale ?? "number") }}
        grid={data.rows.length > 0}
      />
      <svg width={width} height={height} aria-hidden="true">
        <PlotCurves {...parts} />
        <Guides {...parts} />
        <ThresholdLine {...parts} />
        {spec.clipped !== undefined && <ClipRug data={data} area={area} />}
        <OutsideMarks data={data} area={area} />
      </svg>
    </div>
  );
});
