import { useMemo } from "react";
import type { RunHistory } from "../series";
import { useApp } from "../store";
import { type ChartData, type ChartKind, type ChartOptions, chartData, metricsOf } from "./chartData";
import { setLog, useChartSettings, useCharts } from "./chartSettings";
import { type CsvSource, metricsCsv } from "./csv";

/** What a chart of the run shows now, its axis switch, and its rows as CSV. */
export function useChartData(
  kind: ChartKind,
  logAtFirst: boolean,
  { threshold, largest = false }: Pick<ChartOptions, "threshold" | "largest"> = {},
) {
  const history: RunHistory = useApp((state) => state.run.history);
  const version = useApp((state) => state.run.historyVersion);
  const { smoothing, range, fit, logSteps } = useChartSettings();
  const log = useCharts((state) => state.logs[kind] ?? logAtFirst);
  // Of a zoomed range behind the last step nothing changes any more, unless the run goes back.
  const settled = range.kind === "zoom" && range.to < history.lastStep ? history.goneBack : version;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the contents of the history
  const data: ChartData = useMemo(
    () => chartData(history, kind, { smoothing, range, fit, logSteps, log, threshold, largest }),
    [history, settled, kind, smoothing, range, fit, logSteps, log, threshold, largest],
  );
  return {
    data,
    log,
    onLog: (value: boolean): void => setLog(kind, value),
    csv: (): CsvSource => metricsCsv(history, metricsOf(kind), kind, data.x.domain),
  };
}
