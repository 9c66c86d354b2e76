import { useMemo, useState } from "react";
import { getField } from "../../configPath";
import { formatCount, formatPercent } from "../format";
import type { RunHistory } from "../series";
import { useApp } from "../store";
import { ChartFigure } from "./ChartFigure";
import type { SeriesNames } from "./ChartTooltip";
import { type ChartKind, chartData } from "./chartData";
import { MetricChart } from "./MetricChart";

const lossNames: SeriesNames = { first: "Training", validation: "Validation" };
const normNames: SeriesNames = { first: "Before", second: "After clipping" };
const scaleNames: SeriesNames = { first: "Scale", skipped: "Skipped step" };
const underflowNames: SeriesNames = { first: "Share" };
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

const scaleHelp =
  "The loss is multiplied by this number before the backward pass, so that 16-bit floats can hold small gradients, and the gradients are " +
  "divided by it afterwards. A gradient that overflows halves it, and that step changes no weight: it is skipped. " +
  "2,000 steps in a row without an overflow double it, so a skipped step now and then is normal.";

/** Half precision: the loss scale, and the steps skipped in finding it. */
export function LossScaleChart({ height }: { readonly height: number }) {
  const skipped = useApp((state) => (state.run.historyVersion >= 0 ? state.run.history.last("skippedSteps") : Number.NaN));
  const data = useChart("lossScale", true);
  const note = Number.isNaN(skipped) ? "" : `${formatCount(skipped)} ${skipped === 1 ? "step" : "steps"} skipped`;
  return (
    <ChartFigure title="Loss scale" unit={note} help={scaleHelp} names={scaleNames}>
      <MetricChart label="Loss scale by step" data={data} log height={height} names={scaleNames} powers low />
    </ChartFigure>
  );
}

const underflowHelp =
  "Share of the gates' gradients, loss scale included, that are smaller than 2⁻¹⁴: 16-bit floats hold these with fewer digits or not at " +
  "all. Gradients of zero count too. If nearly all are and the loss does not fall, train in 32-bit floats.";

/** Half precision: which part of the gradients f16 cannot hold in full. */
export function UnderflowChart({ height }: { readonly height: number }) {
  const data = useChart("underflow", false);
  return (
    <ChartFigure title="Underflow" unit="% of gate gradients" help={underflowHelp} names={underflowNames}>
      <MetricChart label="Underflow by step" data={data} log={false} height={height} names={underflowNames} percent low />
    </ChartFigure>
  );
}
