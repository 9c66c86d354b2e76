import { METRIC_COLUMNS, metricColumns } from "../worker/protocol";

export type MetricValues = Readonly<Partial<Record<(typeof metricColumns)[number], number>>>;

/** Rows of metrics as the worker sends them, one for each step from `firstStep` on; a column that is not given is 0. */
export function metricRows(steps: readonly MetricValues[], firstStep = 1): Float32Array {
  const rows = new Float32Array(steps.length * METRIC_COLUMNS);
  steps.forEach((values, i) => {
    const row: MetricValues = { step: firstStep + i, ...values };
    rows.set(
      metricColumns.map((column) => row[column] ?? 0),
      i * METRIC_COLUMNS,
    );
  });
  return rows;
}
