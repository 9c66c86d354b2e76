import { type ComponentType, lazy, Suspense } from "react";
import { ChartToolbar } from "../charts/ChartToolbar";
import { StagePanel } from "../panels/StagePanel";
import { isHalfRun, useApp } from "../store";
import { TimeStrip } from "../time/TimeStrip";

// Charts are half of the code: the page is there before them.
const charts = () => import("../charts/Charts");
const LossChart = lazy(async () => ({ default: (await charts()).LossChart }));
const QualityChart = lazy(async () => ({ default: (await charts()).QualityChart }));
const GradientChart = lazy(async () => ({ default: (await import("../charts/GradientChart")).GradientChart }));
const LossScaleChart = lazy(async () => ({ default: (await charts()).LossScaleChart }));
const UnderflowChart = lazy(async () => ({ default: (await charts()).UnderflowChart }));

const CosineChart = lazy(async () => ({ default: (await import("../parameters/CosineChart")).CosineChart }));

const LOSS_HEIGHT = 308;
const SMALL_HEIGHT = 116;
const COSINE_HEIGHT = 96;
/** What the title above a chart takes. */
const HEAD_HEIGHT = 24;

function Chart({ of: Figure, height }: { readonly of: ComponentType<{ height: number }>; readonly height: number }) {
  return (
    <Suspense fallback={<div style={{ height: height + HEAD_HEIGHT }} />}>
      <Figure height={height} />
    </Suspense>
  );
}

/** The run's curves, and what the network does with its task. */
export function TrainingView() {
  const half = useApp(isHalfRun);
  const byValue = useApp((state) => state.run.with?.config.clip.kind === "value");
  return (
    <>
      <TimeStrip />
      <section className="charts" aria-label="Charts">
        <ChartToolbar />
        <Chart of={LossChart} height={LOSS_HEIGHT} />
        <div className="charts-side">
          <Chart of={QualityChart} height={SMALL_HEIGHT} />
          <Chart of={GradientChart} height={SMALL_HEIGHT} />
        </div>
        {half && (
          <div className="charts-half">
            <Chart of={LossScaleChart} height={SMALL_HEIGHT} />
            <Chart of={UnderflowChart} height={SMALL_HEIGHT} />
          </div>
        )}
        {byValue && (
          <div className="charts-wide">
            <Chart of={CosineChart} height={COSINE_HEIGHT} />
          </div>
        )}
      </section>
      <StagePanel />
    </>
  );
}
