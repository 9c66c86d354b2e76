import { type ReactNode, useMemo } from "react";
import { useOwnTask } from "../ownTask";
import { ChartCursor, usePointed } from "./ChartCursor";
import { ChartFigure } from "./ChartFigure";
import type { ChartData } from "./chartData";
import { Plot } from "./Plot";
import { type PlotArea, type PlotSpec, plotArea } from "./plotSpec";
import { useWidth } from "./useWidth";

/** A chart as high as this has room for a box of figures over its curves. */
const TALL = 220;

interface Props {
  readonly spec: PlotSpec;
  readonly data: ChartData;
  readonly height: number;
  readonly log?: boolean;
  readonly onLog?: (log: boolean) => void;
  readonly actions?: ReactNode;
  /** Over the plot, such as a threshold that can be dragged. */
  readonly overlay?: (area: PlotArea, width: number) => ReactNode;
}

/** A chart with everything around it: title, key, cursor, zoom. */
export function Chart({ spec: given, data, height, log, onLog, actions, overlay }: Props) {
  const [ref, width] = useWidth();
  // The same object as long as it says the same, or the plot would be drawn again whenever the cursor moves.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the object
  const spec = useMemo(() => given, [JSON.stringify(given)]);
  const pointed = usePointed(data);
  const area = plotArea(spec, width, height);
  // The size is followed at once: a plot that is too wide for a moment would move the page.
  const plot = useOwnTask(useMemo(() => ({ data, spec }), [data, spec]));
  const tall = height >= TALL;
  return (
    <ChartFigure
      spec={spec}
      pointed={tall ? undefined : pointed}
      actions={actions}
      {...(onLog !== undefined && { log: log ?? false, onLog })}
    >
      <div ref={ref} className="chart-frame" style={{ height }}>
        {data.rows.length === 0 && <p className="chart-empty">The curve begins with the first steps.</p>}
        {width > 0 && (
          <>
            {plot !== undefined && <Plot {...plot} width={width} height={height} />}
            <ChartCursor data={data} spec={spec} area={area} width={width} height={height} tall={tall} />
            {overlay?.(area, width)}
          </>
        )}
      </div>
    </ChartFigure>
  );
}
