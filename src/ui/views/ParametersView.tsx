import { useMemo, useState } from "react";
import { ChartToolbar } from "../charts/ChartToolbar";
import { useCharts } from "../charts/chartSettings";
import { Help } from "../controls/Help";
import { type ParameterSeries, parameterQuantities } from "../parameterSeries";
import { ParameterCharts, SpectralChart } from "../parameters/ParameterCharts";
import { ParameterTable } from "../parameters/ParameterTable";
import { grouped, parameterRows } from "../parameters/parameterRows";
import { useParameters, useSpan } from "../parameters/useParameters";
import { summary, verdictRules } from "../parameters/verdict";
import { useApp } from "../store";
import "../styles/parameters.css";

/** The recurrent matrix of the first layer: what most of the page is about. */
const firstChoice = ({ layout }: ParameterSeries): number => Math.max(0, layout.parameters.indexOf("rnn.weight_hh_l0"));

function Parameters({ series }: { readonly series: ParameterSeries }) {
  const { version, history } = useParameters();
  const { span, logSteps } = useSpan(history);
  const [from, to] = span;
  const smoothing = useCharts((state) => state.smoothing);
  const [chosen, choose] = useState<number>();
  const selected = chosen !== undefined && chosen < series.layout.parameters.length ? chosen : firstChoice(series);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the contents of the series
  const rows = useMemo(() => parameterRows(series), [series, version]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the contents of the series
  const buckets = useMemo(() => {
    const columns = series.layout.parameters.flatMap((_, index) => parameterQuantities.map((quantity) => series.column(index, quantity)));
    return series.table.buckets(columns, { from, to, log: logSteps, smoothing });
  }, [series, version, from, to, logSteps, smoothing]);
  return (
    <>
      <div className="parameter-head">
        <p data-testid="parameter-summary">{summary(rows)}</p>
        <Help label="The order">{verdictRules}</Help>
      </div>
      <ParameterTable
        series={series}
        groups={grouped(rows)}
        buckets={buckets}
        span={span}
        logSteps={logSteps}
        selected={selected}
        onSelect={choose}
      />
      <h2 className="parameter-selected">{series.layout.parameters[selected]}</h2>
      <ParameterCharts series={series} index={selected} />
      <div className="parameter-charts">
        {Array.from({ length: series.layout.layers }, (_, layer) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its place
          <SpectralChart key={layer} series={series} layer={layer} />
        ))}
      </div>
    </>
  );
}

/** Gradient, weight and update of every parameter, by layer, and how far each recurrent matrix stretches. */
export function ParametersView() {
  const { series } = useParameters();
  const every = useApp((state) => state.probeEvery);
  return (
    <section className="parameters" aria-label="Parameters">
      <ChartToolbar />
      {series === undefined ? (
        <p className="quiet parameters-empty">
          {every === 0
            ? 'The parameters are not measured: in the view Time, set "Measure" to other than off.'
            : `The parameters are measured at the first step and then every ${every === 1 ? "step" : `${every} steps`}. Press Train.`}
        </p>
      ) : (
        <Parameters series={series} />
      )}
    </section>
  );
}
