import { formatCount, formatNumber, formatPercent } from "../format";
import type { ChartRow, Extremes } from "./chartData";
import type { PlotSpec } from "./plotSpec";

/** One line of the figures under the cursor. */
export interface Figure {
  readonly name: string;
  readonly stroke: string;
  readonly dash?: string | undefined;
  readonly value: string;
  /** The raw values that the point stands for, where they differ. */
  readonly range: string;
}

/** The steps that a point stands for: "Step 1,204" or "Steps 1,201–1,204". */
export const stepsText = ({ firstStep, step }: Pick<ChartRow, "firstStep" | "step">): string =>
  firstStep === step ? `Step ${formatCount(step)}` : `Steps ${formatCount(firstStep)}–${formatCount(step)}`;

const formatOf = (spec: PlotSpec): ((value: number) => string) =>
  spec.scale === "fraction" ? (value) => formatPercent(value) : spec.scale === "powers" ? formatCount : formatNumber;

/** What a point of a chart says, line by line. */
export function figuresOf(row: ChartRow, spec: PlotSpec): Figure[] {
  const format = formatOf(spec);
  const span = (range: Extremes | null | undefined): string =>
    range === null || range === undefined || range[0] === range[1] ? "" : `${format(range[0])} … ${format(range[1])}`;
  const figures = spec.lines.map(({ name, stroke, dash }, i): Figure => {
    const value = row.lines[i];
    return { name, stroke, dash, value: value === null || value === undefined ? "–" : format(value), range: span(row.ranges[i]) };
  });
  if (spec.validation !== undefined && row.validation !== null) {
    figures.push({ name: spec.validation, stroke: "var(--ink)", value: format(row.validation), range: "" });
  }
  return figures;
}

/** What else happened in the point's steps; empty if nothing. */
export function eventsOf(row: ChartRow, spec: PlotSpec): string {
  const events = [
    ...(spec.skipped !== undefined && row.skipped !== null ? [`${formatCount(row.skipped)} skipped`] : []),
    ...(spec.clipped !== undefined && row.clipped > 0
      ? [row.firstStep === row.step ? "clipped" : `${formatPercent(row.clipped, 0)} clipped`]
      : []),
  ];
  return events.join(", ");
}

/** The same as one sentence, for screen readers. */
export function spokenFigures(row: ChartRow, spec: PlotSpec): string {
  const parts = figuresOf(row, spec).map(
    ({ name, value, range }) => `${name} ${value}${range === "" ? "" : `, from ${range.replace("…", "to")}`}`,
  );
  return [stepsText(row), ...parts, eventsOf(row, spec)].filter((part) => part !== "").join("; ");
}
