import { Check, FlaskConical, Pause, Play, RotateCcw, X } from "lucide-react";
import type { Evidence } from "../../experiments/evidence";
import { isComplete, type Stage } from "../../experiments/experiment";
import { formatCount } from "../format";
import { type ActiveExperiment, useApp } from "../store";
import { activeExperiment, followsStage, goToStage, leaveExperiment, liveEvidence, runStage, stageOf } from "../storeExperiment";
import { pause, trainProblem } from "../storeRun";

/** The experiment's runs, each a button that goes to it. */
function Runs({ active, complete }: { readonly active: ActiveExperiment; readonly complete: readonly boolean[] }) {
  const { stages } = active.experiment;
  if (stages.length < 2) return null;
  return (
    <ol className="experiment-runs" aria-label="Runs of this experiment">
      {stages.map(({ title }, i) => (
        <li key={title}>
          <button type="button" aria-current={i === active.index ? "step" : undefined} onClick={() => goToStage(i)}>
            <span className="experiment-number">{complete[i] ? <Check role="img" aria-label="done" /> : i + 1}</span>
            {title}
          </button>
        </li>
      ))}
    </ol>
  );
}

function Actions({
  active,
  stage,
  evidence,
}: {
  readonly active: ActiveExperiment;
  readonly stage: Stage;
  readonly evidence: Evidence | undefined;
}) {
  const status = useApp((state) => state.run.status);
  const pausing = useApp((state) => state.run.pausing);
  const blocked = useApp((state) => trainProblem(state) !== undefined || state.connection !== "ready");
  const training = status === "training" && evidence !== undefined;
  const complete = evidence !== undefined && isComplete(stage, evidence);
  const begun = evidence !== undefined && evidence.step > 0;
  const next = active.experiment.stages[active.index + 1];
  const label = training
    ? pausing
      ? "Pausing"
      : "Pause"
    : complete
      ? "Train again"
      : begun
        ? "Go on"
        : `Train ${formatCount(stage.steps)} steps`;
  const Icon = training ? Pause : complete ? RotateCcw : Play;
  const step = Math.min(evidence?.step ?? 0, stage.steps);
  return (
    <div className="experiment-actions">
      {/* One button for all, so that the focus stays where it is. */}
      <button
        type="button"
        className={complete && !training ? undefined : "primary"}
        data-testid="experiment-run"
        disabled={blocked && !training}
        onClick={training ? pause : runStage}
      >
        <Icon aria-hidden /> {label}
      </button>
      {next !== undefined && (
        <button
          type="button"
          className={complete ? "primary" : undefined}
          data-testid="experiment-next"
          onClick={() => goToStage(active.index + 1)}
        >
          Next: {next.title.charAt(0).toLowerCase() + next.title.slice(1)}
        </button>
      )}
      <span className="experiment-progress">
        <progress aria-label="Steps of this run" max={stage.steps} value={step} />
        <span className="quiet" data-testid="experiment-step">
          Step {formatCount(step)} of {formatCount(stage.steps)}
        </span>
      </span>
    </div>
  );
}

/** What the open run shows now, in numbers; why it cannot be trained; or that its settings are no longer the experiment's. */
function Now({ stage, evidence }: { readonly stage: Stage; readonly evidence: Evidence | undefined }) {
  const training = useApp((state) => state.run.status === "training");
  const follows = useApp((state) => followsStage(stage, state.draft));
  const problem = useApp(trainProblem);
  const shown = evidence === undefined ? "" : stage.show(evidence);
  const waiting = "Nothing measured yet.";
  const text = follows
    ? (problem ?? (shown === "" ? waiting : shown))
    : "The settings are no longer those of the experiment; its button brings them back.";
  return (
    <div>
      <dt>Measured here</dt>
      <dd data-testid="experiment-now" aria-live={training ? "off" : "polite"}>
        {text}
      </dd>
    </div>
  );
}

/** Once every run has come to its end: whether they bear out the claim. */
function Outcome({ active, runs }: { readonly active: ActiveExperiment; readonly runs: readonly (Evidence | undefined)[] }) {
  const all = runs.flatMap((run) => (run === undefined ? [] : [run]));
  if (all.length < runs.length) return null;
  const { holds, text } = active.experiment.judge(all);
  return (
    <p className="experiment-outcome" role="status" data-testid="experiment-outcome" data-holds={holds}>
      <strong>{holds ? "As claimed." : "Not as claimed."}</strong> {text}
    </p>
  );
}

function Card({ active, stage }: { readonly active: ActiveExperiment; readonly stage: Stage }) {
  // What the run has shown is read when its history has grown.
  useApp((state) => state.run.historyVersion);
  useApp((state) => state.run.status);
  const evidence = liveEvidence(useApp.getState(), stage);
  const { experiment, earlier, index } = active;
  const runs = experiment.stages.map((each, i) => {
    const seen = i === index ? (evidence ?? earlier[i]) : earlier[i];
    return seen !== undefined && isComplete(each, seen) ? seen : undefined;
  });
  return (
    <section className="experiment" aria-labelledby="experiment-title" data-testid="experiment">
      <div className="section-head">
        <h2 id="experiment-title">
          <FlaskConical aria-hidden /> {experiment.title}
        </h2>
        <button type="button" className="link" onClick={leaveExperiment}>
          <X aria-hidden /> Leave the experiment
        </button>
      </div>
      <p>{experiment.claim}</p>
      <Runs active={active} complete={runs.map((run) => run !== undefined)} />
      <dl className="experiment-body">
        <div>
          <dt>Do</dt>
          <dd>{stage.text}</dd>
        </div>
        <div>
          <dt>Look for</dt>
          <dd>{stage.look}</dd>
        </div>
        <Now stage={stage} evidence={evidence} />
      </dl>
      <Actions active={active} stage={stage} evidence={evidence} />
      <Outcome active={active} runs={runs} />
    </section>
  );
}

/** The guided experiment under way, above the views. */
export function ExperimentCard() {
  const active = useApp(activeExperiment);
  const stage = active && stageOf(active);
  return active === undefined || stage === undefined ? null : <Card active={active} stage={stage} />;
}
