import type { ReactNode } from "react";
import { Help } from "../controls/Help";
import type { ChartRow } from "./chartData";
import { eventsOf, figuresOf, stepsText } from "./figures";
import { nameOf, type PlotSpec } from "./plotSpec";

interface Props {
  readonly spec: PlotSpec;
  readonly log?: boolean;
  readonly onLog?: (log: boolean) => void;
  /** The point under the cursor: its figures take the place of the key, unless the chart is high enough for a box over the curves. */
  readonly pointed?: ChartRow | undefined;
  /** At the end of the title's line. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A short piece of a line, as the chart draws it. */
export function Key({ stroke, dash, width = 2 }: { readonly stroke: string; readonly dash?: string | undefined; readonly width?: number }) {
  return (
    <svg className="key-drawn" width="16" height="8" aria-hidden>
      <path d="M0 4h16" stroke={stroke} strokeWidth={width} strokeDasharray={dash} />
    </svg>
  );
}

function Keys({ spec }: { readonly spec: PlotSpec }) {
  const { lines, validation, skipped, clipped, threshold } = spec;
  return (
    <>
      {lines.map(({ name, stroke, dash }) => (
        <span key={name}>
          <Key stroke={stroke} dash={dash} /> {name}
        </span>
      ))}
      {validation !== undefined && (
        <span>
          <Key stroke="var(--ink)" width={1.25} /> {validation}
        </span>
      )}
      {skipped !== undefined && (
        <span>
          <span className="key-skipped" /> {skipped}
        </span>
      )}
      {clipped !== undefined && (
        <span>
          <span className="key-clipped" /> {clipped}
        </span>
      )}
      {threshold !== undefined && (
        <span>
          <Key stroke="var(--ink)" width={1.25} dash="4 3" /> {threshold.name}
        </span>
      )}
    </>
  );
}

function Figures({ row, spec }: { readonly row: ChartRow; readonly spec: PlotSpec }) {
  const events = eventsOf(row, spec);
  return (
    <span className="chart-figures">
      <span>{stepsText(row)}</span>
      {figuresOf(row, spec).map(({ name, stroke, dash, value, range }) => (
        <span key={name} title={range === "" ? name : `${name}: ${range}`}>
          <Key stroke={stroke} dash={dash} /> {value}
        </span>
      ))}
      {events !== "" && <span>{events}</span>}
    </span>
  );
}

/** Title, key and what can be done with a chart, around it. */
export function ChartFigure({ spec, log = false, onLog, pointed, actions, children }: Props) {
  const { title, unit, help } = spec;
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
          <Keys spec={spec} />
          {pointed !== undefined && <Figures row={pointed} spec={spec} />}
        </span>
        <div className="chart-actions">
          {onLog !== undefined && (
            <label className="check">
              <input
                type="checkbox"
                checked={log}
                onChange={(event) => onLog(event.target.checked)}
                aria-label={`${nameOf(spec)}: log axis`}
              />
              log
            </label>
          )}
          {actions}
        </div>
      </figcaption>
      {children}
    </figure>
  );
}
