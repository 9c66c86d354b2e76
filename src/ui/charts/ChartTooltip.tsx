import type { TooltipContentProps } from "recharts";
import { formatCount, formatNumber, formatPercent } from "../format";
import type { ChartRow } from "./chartData";

/** What the series of a chart are called; a series without a name is not drawn. */
export interface SeriesNames {
  readonly first: string;
  readonly second?: string;
  readonly validation?: string;
  /** Of the marks on the first series, where steps were skipped. */
  readonly skipped?: string;
}

interface Props extends Partial<TooltipContentProps> {
  readonly names: SeriesNames;
  readonly percent: boolean;
  /** One line instead of a table. */
  readonly low: boolean;
}

const isRow = (value: unknown): value is ChartRow => typeof value === "object" && value !== null && "range" in value && "step" in value;

/** The exact figures under the cursor. */
export function ChartTooltip({ active, payload, names, percent, low }: Props) {
  const row: unknown = payload?.[0]?.payload;
  if (active !== true || !isRow(row)) return null;
  const show = (value: number | null): string => (value === null ? "–" : percent ? formatPercent(value) : formatNumber(value));
  const lines = [
    { name: names.first, value: row.smooth, range: row.range, mark: "key-cell" },
    ...(names.second === undefined ? [] : [{ name: names.second, value: row.smooth2, range: row.range2, mark: "key-second" }]),
    ...(names.validation === undefined || row.validation === null
      ? []
      : [{ name: names.validation, value: row.validation, range: null, mark: "key-validation" }]),
  ];
  if (low) {
    return (
      <div className="chart-tooltip chart-tooltip-low">
        <span>Step {formatCount(row.step)}</span>
        {lines.map(({ name, value, mark }) => (
          <span key={name}>
            <span className={`key ${mark}`} /> {show(value)}
          </span>
        ))}
        {row.skipped !== null && <span>{formatCount(row.skipped)} skipped</span>}
      </div>
    );
  }
  return (
    <div className="chart-tooltip">
      <table>
        <thead>
          <tr>
            <th scope="col">Step {formatCount(row.step)}</th>
            <td>mean</td>
            <td>range</td>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ name, value, range, mark }) => (
            <tr key={name}>
              <th scope="row">
                <span className={`key ${mark}`} /> {name}
              </th>
              <td>{show(value)}</td>
              <td className="chart-tooltip-range">
                {range === null || range[0] === range[1] ? "" : `${show(range[0])} … ${show(range[1])}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
