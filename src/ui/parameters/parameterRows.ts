import type { ParameterSeries } from "../parameterSeries";
import { type ParameterState, type Verdict, verdictOf, verdicts } from "./verdict";

/** A parameter as the table shows it. */
export interface ParameterRow extends ParameterState {
  /** Of layout.parameters. */
  readonly index: number;
  readonly name: string;
  readonly verdict: Verdict;
}

export interface ParameterGroup {
  readonly name: string;
  readonly rows: readonly ParameterRow[];
}

/** Probed steps that a parameter is judged by. */
const RECENT_ROWS = 10;

const groupOf = (name: string): string => {
  const layer = /_l(\d+)$/.exec(name)?.[1];
  return layer !== undefined ? `Layer ${Number(layer) + 1}` : name.startsWith("embed") ? "Embedding" : "Output";
};

const severity = ({ verdict }: ParameterRow): number => verdicts.indexOf(verdict);

function recentMean({ table }: ParameterSeries, column: number): number {
  const { length, firstKept } = table.rows;
  const values = table.rows.column(column, Math.max(firstKept, length - RECENT_ROWS), length);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median({ table }: ParameterSeries, column: number): number {
  const means = table
    .buckets([column])
    .flatMap(({ values: [value] }) => (value === undefined ? [] : [value.mean]))
    .sort((a, b) => a - b);
  return means[Math.floor(means.length / 2)] ?? Number.NaN;
}

/** All parameters with what is known of them now. */
export function parameterRows(series: ParameterSeries): ParameterRow[] {
  const states = series.layout.parameters.map((name, index) => ({
    index,
    name,
    gradient: recentMean(series, series.column(index, "gradient")),
    weight: recentMean(series, series.column(index, "weight")),
    ratio: recentMean(series, series.column(index, "ratio")),
    usualGradient: median(series, series.column(index, "gradient")),
  }));
  const largest = Math.max(...states.map(({ gradient }) => (Number.isFinite(gradient) ? gradient : 0)));
  return states.map((state) => ({ ...state, verdict: verdictOf(state, largest) }));
}

/** By layer, in each and among them the worst first; what is equally well stays in the network's order, so that nothing jumps. */
export function grouped(rows: readonly ParameterRow[]): ParameterGroup[] {
  const groups = new Map<string, ParameterRow[]>();
  for (const row of rows) groups.set(groupOf(row.name), [...(groups.get(groupOf(row.name)) ?? []), row]);
  return [...groups]
    .map(([name, members]) => ({ name, rows: members.toSorted((a, b) => severity(a) - severity(b)) }))
    .sort((a, b) => Math.min(...a.rows.map(severity)) - Math.min(...b.rows.map(severity)));
}
