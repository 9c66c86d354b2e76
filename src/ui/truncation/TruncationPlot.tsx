import { memo, type PointerEvent } from "react";
import type { Estimator, Spread, TruncationRow } from "../../worker/protocol";
import { type Axis, linearAxis, logAxis } from "../charts/ticks";
import { useWidth } from "../charts/useWidth";
import { Help } from "../controls/Help";
import { formatTick } from "../format";
import { EstimatorMark } from "./EstimatorMark";
import { estimatorNames, estimators, shortFigure } from "./figures";

const HEIGHT = 236;
const margin = { top: 18, right: 12, bottom: 34, left: 44 };
/** Side by side, so that whiskers of one length do not cover each other. */
const DODGE = 8;
/** Where one estimator's values lie this far apart, equal steps upwards are equal factors. */
const LOG_FROM = 10;
/** Wide enough for the longest name with its figures. */
const TOOLTIP_WIDTH = 272;

interface Props {
  readonly title: string;
  readonly help: string;
  readonly rows: readonly TruncationRow[];
  readonly spreadOf: (row: TruncationRow) => Spread;
  /** The open run's own setting, if it was measured with. */
  readonly own: { readonly estimator: Estimator; readonly length: number } | undefined;
  readonly hovered: number | undefined;
  readonly onHover: (length: number | undefined) => void;
}

function axisOf(spreads: readonly Spread[]): Axis & { readonly isLog: boolean } {
  const values = spreads.flatMap(({ mean, low, high }) => [mean, low, high]).filter(Number.isFinite);
  const [min, max] = [Math.min(...values), Math.max(1, ...values)];
  const isLog = min > 0 && max / min > LOG_FROM;
  return { ...(isLog ? logAxis(min, max) : linearAxis(min, max)), isLog };
}

/** Means over the length of the window, with whiskers from the 10 % to the 90 % quantile of the samples. */
export const TruncationPlot = memo(function TruncationPlot({ title, help, rows, spreadOf, own, hovered, onHover }: Props) {
  const [ref, width] = useWidth();
  const lengths = [...new Set([...rows.map(({ length }) => length), ...(own === undefined ? [] : [own.length])])].sort((a, b) => a - b);
  const axis = axisOf(rows.map(spreadOf));
  const inner = { width: Math.max(0, width - margin.left - margin.right), height: HEIGHT - margin.top - margin.bottom };
  const [first, last] = [Math.log2(lengths[0] ?? 1) - 0.4, Math.log2(lengths.at(-1) ?? 1) + 0.4];
  const x = (length: number): number => margin.left + ((Math.log2(length) - first) / (last - first)) * inner.width;
  const at = axis.isLog ? Math.log : (value: number): number => value;
  const [low, high] = axis.domain;
  const y = (value: number): number => margin.top + (1 - (at(value) - at(low)) / (at(high) - at(low))) * inner.height;
  const hover = ({ nativeEvent }: PointerEvent): void => {
    const distance = (length: number): number => Math.abs(x(length) - nativeEvent.offsetX);
    onHover([...new Set(rows.map(({ length }) => length))].sort((a, b) => distance(a) - distance(b))[0]);
  };
  const here = rows.filter(({ length }) => length === hovered);
  return (
    <figure className="chart truncation-plot">
      <figcaption className="chart-title">
        <h3>{title}</h3>
        <Help label={title}>{help}</Help>
      </figcaption>
      <div ref={ref} className="chart-frame" style={{ height: HEIGHT }}>
        {width > 0 && (
          <svg
            width={width}
            height={HEIGHT}
            role="img"
            aria-label={`${title} over window length; the table below has the figures`}
            onPointerMove={hover}
            onPointerDown={hover}
            onPointerLeave={() => onHover(undefined)}
          >
            {axis.ticks.map((tick) => (
              <g key={tick} className="plot-tick">
                <line x1={margin.left} x2={width - margin.right} y1={y(tick)} y2={y(tick)} data-one={tick === 1 || undefined} />
                <text x={margin.left - 6} y={y(tick)} dy="0.32em" textAnchor="end">
                  {formatTick(tick)}
                </text>
              </g>
            ))}
            {hovered !== undefined && here.length > 0 && (
              <line className="plot-cursor" x1={x(hovered)} x2={x(hovered)} y1={margin.top} y2={HEIGHT - margin.bottom} />
            )}
            {own !== undefined && (
              <g className="plot-own">
                <line x1={x(own.length)} x2={x(own.length)} y1={margin.top} y2={HEIGHT - margin.bottom} />
                <text x={x(own.length)} y={margin.top - 6} textAnchor={anchorAt(x(own.length), width)}>
                  this run
                </text>
              </g>
            )}
            {lengths.map((length) => (
              <text key={length} className="plot-label" x={x(length)} y={HEIGHT - margin.bottom + 14} textAnchor="middle">
                {length}
              </text>
            ))}
            <text className="plot-label" x={margin.left + inner.width / 2} y={HEIGHT - 4} textAnchor="middle">
              window k, or mean steps between cuts
            </text>
            {estimators.map((estimator, i) => {
              const points = rows.filter((row) => row.estimator === estimator && Number.isFinite(spreadOf(row).mean));
              const shift = (i - 1) * DODGE;
              const place = (row: TruncationRow): string => `${x(row.length) + shift},${y(spreadOf(row).mean)}`;
              return (
                <g key={estimator} data-estimator={estimator}>
                  <polyline points={points.map(place).join(" ")} />
                  {points.map((row) => {
                    const spread = spreadOf(row);
                    const middle = x(row.length) + shift;
                    return (
                      <g key={row.length}>
                        <path className="whisker" d={whisker(middle, y(spread.low), y(spread.high))} />
                        <EstimatorMark estimator={estimator} x={middle} y={y(spread.mean)} />
                      </g>
                    );
                  })}
                </g>
              );
            })}
          </svg>
        )}
        {hovered !== undefined && here.length > 0 && (
          <div
            className="chart-tooltip plot-tooltip"
            // On the other side, so that it covers no figure near the pointer.
            style={{ left: x(hovered) < width / 2 ? Math.max(0, width - TOOLTIP_WIDTH) : 0, width: Math.min(TOOLTIP_WIDTH, width) }}
          >
            <b>{hovered} steps</b>
            {here.map((row) => {
              const { mean, deviation } = spreadOf(row);
              return (
                <span key={row.estimator}>
                  <span>{estimatorNames[row.estimator]}</span>{" "}
                  <span>
                    {shortFigure(mean)} ± {shortFigure(deviation)}
                  </span>
                </span>
              );
            })}
          </div>
        )}
      </div>
    </figure>
  );
});

/** The label keeps inside the plot. */
const anchorAt = (x: number, width: number): "start" | "middle" | "end" =>
  x > width - 40 ? "end" : x < margin.left + 30 ? "start" : "middle";

function whisker(x: number, low: number, high: number): string {
  const cap = 2.5;
  return `M${x - cap},${low}h${2 * cap}M${x},${low}V${high}M${x - cap},${high}h${2 * cap}`;
}
