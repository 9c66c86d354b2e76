import { create } from "zustand";
import { useShallow } from "zustand/react/shallow";
import { DEFAULT_SMOOTHING } from "../seriesTable";
import { useApp } from "../store";
import { type ChartRange, spanOf } from "./ranges";

/** all: the axis holds every value. most: it holds all but the outermost fiftieth, and marks where values lie outside. */
export type Fit = "all" | "most";

/** What all charts of the page have in common. */
export interface ChartSettings {
  /** Weight that the running mean keeps of its past at each step. */
  readonly smoothing: number;
  readonly range: ChartRange;
  readonly fit: Fit;
  /** Steps on a logarithmic axis. */
  readonly logSteps: boolean;
}

interface ChartState extends ChartSettings {
  /** The step that is pointed at, in every chart at once. */
  readonly cursor: number | undefined;
  /** Charts by their kind, whose values were put on a logarithmic axis or taken off it. */
  readonly logs: Readonly<Record<string, boolean>>;
}

const start: ChartState = {
  smoothing: DEFAULT_SMOOTHING,
  range: { kind: "all" },
  fit: "all",
  logSteps: false,
  cursor: undefined,
  logs: {},
};

export const useCharts = create<ChartState>(() => start);

/** What the charts have in common, without the cursor, which moves often. */
export const useChartSettings = (): ChartSettings =>
  useCharts(useShallow(({ smoothing, range, fit, logSteps }) => ({ smoothing, range, fit, logSteps })));

export const MAX_SMOOTHING = 0.99;

export const setSmoothing = (smoothing: number): void => useCharts.setState({ smoothing });
export const setFit = (fit: Fit): void => useCharts.setState({ fit });
export const setLogSteps = (logSteps: boolean): void => useCharts.setState({ logSteps });
export const setLog = (chart: string, log: boolean): void => useCharts.setState(({ logs }) => ({ logs: { ...logs, [chart]: log } }));
export const setCursor = (cursor: number | undefined): void => useCharts.setState({ cursor });
export const showRange = (range: ChartRange): void => useCharts.setState({ range });
export const showAll = (): void => showRange({ kind: "all" });

/** The steps that the run has so far. */
export const runSpan = () => {
  const { history } = useApp.getState().run;
  return [history.startStep, Math.max(history.lastStep, history.startStep + 1)] as const;
};

/** The steps on the charts' axis. */
export const shownSpan = () => {
  const [first, last] = runSpan();
  return spanOf(useCharts.getState().range, first, last);
};

// A zoomed range and the cursor are steps of one run.
useApp.subscribe(({ run }, { run: before }) => {
  if (run.history === before.history) return;
  useCharts.setState(({ range }) => ({ cursor: undefined, ...(range.kind === "zoom" && { range: start.range }) }));
});
