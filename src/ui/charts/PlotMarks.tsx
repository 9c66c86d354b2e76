import { type ChartData, type ChartRow, isShown } from "./chartData";
import { type PlotArea, type PlotSpec, RUG_HEIGHT, yOf } from "./plotSpec";
import { fractionOf } from "./ranges";

interface Props {
  readonly data: ChartData;
  readonly spec: PlotSpec;
  readonly area: PlotArea;
}

/** Shares of clipped steps are drawn in so many strengths. */
const STRENGTHS = 5;

/** Pixels from the left of a chart. */
export const pixelOf = ({ x, logX }: ChartData, area: PlotArea, step: number): number =>
  area.left + fractionOf(step, x.domain, logX) * area.width;

/** Ticks under the axis: one for each clipped step where steps lie apart, else stronger where more of a point's steps were clipped. */
export function ClipRug({ data, area }: Omit<Props, "spec">) {
  const top = area.top + area.height + 2;
  const bottom = top + RUG_HEIGHT - 4;
  const rows = data.rows.filter((row) => isShown(row, data.x.domain));
  const paths = Array.from({ length: STRENGTHS }, (): string[] => []);
  for (const row of rows) {
    if (row.clipped <= 0) continue;
    const end = pixelOf(data, area, row.step);
    // A point is drawn at its last step and stands for those before it.
    const start = row.firstStep === row.step ? end : Math.max(area.left, pixelOf(data, area, row.firstStep));
    const wide = Math.max(1, end - start);
    paths[Math.min(STRENGTHS, Math.ceil(row.clipped * STRENGTHS)) - 1]?.push(
      `M${(end - wide / 2).toFixed(1)} ${top}h${wide.toFixed(1)}V${bottom}h${(-wide).toFixed(1)}z`,
    );
  }
  return (
    <g className="clip-rug" data-clipped={rows.reduce((sum, { clipped }) => sum + (clipped > 0 ? 1 : 0), 0)}>
      {paths.map((path, i) =>
        path.length === 0 ? null : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a strength is what the path is
          <path key={i} d={path.join("")} fill="var(--ink)" fillOpacity={0.15 + (0.85 * (i + 1)) / STRENGTHS} />
        ),
      )}
    </g>
  );
}

/** Triangles of one row do not touch. */
const APART = 7;

const highest = (row: ChartRow): number =>
  Math.max(...row.ranges.map((range) => range?.[1] ?? Number.NEGATIVE_INFINITY), row.validation ?? Number.NEGATIVE_INFINITY);
const lowest = (row: ChartRow): number =>
  Math.min(...row.ranges.map((range) => range?.[0] ?? Number.POSITIVE_INFINITY), row.validation ?? Number.POSITIVE_INFINITY);

/** Small triangles at the edge where values lie beyond it. */
export function OutsideMarks({ data, area }: Omit<Props, "spec">) {
  const [min, max] = data.y.domain;
  const above: number[] = [];
  const below: number[] = [];
  for (const row of data.rows) {
    if (!isShown(row, data.x.domain)) continue;
    const x = pixelOf(data, area, row.step);
    if (highest(row) > max * (1 + 1e-9) && x - (above.at(-1) ?? -APART) >= APART) above.push(x);
    if (lowest(row) < min - Math.abs(min) * 1e-9 && x - (below.at(-1) ?? -APART) >= APART) below.push(x);
  }
  const bottom = area.top + area.height;
  const path = [
    ...above.map((x) => `M${x.toFixed(1)} ${area.top - 5}l3 5h-6z`),
    ...below.map((x) => `M${x.toFixed(1)} ${bottom - 1}l3 -5h-6z`),
  ].join("");
  return path === "" ? null : (
    <path className="outside-marks" d={path} fill="var(--wrong)">
      <title>Values lie beyond the axis here</title>
    </path>
  );
}

/** Dotted lines at values that matter. */
export function Guides({ data, spec, area }: Props) {
  const [min, max] = data.y.domain;
  const inside = (spec.guides ?? []).filter((value) => value >= min && value <= max);
  if (inside.length === 0 || data.rows.length === 0) return null;
  const path = inside.map((value) => `M${area.left} ${yOf(value, data.y, data.logY, area).toFixed(1)}h${area.width}`).join("");
  return <path className="guides" d={path} stroke="var(--ink-2)" strokeDasharray="1 3" strokeWidth={1.25} fill="none" />;
}

/** The line of a threshold. */
export function ThresholdLine({ data, spec, area }: Props) {
  if (spec.threshold === undefined || data.rows.length === 0) return null;
  const y = yOf(spec.threshold.value, data.y, data.logY, area).toFixed(1);
  return <path className="threshold-line" d={`M${area.left} ${y}h${area.width}`} stroke="var(--ink)" strokeDasharray="4 3" fill="none" />;
}
