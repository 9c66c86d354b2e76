import { Download } from "lucide-react";
import type { RunConfig } from "../../config";
import { curvesCsv, standingsCsv } from "../../race/csv";
import { LOSS_WINDOW, standings } from "../../race/standings";
import { download } from "../download";
import { formatCount } from "../format";
import { RaceCharts } from "./RaceCharts";
import { RaceClaim } from "./RaceClaim";
import { RaceSetup } from "./RaceSetup";
import { RaceStatus } from "./RaceStatus";
import { RaceTable } from "./RaceTable";
import { isOut, isRacing, type RaceView as Race, recordsOf, useRace } from "./raceStore";
import "../styles/race.css";

const taskNames = { digits: "Digits", text: "Text", copy: "Copy memory" } as const;

/** With which settings a race was started. */
function settingsText({ task, model, batchSize, optimizer, seed, precision }: RunConfig): string {
  const layers = `${model.numLayers} ${model.numLayers === 1 ? "layer" : "layers"} of ${formatCount(model.hiddenSize)}`;
  return `${taskNames[task.kind]}, ${layers}, batch ${formatCount(batchSize)}, ${optimizer.kind} at ${optimizer.lr}, ${precision}, seed ${seed}`;
}

function Downloads({ race }: { readonly race: Race }) {
  const racing = useRace(isRacing);
  const records = recordsOf(race);
  if (racing || records.every(({ steps }) => steps === 0)) return null;
  const name = `race-${race.config.task.kind}-${race.config.seed}`;
  const table = (): string => standingsCsv(standings(records, (record) => isOut(race, record)));
  return (
    <p className="race-downloads">
      <button type="button" onClick={() => download(`${name}-table.csv`, table(), "text/csv")}>
        <Download aria-hidden /> CSV of the table
      </button>
      <button type="button" onClick={() => download(`${name}-curves.csv`, curvesCsv(records), "text/csv")}>
        <Download aria-hidden /> CSV of the curves
      </button>
    </p>
  );
}

function HowMeasured() {
  return (
    <details className="race-how">
      <summary>How this is measured</summary>
      <p>
        Each contestant is a network of its own with its own memory; all read the same batches in the same order. They train in turns, a
        slice of the same number of steps each, and every round begins with another one, so whatever slows this machine down slows them
        alike. A slice is timed by the clock, from an idle device to an idle device, and “ms per step” is the median over the slices.
        Compiling kernels and a warm-up of about half a second, whose steps are thrown away, come before; validation is not counted, and no
        step is probed.
      </p>
      <p>
        Equal steps are those that all have done. Equal time is the training time that the fastest took for them; the others' validation is
        interpolated at that time between their results before and after it, and their training loss is that of the steps they had done. A
        training loss is the mean of {LOSS_WINDOW} steps. Rings and rows name how many validation targets they are of; at the end all are
        validated on the whole set. GRU and LSTM are compared round by round, by the median of the ratios of their slices and its 95 %
        interval; if that holds 1, the two cannot be told apart. Accuracies count as different beyond two standard errors.
      </p>
    </details>
  );
}

/** RNN, LSTM and GRU side by side, from one seed on the same batches. */
export function RaceView() {
  const race = useRace((state) => state.race);
  return (
    <div className="race">
      <p className="race-intro">
        RNN, LSTM and GRU start from one seed and train in turns on the same batches. Who learns faster by the step, and who by the clock?
      </p>
      <RaceSetup />
      {race !== undefined && (
        <>
          <RaceStatus race={race} />
          <p className="quiet" data-testid="race-settings">
            {settingsText(race.config)}
          </p>
          <RaceCharts race={race} />
        </>
      )}
      <div className="race-results">
        {race !== undefined && (
          <div>
            <RaceTable race={race} />
            <Downloads race={race} />
          </div>
        )}
        <RaceClaim race={race} />
      </div>
      <HowMeasured />
    </div>
  );
}
