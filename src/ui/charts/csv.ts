import type { Metric, RunHistory } from "../series";
import { columnOf } from "../series";
import type { SeriesTable } from "../seriesTable";
import type { ChartKind } from "./chartData";
import type { Span } from "./ranges";

/** A table to be written row by row, so that a long one can be written in pieces. */
export interface CsvSource {
  readonly header: readonly string[];
  /** Rows from `first` to before `end`. */
  readonly first: number;
  readonly end: number;
  /** The text of one row's cells. */
  readonly row: (index: number) => readonly string[];
}

/** Rows written between two looks at the clock. */
const SLICE_ROWS = 500;
/** A piece of work this long does not hold up a frame. */
const SLICE_MS = 10;

/** The shortest text that reads back as the same f32. */
export const f32Text = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(9))) : String(value));

const names: Readonly<Partial<Record<Metric, string>>> = {
  gradNorm: "grad_norm",
  gradNormClipped: "grad_norm_clipped",
  gradLargest: "grad_largest",
  lossScale: "loss_scale",
  skippedSteps: "skipped_steps",
};

/** Which kept rows of a table lie in a span of steps. */
function rowsIn({ rows }: SeriesTable, [from, to]: Span): { readonly first: number; readonly end: number } {
  return { first: rows.search(0, from), end: rows.search(0, Math.floor(to) + 1) };
}

/** The raw rows behind a chart of the run: one a step, with the validation results at their steps. */
export function metricsCsv(history: RunHistory, metrics: readonly Metric[], kind: ChartKind, span: Span): CsvSource {
  const { rows } = history.table;
  const columns = metrics.map(columnOf);
  const isValidated = kind === "loss" || kind === "accuracy" || kind === "perplexity";
  const perplexity = kind === "perplexity";
  const results = new Map(history.validations.map((result) => [result.step, result]));
  const validationHeader = perplexity
    ? ["validation_loss", "validation_perplexity"]
    : [kind === "accuracy" ? "validation_accuracy" : "validation_loss"];
  return {
    header: [
      "step",
      ...metrics.map((metric) => names[metric] ?? metric),
      ...(perplexity ? ["perplexity"] : []),
      ...(isValidated ? validationHeader : []),
    ],
    ...rowsIn(history.table, span),
    row(index) {
      const step = rows.at(index, 0);
      const cells = [String(step), ...columns.map((column) => f32Text(rows.at(index, column)))];
      const result = results.get(step);
      if (perplexity) {
        cells.push(f32Text(Math.exp(rows.at(index, columnOf("loss")))));
        cells.push(...(result === undefined ? ["", ""] : [f32Text(result.loss), f32Text(Math.exp(result.loss))]));
      } else if (isValidated) {
        cells.push(result === undefined ? "" : f32Text(kind === "accuracy" ? result.accuracy : result.loss));
      }
      return cells;
    },
  };
}

/** Raw rows of some columns of any table. */
export function tableCsv(table: SeriesTable, columns: readonly (readonly [column: number, name: string])[], span: Span): CsvSource {
  return {
    header: ["step", ...columns.map(([, name]) => name)],
    ...rowsIn(table, span),
    row: (index) => [String(table.rows.at(index, 0)), ...columns.map(([column]) => f32Text(table.rows.at(index, column)))],
  };
}

const line = (cells: readonly string[]): string => `${cells.join(",")}\r\n`;

/** The whole table as text, in pieces between which the page gets its turn. */
export async function csvText({ header, first, end, row }: CsvSource, rest: () => Promise<void> = nextTask): Promise<string[]> {
  const parts = [line(header)];
  let since = performance.now();
  for (let index = first; index < end; ) {
    const stop = Math.min(end, index + SLICE_ROWS);
    let part = "";
    for (; index < stop; index++) part += line(row(index));
    parts.push(part);
    if (performance.now() - since > SLICE_MS) {
      await rest();
      since = performance.now();
    }
  }
  return parts;
}

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
