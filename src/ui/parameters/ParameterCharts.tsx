import { probeGates } from "../../probes";
import { Chart } from "../charts/Chart";
import { ExportMenu } from "../charts/ExportMenu";
import { cellLine, type LineSpec, type PlotSpec } from "../charts/plotSpec";
import { type ParameterQuantity, type ParameterSeries, parameterQuantities } from "../parameterSeries";
import { useProbeChart } from "./useParameters";
import { RATIO } from "./verdict";

const HEIGHT = 150;

const quantities: Readonly<Record<ParameterQuantity, Pick<PlotSpec, "title" | "unit" | "help" | "guides">>> = {
  gradient: {
    title: "Gradient norm",
    unit: "",
    help: "The length of this parameter's gradient, before clipping: how steeply the loss depends on it.",
  },
  weight: { title: "Weight norm", unit: "", help: "The length of the parameter itself, after the step." },
  ratio: {
    title: "Update / weight",
    unit: "",
    help: "By how much of its own norm a step changes the parameter. Around a thousandth is usual; the dotted lines are 0.01 % and 1 %.",
    guides: [RATIO.low, RATIO.high],
  },
};
const oneLine = [cellLine("Norm")];
const ratioLine = [cellLine("Ratio")];

function QuantityChart({
  series,
  index,
  quantity,
}: {
  readonly series: ParameterSeries;
  readonly index: number;
  readonly quantity: ParameterQuantity;
}) {
  const name = series.layout.parameters[index] ?? "";
  const { data, log, onLog, csv } = useProbeChart({
    kind: `parameter ${quantity}`,
    columns: [[series.column(index, quantity), `${name}.${quantity}`]],
    logAtFirst: true,
  });
  const spec: PlotSpec = { ...quantities[quantity], lines: quantity === "ratio" ? ratioLine : oneLine, of: name };
  return (
    <Chart spec={spec} data={data} height={HEIGHT} log={log} onLog={onLog} actions={<ExportMenu spec={spec} data={data} csv={csv} />} />
  );
}

/** One parameter, large: its gradient, itself, and how much a step changes it. */
export function ParameterCharts({ series, index }: { readonly series: ParameterSeries; readonly index: number }) {
  return (
    <div className="parameter-charts">
      {parameterQuantities.map((quantity) => (
        <QuantityChart key={quantity} series={series} index={index} quantity={quantity} />
      ))}
    </div>
  );
}

/** Gates tell themselves apart without colour: the cell has one. */
const gateLines: readonly Omit<LineSpec, "name">[] = [
  { stroke: "var(--cell)", width: 1.75 },
  { stroke: "var(--ink-2)", width: 1.5 },
  { stroke: "var(--cell)", width: 1.75, dash: "5 3" },
  { stroke: "var(--ink-2)", width: 1.5, dash: "2 2" },
];

const spectralHelp =
  "The largest factor by which the recurrent matrix, or a gate's part of it, stretches a state that it is applied to again and again. Below 1 " +
  "what passes through it alone fades from step to step, above 1 it can grow; gates and tanh change that. The dotted line is 1.";

/** Spectral radius of one layer's recurrent matrix, a line for each gate. */
export function SpectralChart({ series, layer }: { readonly series: ParameterSeries; readonly layer: number }) {
  const { cell, layers } = series.layout;
  const gates = probeGates[cell];
  const { data, log, onLog, csv } = useProbeChart({
    kind: "spectral radius",
    columns: series.spectralColumns(layer).map((column, gate) => [column, `spectral_radius_${gates[gate]?.name ?? gate}`]),
    logAtFirst: false,
    inside: 1,
  });
  const spec: PlotSpec = {
    title: layers === 1 ? "Spectral radius" : `Spectral radius, layer ${layer + 1}`,
    unit: "of the recurrent matrix",
    help: spectralHelp,
    lines: gates.map(({ name }, gate) => ({ ...gateLines[gate % gateLines.length]!, name, ...(gates.length === 1 && { band: true }) })),
    guides: [1],
  };
  return (
    <Chart spec={spec} data={data} height={HEIGHT} log={log} onLog={onLog} actions={<ExportMenu spec={spec} data={data} csv={csv} />} />
  );
}
