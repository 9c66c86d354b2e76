import { useMemo } from "react";
import { type ChartData, chartOf, lineRows } from "../charts/chartData";
import { setLog, useChartSettings, useCharts } from "../charts/chartSettings";
import { type CsvSource, tableCsv } from "../charts/csv";
import type { Scale } from "../charts/fit";
import { spanOf } from "../charts/ranges";
import { type ParameterSeries, parametersOf } from "../parameterSeries";
import type { RunHistory } from "../series";
import { useApp } from "../store";

/** The series of the open run's parameters, with a number that grows with them. */
export function useParameters(): { readonly series: ParameterSeries | undefined; readonly version: number; readonly history: RunHistory } {
  const history = useApp((state) => state.run.history);
  const version = useApp((state) => (state.run.historyVersion >= 0 ? (parametersOf(state.run.history)?.table.length ?? 0) : 0));
  return { series: parametersOf(history), version, history };
}

/** The steps that the charts of the page show. */
export function useSpan(history: RunHistory) {
  const { range, logSteps } = useChartSettings();
  const first = logSteps ? Math.max(1, history.startStep + 1) : history.startStep;
  return { span: spanOf(range, first, Math.max(history.lastStep, first + 1)), logSteps };
}

interface ProbeChart {
  /** Names the chart's own switches. */
  readonly kind: string;
  readonly columns: readonly (readonly [column: number, name: string])[];
  readonly logAtFirst: boolean;
  readonly scale?: Scale;
  /** A value that must be inside. */
  readonly inside?: number | undefined;
}

/** A chart of columns of the probes, on the steps of the run's other charts. */
export function useProbeChart({ kind, columns, logAtFirst, scale, inside }: ProbeChart) {
  const { series, version, history } = useParameters();
  const { span, logSteps } = useSpan(history);
  const [from, to] = span;
  const { smoothing, range, fit } = useChartSettings();
  const log = useCharts((state) => state.logs[kind] ?? logAtFirst);
  const numbers = columns.map(([column]) => column).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: version and numbers stand for the contents of series and columns
  const data: ChartData = useMemo(() => {
    const buckets = series?.table.buckets(
      columns.map(([column]) => column),
      { from, to, log: logSteps, smoothing },
    );
    const rows = lineRows(
      buckets ?? [],
      columns.map(() => ({})),
      log,
    );
    return chartOf(rows, [from, to], { smoothing, range, fit, logSteps, log, threshold: inside, ...(scale && { scale }) });
  }, [series, version, numbers, from, to, smoothing, range, fit, logSteps, log, scale, inside]);
  return {
    data,
    log,
    onLog: (value: boolean): void => setLog(kind, value),
    csv: (): CsvSource =>
      series === undefined ? { header: [], first: 0, end: 0, row: () => [] } : tableCsv(series.table, columns, [from, to]),
  };
}
