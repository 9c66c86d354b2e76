import type { ChartData, ChartRow } from "./chartData";
import { type BandPoint, bandPath, type CurvePoint, circlesPath, linePath } from "./curves";
import { pixelOf } from "./PlotMarks";
import { type PlotArea, type PlotSpec, yOf } from "./plotSpec";

interface Props {
  readonly data: ChartData;
  readonly spec: PlotSpec;
  readonly area: PlotArea;
}

/** More marks than this would hide the line that they sit on. */
const MAX_MARKS = 60;

/** Skipped steps are marked at the scale that was too large. */
const skippedAt = ({ skipped, ranges }: ChartRow): number | null => (skipped === null ? null : (ranges[0]?.[1] ?? null));

/** Bands, lines and the marks on them: a few paths of plain SVG, because several charts are drawn several times a second. */
export function PlotCurves({ data, spec: { lines, validation, skipped }, area }: Props) {
  const { rows } = data;
  const xs = rows.map(({ step }) => pixelOf(data, area, step));
  const yAt = (value: number): number => yOf(value, data.y, data.logY, area);
  const points = (read: (row: ChartRow) => number | null): CurvePoint[] =>
    rows.map((row, i) => {
      const value = read(row);
      return value === null ? null : [xs[i]!, yAt(value)];
    });
  const band = (line: number): BandPoint[] =>
    rows.map(({ ranges }, i) => {
      const range = ranges[line] ?? null;
      return range === null ? null : [xs[i]!, yAt(range[1]), yAt(range[0])];
    });
  const isInside = (point: CurvePoint): boolean =>
    point !== null &&
    point[0] >= area.left - 0.5 &&
    point[0] <= area.left + area.width + 0.5 &&
    point[1] >= area.top - 0.5 &&
    point[1] <= area.top + area.height + 0.5;
  const validations = validation === undefined ? [] : points((row) => row.validation);
  const marks = validations.filter(isInside);
  const curves = lines.map(({ name, stroke, width = 1.5, dash, stepped = false }, i) => (
    <path
      key={name}
      className="curve"
      d={linePath(
        points((row) => row.lines[i] ?? null),
        { stepped },
      )}
      fill="none"
      stroke={stroke}
      strokeWidth={width}
      strokeLinejoin="round"
      {...(dash === undefined ? { strokeLinecap: "round" as const } : { strokeDasharray: dash })}
    />
  ));
  // The first line is what the chart is about: where another has the same values, it is the one that shows.
  curves.reverse();
  return (
    <>
      {/* A picture in the picture, which cuts off what lies beyond the axes. */}
      <svg
        aria-hidden="true"
        x={area.left}
        y={area.top}
        width={area.width}
        height={area.height}
        viewBox={`${area.left} ${area.top} ${area.width} ${area.height}`}
      >
        {lines.map(({ name, stroke, band: hasBand, stepped = false }, i) =>
          hasBand !== true ? null : (
            <path
              key={name}
              className="band"
              d={bandPath(band(i), { stepped })}
              fill={stroke}
              fillOpacity={0.15}
              stroke={stroke}
              strokeWidth={0.75}
              strokeOpacity={0.45}
            />
          ),
        )}
        {curves}
        {validation !== undefined && (
          <path
            className="validation-curve"
            d={linePath(validations, { connected: true })}
            fill="none"
            stroke="var(--ink)"
            strokeWidth={1.25}
          />
        )}
      </svg>
      {skipped !== undefined && (
        <path
          className="skipped-marks"
          d={circlesPath(points(skippedAt).filter(isInside), 3)}
          fill="var(--paper)"
          stroke="var(--cell)"
          strokeWidth={1.5}
        />
      )}
      {marks.length > 0 && marks.length <= MAX_MARKS && (
        <path className="validation-marks" d={circlesPath(marks, 2.5)} fill="var(--paper)" stroke="var(--ink)" strokeWidth={1.25} />
      )}
    </>
  );
}
