import { useMemo, useState } from "react";
import { ContestantName } from "./Contestant";
import { RaceChart } from "./RaceChart";
import { type RaceAxis, type RaceMetric, raceChartData } from "./raceChartData";
import { type RaceView, useRace } from "./raceStore";

const HEIGHT = 250;

interface FigureProps {
  readonly race: RaceView;
  readonly axis: RaceAxis;
  readonly metric: RaceMetric;
  readonly title: string;
  readonly unit: string;
  readonly cursor: number | undefined;
  readonly onCursor: (row: number | undefined) => void;
}

function RaceFigure({ race, axis, metric, title, unit, cursor, onCursor }: FigureProps) {
  const version = useRace((state) => state.raceVersion);
  const [log, setLog] = useState(false);
  const { lanes, cells } = race;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the contents of the lanes
  const data = useMemo(() => raceChartData(lanes, axis, metric, log), [lanes, version, axis, metric, log]);
  const by = axis === "steps" ? "by step" : "by seconds of training";
  const percent = metric === "accuracy";
  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <div className="chart-title">
          <h2>
            {title}{" "}
            <span className="unit">
              {unit}, {by}
            </span>
          </h2>
        </div>
        {!percent && (
          <label className="check">
            <input type="checkbox" checked={log} onChange={(event) => setLog(event.target.checked)} aria-label={`${title}: log axis`} />
            log
          </label>
        )}
      </figcaption>
      <RaceChart label={`${title} ${by}`} height={HEIGHT} {...{ cells, data, axis, log, percent, cursor, onCursor }} />
    </figure>
  );
}

const axes = [
  ["steps", "Steps"],
  ["seconds", "Seconds of own training"],
] as const;

/** Loss and accuracy, or perplexity, of all contestants. */
export function RaceCharts({ race }: { readonly race: RaceView }) {
  const [axis, setAxis] = useState<RaceAxis>("steps");
  const [cursor, setCursor] = useState<number>();
  const shared = { race, axis, cursor, onCursor: setCursor };
  return (
    <section className="race-charts" aria-label="Curves">
      <div className="race-chart-bar">
        <p className="race-keys">
          {race.cells.map((cell) => (
            <ContestantName key={cell} cell={cell} />
          ))}
          <span className="quiet">line: training, smoothed; band: its range; rings: validation</span>
        </p>
        <fieldset className="race-axis">
          <legend>Axis</legend>
          {axes.map(([value, label]) => (
            <label key={value} className="check">
              <input type="radio" name="race-axis" checked={axis === value} onChange={() => setAxis(value)} />
              {label}
            </label>
          ))}
        </fieldset>
      </div>
      <RaceFigure {...shared} metric="loss" title="Loss" unit="nats" />
      {race.config.task.kind === "text" ? (
        <RaceFigure {...shared} metric="perplexity" title="Perplexity" unit="characters" />
      ) : (
        <RaceFigure {...shared} metric="accuracy" title="Accuracy" unit="%" />
      )}
    </section>
  );
}
