import { raceEvidence } from "../../experiments/evidence";
import type { Stage } from "../../experiments/experiment";
import { racerOf } from "../../experiments/race";
import { cancelRace, isRacing, recordsOf, setRace, startRace, useRace } from "../race/raceStore";
import { type ActiveExperiment, useApp } from "../store";
import { comparisonWaits, trainProblem } from "../storeRun";
import { Card } from "./Card";
import { followsStage, showStageSettings } from "./storeExperiment";

/** Cells that race, so many steps each. */
export function RaceCard({ active, stage }: { readonly active: ActiveExperiment; readonly stage: Stage }) {
  useRace((state) => state.raceVersion);
  const race = useRace((state) => state.race);
  const racing = useRace(isRacing);
  const waits = useApp(comparisonWaits);
  const blocked = useApp((state) => trainProblem(state) !== undefined || waits !== undefined || state.connection !== "ready");
  const { act, steps, config } = stage;
  if (act.kind !== "race") return null;
  const isOwn =
    race !== undefined &&
    followsStage(stage, race.config) &&
    race.limit.kind === "steps" &&
    race.limit.steps === steps &&
    act.cells.every((cell) => race.cells.includes(cell)) &&
    race.cells.length === act.cells.length;
  const evidence = isOwn ? raceEvidence(config, recordsOf(race).map(racerOf)) : undefined;
  const measured = {
    evidence,
    running: racing,
    stopping: race?.cancelling ?? false,
    blocked,
    waits,
    startLabel: evidence === undefined ? "Start the race" : "Race again",
    stopLabel: "Cancel",
    done: evidence?.step ?? 0,
    total: steps,
    unit: "Step",
    start() {
      showStageSettings(stage);
      setRace(act.cells, steps);
      startRace();
    },
    stop: cancelRace,
  };
  return <Card active={active} stage={stage} measured={measured} />;
}
