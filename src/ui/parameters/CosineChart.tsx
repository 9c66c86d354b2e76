import { Chart } from "../charts/Chart";
import { ExportMenu } from "../charts/ExportMenu";
import { cellLine, type PlotSpec } from "../charts/plotSpec";
import { useParameters, useProbeChart } from "./useParameters";

const spec: PlotSpec = {
  title: "Direction kept by clipping",
  unit: "cosine",
  help:
    "The cosine between the gradient and what clipping by value makes of it, at the probed steps: 1 where it keeps its direction, less the " +
    "more its largest numbers are cut. Clipping by norm always keeps the direction.",
  lines: [cellLine("Cosine")],
};

/** Clipping by value: how far it turns the gradient. */
export function CosineChart({ height }: { readonly height: number }) {
  const { series } = useParameters();
  const { data, csv } = useProbeChart({
    kind: "cosine",
    columns: [[series?.cosineColumn ?? 1, "clip_cosine"]],
    logAtFirst: false,
    inside: 1,
  });
  return <Chart spec={spec} data={data} height={height} actions={<ExportMenu spec={spec} data={data} csv={csv} />} />;
}
