import { memo } from "react";
import { fractionOf, type Span } from "../charts/ranges";
import type { SeriesBucket } from "../seriesTable";

interface Props {
  readonly buckets: readonly SeriesBucket[];
  /** Which of the buckets' values. */
  readonly value: number;
  readonly span: Span;
  readonly logSteps: boolean;
  /** A range of values that is as it should be, shaded where it is in the picture. */
  readonly good?: { readonly low: number; readonly high: number };
}

const WIDTH = 120;
const HEIGHT = 26;
const POINTS = 80;
/** The axis spans half a decade at least, so that a steady value is not all noise. */
const LEAST_DECADES = 0.5;

interface Point {
  readonly x: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
}

/** Neighbouring buckets joined, with their extremes, in decades. */
function pointsOf({ buckets, value, span, logSteps }: Props): Point[] {
  const shown = buckets.filter(({ step }) => step >= span[0] && step <= span[1]);
  const every = Math.ceil(shown.length / POINTS);
  const points: Point[] = [];
  for (let i = 0; i < shown.length; i += every) {
    const values = shown.slice(i, i + every).flatMap(({ values }) => {
      const found = values[value];
      return found === undefined || !(found.min > 0) ? [] : [found];
    });
    const last = values.at(-1);
    if (last === undefined) continue;
    const { step } = shown[Math.min(shown.length, i + every) - 1]!;
    points.push({
      x: fractionOf(step, span, logSteps) * WIDTH,
      low: Math.log10(Math.min(...values.map(({ min }) => min))),
      high: Math.log10(Math.max(...values.map(({ max }) => max))),
      mean: Math.log10(last.smooth),
    });
  }
  return points;
}

/** One quantity of one parameter over the steps, on a logarithmic axis of its own. */
export const Sparkline = memo(function Sparkline(props: Props) {
  const points = pointsOf(props);
  let low = Math.min(...points.map((point) => point.low));
  let high = Math.max(...points.map((point) => point.high));
  const missing = Math.max(0, LEAST_DECADES - (high - low)) / 2;
  [low, high] = [low - missing, high + missing];
  const y = (decade: number): number => HEIGHT - 2 - ((decade - low) / (high - low)) * (HEIGHT - 4);
  const at = (x: number, decade: number): string => `${x.toFixed(1)} ${y(decade).toFixed(1)}`;
  const band = [...points.map((point) => at(point.x, point.high)), ...points.toReversed().map((point) => at(point.x, point.low))];
  const { good } = props;
  const [top, bottom] = good === undefined ? [0, 0] : [Math.max(0, y(Math.log10(good.high))), Math.min(HEIGHT, y(Math.log10(good.low)))];
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
      {points.length > 0 && (
        <>
          {bottom > top && <rect className="sparkline-good" x="0" y={top} width={WIDTH} height={bottom - top} />}
          <path d={`M${band.join("L")}z`} fill="var(--cell)" fillOpacity="0.18" />
          <path
            d={`M${points.map((point) => at(point.x, point.mean)).join("L")}`}
            fill="none"
            stroke="var(--cell)"
            strokeWidth="1.5"
            vectorEffect="non-scaling-stroke"
          />
        </>
      )}
    </svg>
  );
});
