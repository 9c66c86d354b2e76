import { type ComponentType, lazy, Suspense } from "react";
import { type Act, isComplete, type Stage } from "../../experiments/experiment";
import { formatCount } from "../format";
import { type ActiveExperiment, useApp } from "../store";
import { pause, trainProblem } from "../storeRun";
import { Card } from "./Card";
import { activeExperiment, liveEvidence, runStage, stageOf } from "./storeExperiment";

interface Props {
  readonly active: ActiveExperiment;
  readonly stage: Stage;
}

/** A run, trained to the stage's steps. */
function TrainCard({ active, stage }: Props) {
  // What the run has shown is read when its history has grown, or when it has other settings.
  useApp((state) => state.run.historyVersion);
  useApp((state) => state.run.with);
  const status = useApp((state) => state.run.status);
  const pausing = useApp((state) => state.run.pausing);
  const blocked = useApp((state) => trainProblem(state) !== undefined || state.connection !== "ready");
  const evidence = liveEvidence(useApp.getState(), stage);
  const done = evidence?.step ?? 0;
  const complete = evidence !== undefined && isComplete(stage, evidence);
  const running = status === "training" && evidence !== undefined;
  const startLabel = complete ? "Train again" : done > 0 ? "Go on" : `Train ${formatCount(stage.steps)} steps`;
  const measured = {
    evidence,
    running,
    stopping: pausing,
    blocked,
    startLabel,
    stopLabel: "Pause",
    done,
    total: stage.steps,
    unit: "Step",
  };
  return <Card active={active} stage={stage} measured={{ ...measured, start: runStage, stop: pause }} />;
}

// With the code of the views that measure them.
const cards: Readonly<Record<Act["kind"], ComponentType<Props>>> = {
  train: TrainCard,
  compare: lazy(async () => ({ default: (await import("./CompareCard")).CompareCard })),
  race: lazy(async () => ({ default: (await import("./RaceCard")).RaceCard })),
};

/** The guided experiment under way, above the views. */
export function ExperimentCard() {
  const active = useApp(activeExperiment);
  const stage = active && stageOf(active);
  if (active === undefined || stage === undefined) return null;
  const StageCard = cards[stage.act.kind];
  return (
    <Suspense fallback={<div className="experiment experiment-loading" />}>
      <StageCard active={active} stage={stage} />
    </Suspense>
  );
}
