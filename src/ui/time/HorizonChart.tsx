import { type PointerEvent, useMemo, useRef } from "react";
import { carriedColumn, type GradientHorizon, HORIZON_FLOOR } from "../../horizon";
import type { HorizonColumn } from "../../probes";
import { stepAxis } from "../charts/ticks";
import { useWidth } from "../charts/useWidth";
import type { KeptFrame } from "../probeHistory";
import { curveOf, curvePath } from "./horizonCurves";
import { followedRange, formatPower, positiveExtent, rangeTicks, type ValueRange } from "./valueScale";

const HEIGHT = 232;
/** Earlier curves are followed this far below the present ones. */
const BELOW = 1e-3;
const margin = { top: 10, right: 12, bottom: 36, left: 46 };

interface Props {
  readonly kept: KeptFrame | undefined;
  readonly earlier: readonly KeptFrame[];
  readonly column: HorizonColumn;
  /** Of all layers together; its line is drawn. */
  readonly fit: GradientHorizon | undefined;
  readonly steps: number;
  readonly layers: number;
  readonly cutDistance: number | undefined;
  /** The distance that is pointed at, here or in the network. */
  readonly distance: number;
  readonly onHover: (distance: number | undefined) => void;
}

/** Dashes tell the layers apart, also without colour. */
export const layerDash = (layer: number): string => ["", "6 3", "2 3", "8 3 2 3", "1 2", "10 4", "4 2", "6 2 1 2"][layer % 8] ?? "";

type Curves = readonly { readonly norms: ArrayLike<number> }[];

/** Norms to be seen: all of the present curves, and of earlier ones what is not far below. */
function extentOf(present: Curves, earlier: Curves): readonly [number, number] | undefined {
  const own = positiveExtent(present.flatMap(({ norms }) => positiveExtent(norms) ?? []));
  const other = positiveExtent(earlier.flatMap(({ norms }) => positiveExtent(norms) ?? []));
  if (own === undefined || other === undefined) return own ?? other;
  return [Math.min(own[0], Math.max(other[0], own[0] * BELOW)), Math.max(own[1], other[1])];
}

/** Norm of the last step's loss gradient over the distance from that loss, log y. */
export function HorizonChart({ kept, earlier, column, fit, steps, layers, cutDistance, distance, onHover }: Props) {
  const [ref, width] = useWidth();
  const last = useRef<ValueRange | undefined>(undefined);
  const alone = layers === 1;
  const curves = useMemo(() => {
    const which = [...(alone ? [] : Array.from({ length: layers }, (_, layer) => layer)), undefined];
    return which.flatMap((layer) => {
      const curve = kept && curveOf(kept, layer, column);
      return curve === undefined ? [] : [{ layer, norms: curve.norms }];
    });
  }, [kept, layers, column, alone]);
  const behind = useMemo(
    () => earlier.flatMap((each) => ({ step: each.step, norms: curveOf(each, undefined, column)?.norms ?? new Float64Array() })),
    [earlier, column],
  );
  const range = followedRange(last.current, extentOf(curves, behind));
  last.current = range;
  const x = (each: number): number => margin.left + (each * (width - margin.left - margin.right)) / Math.max(1, steps - 1);
  const y = (norm: number): number =>
    margin.top + (HEIGHT - margin.top - margin.bottom) * (1 - Math.log(norm / range.low) / Math.log(range.high / range.low));
  const clamped = (norm: number): number => y(Math.min(range.high, Math.max(range.low, norm)));
  const start = curves.at(-1)?.norms[0] ?? Number.NaN;
  const end = curves.at(-1)?.norms.at(-1) ?? Number.NaN;
  const bottom = HEIGHT - margin.bottom;
  const point = (event: PointerEvent<SVGSVGElement>): void => {
    const share = (event.clientX - event.currentTarget.getBoundingClientRect().left - margin.left) / (width - margin.left - margin.right);
    onHover(Math.min(steps - 1, Math.max(0, Math.round(share * (steps - 1)))));
  };
  return (
    <div ref={ref} className="chart-frame" style={{ height: HEIGHT }}>
      {curves.length === 0 && <p className="chart-empty">The curve begins with the first measured step.</p>}
      {width > 0 && (
        <svg
          className="horizon-chart"
          width={width}
          height={HEIGHT}
          role="img"
          aria-label="Gradient norm over the distance from the loss; the table beside it has its figures"
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => onHover(undefined)}
        >
          {rangeTicks(range, 6).map((tick) => (
            <g key={tick}>
              <line className="grid" x1={margin.left} x2={width - margin.right} y1={y(tick)} y2={y(tick)} />
              <text x={margin.left - 6} y={y(tick)} textAnchor="end" dominantBaseline="central">
                {formatPower(tick)}
              </text>
            </g>
          ))}
          {stepAxis(steps - 1, 0, Math.min(8, Math.floor(width / 60))).ticks.map((tick) => (
            <text key={tick} x={x(tick)} y={bottom + 12} textAnchor="middle" dominantBaseline="central">
              {tick}
            </text>
          ))}
          <line className="axis" x1={margin.left} x2={width - margin.right} y1={bottom} y2={bottom} />
          <text className="axis-name" x={(margin.left + width - margin.right) / 2} y={HEIGHT - 6} textAnchor="middle">
            steps back from the loss
          </text>
          {start * 0.01 > range.low && start * 0.01 < range.high && (
            <g className="horizon-threshold">
              <line x1={margin.left} x2={width - margin.right} y1={y(start * 0.01)} y2={y(start * 0.01)} />
              <text x={width - margin.right - 4} y={y(start * 0.01) + (end > start * 0.01 ? 12 : -6)} textAnchor="end">
                1 % of the start
              </text>
            </g>
          )}
          {cutDistance !== undefined && (
            <g className="horizon-cut">
              <line x1={x(cutDistance - 0.5)} x2={x(cutDistance - 0.5)} y1={margin.top} y2={bottom} />
              <text x={x(cutDistance - 0.5) + 4} y={margin.top + 6}>
                training cuts here
              </text>
            </g>
          )}
          <clipPath id="horizon-clip">
            <rect x={margin.left} y={0} width={Math.max(0, width - margin.left)} height={bottom} />
          </clipPath>
          {behind.map(({ step, norms }, i) => (
            <path
              key={step}
              className="horizon-earlier"
              clipPath="url(#horizon-clip)"
              d={curvePath(norms, x, y)}
              style={{ opacity: 0.18 + (0.4 * (i + 1)) / behind.length }}
            />
          ))}
          {fit !== undefined && Number.isFinite(fit.slope) && kept !== undefined && column === carriedColumn(kept.frame) && (
            <line
              className="horizon-fit"
              x1={x(0)}
              x2={x(fit.reach)}
              y1={clamped(fit.intercept)}
              y2={clamped(fit.intercept * Math.exp(fit.slope * fit.reach))}
            />
          )}
          {curves.map(({ layer, norms }) => (
            <path
              key={layer ?? "all"}
              className={layer === undefined ? "horizon-all" : "horizon-layer"}
              d={curvePath(norms, x, y)}
              strokeDasharray={layer === undefined ? undefined : layerDash(layer)}
            />
          ))}
          {curves.length > 0 && (
            <g className="horizon-cursor">
              <line x1={x(distance)} x2={x(distance)} y1={margin.top} y2={bottom} />
              {curves.map(({ layer, norms }) => {
                const norm = norms[distance];
                return norm !== undefined && norm >= HORIZON_FLOOR && Number.isFinite(norm) ? (
                  <circle key={layer ?? "all"} cx={x(distance)} cy={y(norm)} r={layer === undefined ? 3.5 : 2.5} />
                ) : null;
              })}
            </g>
          )}
        </svg>
      )}
    </div>
  );
}
