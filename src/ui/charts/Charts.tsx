import { getField } from "../../configPath";
import { formatCount } from "../format";
import { useApp } from "../store";
import { Chart } from "./Chart";
import { ExportMenu } from "./ExportMenu";
import { cellLine, type PlotSpec } from "./plotSpec";
import { useChartData } from "./useChartData";

const training = [cellLine("Training")];
const validated = { lines: training, validation: "Validation" } as const;

const lossSpec: PlotSpec = { ...validated, title: "Loss", unit: "nats" };
const accuracySpec: PlotSpec = { ...validated, title: "Accuracy", unit: "%", scale: "fraction" };
const perplexitySpec: PlotSpec = { ...validated, title: "Perplexity", unit: "characters" };

export function LossChart({ height }: { readonly height: number }) {
  const { data, log, onLog, csv } = useChartData("loss", false);
  return (
    <Chart
      spec={lossSpec}
      data={data}
      height={height}
      log={log}
      onLog={onLog}
      actions={<ExportMenu spec={lossSpec} data={data} csv={csv} />}
    />
  );
}

/** Accuracy, or for text perplexity: the number of characters that the network hesitates between. */
export function QualityChart({ height }: { readonly height: number }) {
  const isText = useApp((state) => (state.run.with?.config.task.kind ?? getField(state.draft, "task.kind")) === "text");
  const { data, log, onLog, csv } = useChartData(isText ? "perplexity" : "accuracy", false);
  const spec = isText ? perplexitySpec : accuracySpec;
  return (
    <Chart
      spec={spec}
      data={data}
      height={height}
      actions={<ExportMenu spec={spec} data={data} csv={csv} />}
      {...(isText && { log, onLog })}
    />
  );
}

const scaleLines = [{ ...cellLine("Scale"), stepped: true }];
const scaleHelp =
  "The loss is multiplied by this number before the backward pass, so that 16-bit floats can hold small gradients, and the gradients are " +
  "divided by it afterwards. A gradient that overflows halves it, and that step changes no weight: it is skipped. " +
  "2,000 steps in a row without an overflow double it, so a skipped step now and then is normal.";

/** Half precision: the loss scale, and the steps skipped in finding it. */
export function LossScaleChart({ height }: { readonly height: number }) {
  const skipped = useApp((state) => (state.run.historyVersion >= 0 ? state.run.history.last("skippedSteps") : Number.NaN));
  const { data, csv } = useChartData("lossScale", true);
  const spec: PlotSpec = {
    title: "Loss scale",
    unit: Number.isNaN(skipped) ? "" : `${formatCount(skipped)} ${skipped === 1 ? "step" : "steps"} skipped`,
    help: scaleHelp,
    lines: scaleLines,
    skipped: "Skipped step",
    scale: "powers",
  };
  return <Chart spec={spec} data={data} height={height} actions={<ExportMenu spec={spec} data={data} csv={csv} />} />;
}

const underflowSpec: PlotSpec = {
  title: "Underflow",
  unit: "% of gate gradients",
  help:
    "Share of the gates' gradients, loss scale included, that are smaller than 2⁻¹⁴: 16-bit floats hold these with fewer digits or not at " +
    "all. Gradients of zero count too. If nearly all are and the loss does not fall, train in 32-bit floats.",
  lines: [cellLine("Share")],
  scale: "fraction",
};

/** Half precision: which part of the gradients f16 cannot hold in full. */
export function UnderflowChart({ height }: { readonly height: number }) {
  const { data, csv } = useChartData("underflow", false);
  return <Chart spec={underflowSpec} data={data} height={height} actions={<ExportMenu spec={underflowSpec} data={data} csv={csv} />} />;
}
