import { Flag, Pause, Play, X } from "lucide-react";
import { useEffect } from "react";
import { type Cell, cells } from "../../config";
import { cellNames } from "../../race/record";
import { Help } from "../controls/Help";
import { validConfig } from "../draft";
import { formatBytes } from "../format";
import { useApp } from "../store";
import { comparisonWaits } from "../storeRun";
import { ContestantName } from "./Contestant";
import {
  askCost,
  cancelRace,
  continueRace,
  costOf,
  isRacing,
  limitOf,
  pauseRace,
  raceProblem,
  setEndsAfter,
  setLimitText,
  startRace,
  toggleCell,
  useRace,
} from "./raceStore";

const COST_DELAY_MS = 300;
const LIMIT_HELP =
  "Steps: each contestant trains so many. Minutes: the race ends with the round in which all contestants together have trained for so long. " +
  "Longer races tell more: less of the difference is chance.";
const CELLS_HELP =
  "Which cells race. Each gets the settings on the page, the same seed and the same batches in the same order; only the cell differs.";

function CellChoice({ cell, disabled }: { readonly cell: Cell; readonly disabled: boolean }) {
  const chosen = useRace((state) => state.cells.includes(cell));
  return (
    <label className="check">
      <input
        type="checkbox"
        data-testid={`race-cell-${cell}`}
        checked={chosen}
        disabled={disabled}
        aria-label={cellNames[cell]}
        onChange={() => toggleCell(cell)}
      />
      <ContestantName cell={cell} />
    </label>
  );
}

function Limit({ disabled }: { readonly disabled: boolean }) {
  const endsAfter = useRace((state) => state.endsAfter);
  const text = useRace((state) => state.typed[state.endsAfter]);
  const problem = useRace((state) => {
    const limit = limitOf(state);
    return typeof limit === "string" ? limit : undefined;
  });
  return (
    <div className="race-limit">
      <span className="field-name">
        <label htmlFor="race-limit">Ends after</label>
        <Help label="End of the race">{LIMIT_HELP}</Help>
      </span>
      <input
        id="race-limit"
        data-testid="race-limit"
        type="text"
        inputMode={endsAfter === "steps" ? "numeric" : "decimal"}
        autoComplete="off"
        className="number"
        value={text}
        disabled={disabled}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : "race-limit-problem"}
        onChange={(event) => setLimitText(event.target.value)}
      />
      <select
        aria-label="Unit of the end"
        data-testid="race-unit"
        value={endsAfter}
        disabled={disabled}
        onChange={(event) => setEndsAfter(event.target.value === "minutes" ? "minutes" : "steps")}
      >
        <option value="steps">steps each</option>
        <option value="minutes">minutes in all</option>
      </select>
      {problem !== undefined && (
        <p id="race-limit-problem" className="field-problem">
          {problem}
        </p>
      )}
    </div>
  );
}

function Buttons({ problem }: { readonly problem: string | undefined }) {
  const racing = useRace(isRacing);
  const phase = useRace((state) => state.race?.state.phase);
  const cancelling = useRace((state) => state.race?.cancelling ?? false);
  const hasLimit = useRace((state) => typeof limitOf(state) !== "string");
  const ready = useApp((state) => state.connection === "ready");
  const isPaused = phase === "paused" || phase === "pausing";
  return (
    <div className="race-buttons">
      {/* One button for all three, so that the focus stays where it is. */}
      <button
        type="button"
        className="primary"
        data-testid={racing ? (isPaused ? "race-continue" : "race-pause") : "race-start"}
        disabled={racing ? phase === "preparing" || cancelling : problem !== undefined || !hasLimit || !ready}
        aria-describedby={problem === undefined ? undefined : "race-problem"}
        onClick={racing ? (isPaused ? continueRace : pauseRace) : startRace}
      >
        {racing ? isPaused ? <Play aria-hidden /> : <Pause aria-hidden /> : <Flag aria-hidden />}{" "}
        {racing ? (isPaused ? "Go on" : "Pause") : "Start the race"}
      </button>
      <button type="button" data-testid="race-cancel" disabled={!racing || cancelling} onClick={cancelRace}>
        <X aria-hidden /> Cancel
      </button>
    </div>
  );
}

/** What the race of the present settings would take, told before it is started. */
function Cost() {
  const total = useRace((state) => {
    const each = state.cells.map((cell) => costOf(state, cell)?.bytes);
    return each.some((bytes) => bytes === undefined) ? undefined : each.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  });
  const open = useApp((state) => state.run.facts?.summary.bytes);
  if (total === undefined) return null;
  return (
    <span className="quiet">
      Takes {formatBytes(total)}
      {open !== undefined && `, beside the open run's ${formatBytes(open)}`}. The open run is paused meanwhile and kept.
    </span>
  );
}

/** Which cells race and for how long; Start, Pause, Cancel. */
export function RaceSetup() {
  const racing = useRace(isRacing);
  const chosen = useRace((state) => state.cells);
  const cost = useRace((state) => state.cost);
  const draft = useApp((state) => state.draft);
  const problem = useApp((app) => raceProblem(app, { cells: chosen, cost }));
  const waits = useApp(comparisonWaits);
  const executor = useApp((state) => state.executor);
  const ready = useApp((state) => state.connection === "ready");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the executor decides what a race may take
  useEffect(() => {
    const config = validConfig(draft);
    if (config === undefined || !ready) return;
    const timer = setTimeout(() => askCost(config, chosen), COST_DELAY_MS);
    return () => clearTimeout(timer);
  }, [draft, chosen, executor, ready]);
  return (
    <div className="race-setup">
      <fieldset className="race-cells">
        <legend className="field-name">
          Contestants <Help label="Contestants">{CELLS_HELP}</Help>
        </legend>
        {cells.map((cell) => (
          <CellChoice key={cell} cell={cell} disabled={racing} />
        ))}
      </fieldset>
      <Limit disabled={racing} />
      <Buttons problem={racing ? undefined : problem} />
      <p className="race-cost">
        {problem === undefined || racing ? (
          <Cost />
        ) : (
          <span id="race-problem" className={problem === waits ? "train-waits" : "train-problem"}>
            Start waits: {problem}
          </span>
        )}
      </p>
    </div>
  );
}
