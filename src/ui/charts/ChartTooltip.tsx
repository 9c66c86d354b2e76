import { Key } from "./ChartFigure";
import type { ChartRow } from "./chartData";
import { eventsOf, figuresOf, stepsText } from "./figures";
import type { PlotSpec } from "./plotSpec";

/** The exact figures under the cursor, as a table. */
export function ChartTooltip({ row, spec }: { readonly row: ChartRow; readonly spec: PlotSpec }) {
  const events = eventsOf(row, spec);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{stepsText(row)}</th>
          <td>mean</td>
          <td>range</td>
        </tr>
      </thead>
      <tbody>
        {figuresOf(row, spec).map(({ name, stroke, dash, value, range }) => (
          <tr key={name}>
            <th scope="row">
              <Key stroke={stroke} dash={dash} /> {name}
            </th>
            <td>{value}</td>
            <td className="chart-tooltip-range">{range}</td>
          </tr>
        ))}
        {events !== "" && (
          <tr>
            <td colSpan={3}>{events}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
