import { Check, FlaskConical, Pause, Play, RotateCcw, X } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Evidence } from "../../experiments/evidence";
import { isComplete, type Stage } from "../../experiments/experiment";
import { formatCount } from "../format";
import { type ActiveExperiment, useApp } from "../store";
import { trainProblem } from "../storeRun";
import { followsStage, goToStage, leaveExperiment, takeFocus } from "./storeExperiment";

/** What a stage has measured so far, and how to go on. */
export interface Measured {
  readonly evidence: Evidence | undefined;
  readonly running: boolean;
  /** It was asked to stop, and is about to. */
  readonly stopping: boolean;
  readonly blocked: boolean;
  /** Why it waits, where it is not for want of what training needs. */
  readonly waits?: string | undefined;
  /** What `start` does now: "Train 400 steps". */
  readonly startLabel: string;
  readonly stopLabel: string;
  readonly done: number;
  readonly total: number;
  /** "Step", "Batch": of what `done` counts. */
  readonly unit: string;
  start(): void;
  stop(): void;
}

interface Props {
  readonly active: ActiveExperiment;
  readonly stage: Stage;
  readonly measured: Measured;
}

/** The experiment's runs, each a button that goes to it. */
function Runs({ active, measured, complete }: Pick<Props, "active" | "measured"> & { readonly complete: readonly boolean[] }) {
  const { stages } = active.experiment;
  if (stages.length < 2) return null;
  return (
    <ol className="experiment-runs" aria-label="Runs of this experiment">
      {stages.map(({ title }, i) => (
        <li key={title}>
          <button
            type="button"
            aria-current={i === active.index ? "step" : undefined}
            onClick={() => i !== active.index && goToStage(i, measured.evidence)}
          >
            <span className="experiment-number">{complete[i] ? <Check role="img" aria-label="done" /> : i + 1}</span>
            {title}
          </button>
        </li>
      ))}
    </ol>
  );
}

function Actions({ active, stage, measured }: Props) {
  const { evidence, running, stopping, blocked, total, unit, start, stop } = measured;
  const complete = evidence !== undefined && isComplete(stage, evidence);
  const next = active.experiment.stages[active.index + 1];
  const Icon = running ? Pause : complete ? RotateCcw : Play;
  const done = Math.min(measured.done, total);
  return (
    <div className="experiment-actions">
      {/* One button for all, so that the focus stays where it is. */}
      <button
        type="button"
        className={complete && !running ? undefined : "primary"}
        data-testid="experiment-run"
        disabled={blocked && !running}
        onClick={running ? stop : start}
      >
        <Icon aria-hidden /> {running ? (stopping ? "Stopping" : measured.stopLabel) : measured.startLabel}
      </button>
      {next !== undefined && (
        <button
          type="button"
          className={complete ? "primary" : undefined}
          data-testid="experiment-next"
          onClick={() => goToStage(active.index + 1, evidence)}
        >
          Next: {next.title.charAt(0).toLowerCase() + next.title.slice(1)}
        </button>
      )}
      <span className="experiment-progress">
        <progress aria-label="Progress of this run" max={total} value={done} />
        <span className="quiet" data-testid="experiment-step">
          {unit} {formatCount(done)} of {formatCount(total)}
        </span>
      </span>
    </div>
  );
}

/** What the run shows now, in numbers; why it cannot be started; or that the settings are no longer the experiment's. */
function Now({ stage, measured: { evidence, running, waits } }: Pick<Props, "stage" | "measured">) {
  const follows = useApp((state) => followsStage(stage, state.draft));
  const problem = useApp(trainProblem);
  const shown = evidence === undefined ? "" : stage.show(evidence);
  const text = follows
    ? (problem ?? waits ?? (shown === "" ? "Nothing measured yet." : shown))
    : "The settings are no longer those of the experiment; its button brings them back.";
  return (
    <div>
      <dt>Measured here</dt>
      <dd data-testid="experiment-now" aria-live={running ? "off" : "polite"}>
        {text}
      </dd>
    </div>
  );
}

/** Once every run has come to its end: whether they bear out the claim. */
function Outcome({ active, runs }: Pick<Props, "active"> & { readonly runs: readonly (Evidence | undefined)[] }) {
  const all = runs.flatMap((run) => (run === undefined ? [] : [run]));
  if (all.length < runs.length) return null;
  const { holds, text } = active.experiment.judge(all);
  return (
    <p className="experiment-outcome" role="status" data-testid="experiment-outcome" data-holds={holds}>
      <strong>{holds ? "As claimed." : "Not as claimed."}</strong> {text}
    </p>
  );
}

/** What to do, what to look for, what was measured. */
export function Card({ active, stage, measured }: Props) {
  const { experiment, earlier, index } = active;
  const title = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew for each experiment and stage
  useEffect(() => {
    if (takeFocus()) title.current?.focus();
  }, [experiment, index]);
  const runs = experiment.stages.map((each, i) => {
    const seen = i === index ? (measured.evidence ?? earlier[i]) : earlier[i];
    return seen !== undefined && isComplete(each, seen) ? seen : undefined;
  });
  return (
    <section className="experiment" aria-labelledby="experiment-title" data-testid="experiment">
      <div className="section-head">
        <h2 id="experiment-title" ref={title} tabIndex={-1}>
          <FlaskConical aria-hidden /> {experiment.title}
        </h2>
        <button type="button" className="link" onClick={leaveExperiment}>
          <X aria-hidden /> Leave the experiment
        </button>
      </div>
      <p>{experiment.claim}</p>
      <Runs active={active} measured={measured} complete={runs.map((run) => run !== undefined)} />
      <dl className="experiment-body">
        <div>
          <dt>Do</dt>
          <dd>{stage.text}</dd>
        </div>
        <div>
          <dt>Look for</dt>
          <dd>{stage.look}</dd>
        </div>
        <Now stage={stage} measured={measured} />
      </dl>
      <Actions active={active} stage={stage} measured={measured} />
      <Outcome active={active} runs={runs} />
    </section>
  );
}
