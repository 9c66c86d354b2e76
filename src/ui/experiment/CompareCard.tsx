import { windowEvidence } from "../../experiments/evidence";
import type { Stage } from "../../experiments/experiment";
import { formatCount } from "../format";
import { type ActiveExperiment, useApp } from "../store";
import { pause, trainProblem } from "../storeRun";
import { cancelComparison, isRunning, setForm, startComparison, useTruncation } from "../truncation/storeTruncation";
import { Card } from "./Card";
import { liveEvidence, runStage } from "./storeExperiment";

/** Truncated gradients against the full one, with the weights of the open run once it has trained the stage's steps. */
export function CompareCard({ active, stage }: { readonly active: ActiveExperiment; readonly stage: Stage }) {
  useApp((state) => state.run.historyVersion);
  const status = useApp((state) => state.run.status);
  const runId = useApp((state) => state.run.id);
  const pausing = useApp((state) => state.run.pausing);
  const blocked = useApp((state) => trainProblem(state) !== undefined || state.connection !== "ready" || state.run.status === "loading");
  const measurement = useTruncation((state) => state.measurement);
  const comparing = useApp((state) => isRunning(measurement, state));
  const run = liveEvidence(useApp.getState(), stage);
  const { act, steps } = stage;
  if (act.kind !== "compare") return null;
  const own = measurement?.runId === runId && run !== undefined ? measurement.comparison : undefined;
  const evidence = run && (own === undefined ? run : windowEvidence(run, own.rows));
  const trained = run !== undefined && run.step >= steps;
  const training = status === "training" && !comparing && run !== undefined;
  const compare = (): void => {
    setForm({ lengths: act.lengths.join(", "), batches: String(act.batches), draws: String(act.draws) });
    startComparison();
  };
  const again = measurement?.runId === runId && measurement.state === "done";
  const measured = {
    evidence,
    running: comparing || training,
    stopping: pausing,
    blocked,
    startLabel: trained ? (again ? "Compare again" : "Compare") : `Train ${formatCount(steps)} steps first`,
    stopLabel: comparing ? "Cancel" : "Pause",
    done: trained ? (own?.batchesDone ?? 0) : (run?.step ?? 0),
    total: trained ? act.batches : steps,
    unit: trained ? "Batch" : "Step",
    start: trained ? compare : runStage,
    stop: comparing ? cancelComparison : pause,
  };
  return <Card active={active} stage={stage} measured={measured} />;
}
