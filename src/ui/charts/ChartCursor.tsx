import { type KeyboardEvent, memo, useRef } from "react";
import { ChartTooltip } from "./ChartTooltip";
import { type ChartData, type ChartRow, isShown, rowAt } from "./chartData";
import { runSpan, setCursor, showAll, shownSpan, showRange, useCharts } from "./chartSettings";
import { spokenFigures } from "./figures";
import { nameOf, type PlotArea, type PlotSpec, yOf } from "./plotSpec";
import { fractionOf, panned, zoomed } from "./ranges";
import { useZoomGestures } from "./useZoomGestures";

interface Props {
  readonly data: ChartData;
  readonly spec: PlotSpec;
  readonly area: PlotArea;
  readonly width: number;
  readonly height: number;
  /** High enough for a box of figures over the curves. */
  readonly tall: boolean;
}

/** Points that the cursor moves by with Shift. */
const FAR = 10;
const ZOOM = 0.5;
const TOOLTIP_WIDTH = 230;

/** The point of a chart that the cursor is on; undefined while it is on none. */
export function usePointed({ rows, x }: ChartData): ChartRow | undefined {
  const cursor = useCharts((state) => state.cursor);
  if (cursor === undefined) return undefined;
  const row = rowAt(rows, cursor);
  return row !== undefined && isShown(row, x.domain) ? row : undefined;
}

/** Moves the cursor by points, or to an end. */
function moveCursor(data: ChartData, by: number): void {
  const shown = data.rows.filter((row) => isShown(row, data.x.domain));
  const { cursor } = useCharts.getState();
  const row = cursor === undefined ? undefined : rowAt(shown, cursor);
  const from = row === undefined ? (by < 0 ? shown.length : -1) : shown.indexOf(row);
  setCursor(shown[Math.min(shown.length - 1, Math.max(0, from + by))]?.step);
}

const zoomBy = (factor: number, log: boolean): void => {
  const [from, to] = shownSpan();
  showRange(zoomed([from, to], useCharts.getState().cursor ?? (from + to) / 2, factor, runSpan(), log));
};

/** Does what a key stands for; false if it stands for nothing. */
function act(key: string, far: number, data: ChartData): boolean {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      moveCursor(data, -far);
      return true;
    case "ArrowRight":
    case "ArrowUp":
      moveCursor(data, far);
      return true;
    case "Home":
      moveCursor(data, Number.NEGATIVE_INFINITY);
      return true;
    case "End":
      moveCursor(data, Number.POSITIVE_INFINITY);
      return true;
    case "PageUp":
    case "PageDown":
      showRange(panned(shownSpan(), key === "PageUp" ? ZOOM : -ZOOM, runSpan(), data.logX));
      return true;
    case "+":
    case "=":
      zoomBy(ZOOM, data.logX);
      return true;
    case "-":
      zoomBy(1 / ZOOM, data.logX);
      return true;
    case "Escape":
      if (useCharts.getState().range.kind === "zoom") showAll();
      else setCursor(undefined);
      return true;
    default:
      return false;
  }
}

function onKey(event: KeyboardEvent, data: ChartData): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (act(event.key, event.shiftKey ? FAR : 1, data)) event.preventDefault();
}

/**
 * What a pointer and the keyboard do on a chart: a cursor that all charts share, and zooming. For assistive technology it is a slider over
 * the steps, whose value is told with its figures.
 */
export const ChartCursor = memo(function ChartCursor({ data, spec, area, width, height, tall }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const selection = useZoomGestures(ref, data, area);
  const row = usePointed(data);
  const { x, logX, y, logY } = data;
  const [from, to] = x.domain;
  const at = row === undefined ? 0 : area.left + fractionOf(row.step, x.domain, logX) * area.width;
  return (
    <div
      ref={ref}
      className="chart-cursor"
      role="slider"
      tabIndex={0}
      aria-label={`${nameOf(spec)} by step`}
      aria-valuemin={Math.round(from)}
      aria-valuemax={Math.round(to)}
      aria-valuenow={row?.step ?? Math.round(to)}
      aria-valuetext={row === undefined ? "Arrow keys read the curve, plus and minus zoom" : spokenFigures(row, spec)}
      onKeyDown={(event) => onKey(event, data)}
      onBlur={() => setCursor(undefined)}
      style={{ left: 0, top: 0, width, height }}
    >
      <svg width={width} height={height} aria-hidden>
        {row !== undefined && (
          <>
            <path d={`M${at.toFixed(1)} ${area.top}v${area.height}`} stroke="var(--ink-3)" strokeDasharray="2 2" />
            {row.lines.map((value, i) =>
              value === null || value < y.domain[0] || value > y.domain[1] ? null : (
                <circle
                  key={spec.lines[i]?.name}
                  cx={at}
                  cy={yOf(value, y, logY, area)}
                  r={3}
                  fill={spec.lines[i]?.stroke}
                  stroke="var(--paper)"
                  strokeWidth={1.25}
                />
              ),
            )}
          </>
        )}
        {selection !== undefined && (
          <rect
            className="zoom-selection"
            x={Math.min(...selection)}
            y={area.top}
            width={Math.abs(selection[1] - selection[0])}
            height={area.height}
          />
        )}
      </svg>
      {tall && row !== undefined && (
        <div
          className="chart-tooltip"
          style={
            at > area.left + area.width / 2 ? { right: width - at + 14 } : { left: Math.min(at + 14, Math.max(0, width - TOOLTIP_WIDTH)) }
          }
        >
          <ChartTooltip row={row} spec={spec} />
        </div>
      )}
    </div>
  );
});
