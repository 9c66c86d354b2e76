import { useMemo, useState } from "react";
import { getField } from "../../configPath";
import { formatPercent } from "../format";
import type { RunHistory } from "../series";
import { useApp } from "../store";
import { ChartFigure } from "./ChartFigure";
import type { SeriesNames } from "./ChartTooltip";
import { type ChartKind, chartData } from "./chartData";
import { MetricChart } from "./MetricChart";

const lossNames: SeriesNames = { first: "Training", validation: "Validation" };
const normNames: SeriesNames = { first: "Before", second: "After clipping" };
const unclippedNames: SeriesNames = { first: "Norm" };

/** The history is mutable; its version says when to look again. */
function useChart(kind: ChartKind, log: boolean, threshold?: number) {
  const history: RunHistory = useApp((state) => state.run.history);
  const version = useApp((state) => state.run.historyVersion);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the contents of the history
  return useMemo(() => chartData(history, kind, log, threshold), [history, version, kind, log, threshold]);
}

export function LossChart({ height }: { readonly height: number }) {
  const [log, setLog] = useState(false);
  const data = useChart("loss", log);
  return (
    <ChartFigure title="Loss" unit="nats" names={lossNames} log={log} onLog={setLog}>
      <MetricChart label="Loss by step" data={data} log={log} height={height} names={lossNames} />
    </ChartFigure>
  );
}

/** Accuracy, or for text perplexity: the number of characters that the network hesitates between. */
export function QualityChart({ height }: { readonly height: number }) {
  const isText = useApp((state) => (state.run.with?.config.task.kind ?? getField(state.draft, "task.kind")) === "text");
  const [log, setLog] = useState(false);
  const data = useChart(isText ? "perplexity" : "accuracy", isText && log);
  return isText ? (
    <ChartFigure title="Perplexity" unit="characters" names={lossNames} log={log} onLog={setLog}>
      <MetricChart label="Perplexity by step" data={data} log={log} height={height} names={lossNames} low />
    </ChartFigure>
  ) : (
    <ChartFigure title="Accuracy" unit="%" names={lossNames}>
      <MetricChart label="Accuracy by step" data={data} log={false} height={height} names={lossNames} percent low />
    </ChartFigure>
  );
}

export function GradientChart({ height }: { readonly height: number }) {
  const [log, setLog] = useState(true);
  const clip = useApp((state) => state.run.with?.config.clip);
  const share = useApp((state) => (state.run.historyVersion >= 0 ? state.run.history.clippedShare : Number.NaN));
  const threshold = clip?.kind === "norm" ? clip.max : undefined;
  const data = useChart("gradient", log, threshold);
  const names = clip?.kind === "none" ? unclippedNames : normNames;
  const note = clip === undefined || clip.kind === "none" || Number.isNaN(share) ? "" : `${formatPercent(share, 0)} clipped`;
  return (
    <ChartFigure title="Gradient norm" unit={note} names={names} threshold={threshold} log={log} onLog={setLog}>
      <MetricChart label="Gradient norm by step" data={data} log={log} height={height} names={names} threshold={threshold} low />
    </ChartFigure>
  );
}
