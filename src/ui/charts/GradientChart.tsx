import { useMemo, useState } from "react";
import type { Clip } from "../../config";
import { formatPercent } from "../format";
import { useApp } from "../store";
import { setClip } from "../storeConfig";
import { Chart } from "./Chart";
import { ExportMenu } from "./ExportMenu";
import { cellLine, dottedLine, type PlotSpec, secondLine } from "./plotSpec";
import { ThresholdHandle } from "./Threshold";
import type { Axis } from "./ticks";
import { useChartData } from "./useChartData";

const unclipped = [cellLine("Norm")];
const clipped = [cellLine("Before"), secondLine("After clipping")];
const clippedByValue = [...clipped, dottedLine("Largest number")];
const defaults: Readonly<Record<Clip["kind"], Clip>> = {
  none: { kind: "none" },
  norm: { kind: "norm", max: 1 },
  value: { kind: "value", max: 0.1 },
};

const help =
  "The length of the whole gradient, all parameters together, before and after clipping. Marks under the axis are clipped steps; the " +
  "first figure is their share of the steps shown, the second of the last few dozen. Clipping by norm compares the norm with the threshold; " +
  "by value every single number of the gradient, the largest of which is a line of its own. Drag the dashed line, or focus it and press " +
  "the arrow keys: the run is clipped so from its next step on.";

const share = (shown: number, recent: number): string =>
  Number.isNaN(shown) || Number.isNaN(recent) ? "Clipped" : `${formatPercent(shown, 0)} clipped, ${formatPercent(recent, 0)} lately`;

function ClipKind({ clip }: { readonly clip: Clip }) {
  return (
    <select
      className="clip-kind"
      aria-label="Clipping of this run"
      value={clip.kind}
      onChange={({ target }) => {
        const next = defaults[target.value === "norm" || target.value === "value" ? target.value : "none"];
        setClip(next.kind === "none" || clip.kind === "none" ? next : { ...next, max: clip.max });
      }}
    >
      <option value="none">No clipping</option>
      <option value="norm">By norm</option>
      <option value="value">By value</option>
    </select>
  );
}

/** The gradient's norm before and after clipping, and what the threshold is compared with, with the threshold to be dragged. */
export function GradientChart({ height }: { readonly height: number }) {
  const clip = useApp((state) => state.run.with?.config.clip);
  const recent = useApp((state) => (state.run.historyVersion >= 0 ? state.run.history.clippedShare : Number.NaN));
  // While the line is dragged the axis under it stays.
  const [held, setHeld] = useState<Axis>();
  const threshold = clip === undefined || clip.kind === "none" ? undefined : clip.max;
  const byValue = clip?.kind === "value";
  const { data: fitted, log, onLog, csv } = useChartData("gradient", true, { threshold, largest: byValue });
  const data = useMemo(() => (held === undefined ? fitted : { ...fitted, y: held }), [fitted, held]);
  const isClipped = clip !== undefined && clip.kind !== "none";
  const spec: PlotSpec = {
    title: "Gradient norm",
    unit: "",
    help,
    lines: byValue ? clippedByValue : isClipped || clip === undefined ? clipped : unclipped,
    ...(isClipped && { clipped: share(data.clippedShare, recent) }),
    ...(threshold !== undefined && { threshold: { name: "Threshold", value: threshold } }),
  };
  return (
    <Chart
      spec={spec}
      data={data}
      height={height}
      log={log}
      onLog={onLog}
      actions={
        <>
          {clip !== undefined && <ClipKind clip={clip} />}
          <ExportMenu spec={spec} data={data} csv={csv} />
        </>
      }
      overlay={(area, width) =>
        clip === undefined || clip.kind === "none" || data.rows.length === 0 ? null : (
          <ThresholdHandle
            max={clip.max}
            of={byValue ? "Each number at most" : "Norm at most"}
            axis={data.y}
            log={data.logY}
            area={area}
            width={width}
            recent={recent}
            onChange={(max) => setClip({ ...clip, max })}
            onHold={(isHeld) => setHeld(isHeld ? fitted.y : undefined)}
          />
        )
      }
    />
  );
}
