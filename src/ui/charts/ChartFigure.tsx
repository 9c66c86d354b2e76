import type { ReactNode } from "react";
import { Help } from "../controls/Help";
import { formatTick } from "../format";
import type { SeriesNames } from "./ChartTooltip";

interface Props {
  readonly title: string;
  /** Beside the title: the unit, or what stands out. */
  readonly unit: string;
  /** What the figure means, behind a question mark. */
  readonly help?: string;
  readonly names: SeriesNames;
  readonly threshold?: number | undefined;
  readonly log?: boolean;
  readonly onLog?: (log: boolean) => void;
  readonly children: ReactNode;
}

/** Title, key and axis switch around a chart. */
export function ChartFigure({ title, unit, help, names, threshold, log = false, onLog, children }: Props) {
  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <div className="chart-title">
          <h2>
            {title} {unit !== "" && <span className="unit">{unit}</span>}
          </h2>
          {help !== undefined && <Help label={title}>{help}</Help>}
        </div>
        <span className="chart-keys">
          <span>
            <span className="key key-cell" /> {names.first}
          </span>
          {names.second !== undefined && (
            <span>
              <span className="key key-second" /> {names.second}
            </span>
          )}
          {names.validation !== undefined && (
            <span>
              <span className="key key-validation" /> {names.validation}
            </span>
          )}
          {names.skipped !== undefined && (
            <span>
              <span className="key-skipped" /> {names.skipped}
            </span>
          )}
          {threshold !== undefined && (
            <span>
              <span className="key key-threshold" /> Threshold {formatTick(threshold)}
            </span>
          )}
        </span>
        {onLog !== undefined && (
          <label className="check">
            <input type="checkbox" checked={log} onChange={(event) => onLog(event.target.checked)} aria-label={`${title}: log axis`} />
            log
          </label>
        )}
      </figcaption>
      {children}
    </figure>
  );
}
