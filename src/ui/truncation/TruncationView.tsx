import { useState } from "react";
import { sequenceSteps } from "../../config";
import type { TruncationComparison, TruncationRow } from "../../worker/protocol";
import { familyOfName } from "../cells";
import { fieldAt } from "../controls/fields";
import { download } from "../download";
import { formatBytes, formatCount } from "../format";
import { useApp } from "../store";
import { EstimatorKey } from "./EstimatorMark";
import { comparisonCsv, readingOf, settingOf } from "./figures";
import { isRunning, type Measurement, useTruncation } from "./storeTruncation";
import { TruncationForm } from "./TruncationForm";
import { TruncationPlot } from "./TruncationPlot";
import { TruncationTable } from "./TruncationTable";
import "../styles/truncation.css";

function Explanation() {
  return (
    <details className="truncation-about">
      <summary>What is compared</summary>
      <p>
        Backpropagation through time carries the gradient back over every step of a sequence. Truncation stops it on the way, to save memory
        and time or to keep it from exploding: the state still flows forward, but what happened before a cut is not blamed for what came
        after it. A fixed window cuts at every k-th step, so nothing is ever learnt across its edges.
      </p>
      <p>
        Tallec and Ollivier (2017) cut at random instead: at each step with probability c, every 1/c steps on average. Multiply what passes
        an uncut step by 1/(1{"\u00a0"}−{"\u00a0"}c), and the gradient is right on average: the more rarely a path back in time stays uncut,
        the more it weighs when it does. The price is noise. Without that compensation the past counts too little, as with a fixed window,
        only with a soft edge.
      </p>
      <p>
        Here the same batches go through the network with the weights as they are now. On each the full gradient is computed once and every
        truncated one beside it, in 32-bit floats on memory of their own. The run is not touched and may train on.
      </p>
    </details>
  );
}

const cellNames = new Map(
  (() => {
    const cell = fieldAt("model.cell");
    return cell.kind === "choice" ? cell.choices : [];
  })(),
);

/** Whose gradients these are. */
function Heading({ measurement, comparison }: { readonly measurement: Measurement; readonly comparison: TruncationComparison }) {
  const runId = useApp((state) => state.run.id);
  const { cell } = measurement.config.model;
  const { step, steps, batchesDone, bytes } = comparison;
  return (
    <p className="truncation-heading" data-testid="truncation-heading">
      {cellNames.get(cell) ?? cell} after {formatCount(step)} {step === 1 ? "step" : "steps"} of training, sequences of {steps} time steps,{" "}
      {formatCount(batchesDone)} {batchesDone === 1 ? "batch" : "batches"}
      <span className="quiet"> · {formatBytes(bytes)} beside the run</span>
      {(measurement.left || measurement.runId !== runId) && <span className="tag">an earlier run</span>}
    </p>
  );
}

function Outcome({ measurement }: { readonly measurement: Measurement }) {
  const running = useApp((state) => isRunning(measurement, state));
  const { state, failure } = measurement;
  if (state === "failed" && failure !== undefined) {
    return (
      <p className="field-problem" role="alert" data-testid="truncation-failure">
        {failure.message} {failure.advice}
      </p>
    );
  }
  if (running) return null;
  if (state === "done") {
    return (
      <p className="hidden" role="status">
        The comparison is done.
      </p>
    );
  }
  const reason = state === "cancelled" ? "Cancelled" : "Ended early, with its run";
  return (
    <p className="quiet" role="status">
      {measurement.comparison === undefined ? `${reason}.` : `${reason}; what was measured until then is shown.`}
    </p>
  );
}

const cosineHelp =
  "Cosine of the angle between truncated and full gradient of the same batch: 1 means the same direction, 0 that they have nothing in common.";
const ratioHelp = "Norm of the truncated gradient over the norm of the full one: below 1 it is shorter, above 1 longer.";

function Results({ measurement, comparison }: { readonly measurement: Measurement; readonly comparison: TruncationComparison }) {
  const part = useTruncation((state) => state.part);
  const [hovered, setHovered] = useState<number>();
  const { bptt, task } = measurement.config;
  const own = settingOf(bptt);
  // A mean may lie beyond the sequence, and so off the plot.
  const marked = own !== undefined && own.length <= sequenceSteps(task) ? own : undefined;
  const { rows } = comparison;
  const shared = { rows, own: marked, hovered, onHover: setHovered };
  const isOwn = (row: TruncationRow): boolean => row.estimator === own?.estimator && row.length === own.length;
  return (
    <>
      <div className="truncation-reading" data-testid="truncation-reading">
        {readingOf(comparison, bptt, part).map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {own === undefined && <p className="quiet">This run trains with the full gradient.</p>}
      </div>
      <EstimatorKey />
      <div className="truncation-plots">
        <TruncationPlot title="Cosine with the full gradient" help={cosineHelp} spreadOf={(row) => row[part].cosine} {...shared} />
        <TruncationPlot title="Norm ratio to the full gradient" help={ratioHelp} spreadOf={(row) => row[part].normRatio} {...shared} />
      </div>
      <TruncationTable comparison={comparison} part={part} isOwn={isOwn} hovered={hovered} />
      <p>
        <button
          type="button"
          data-testid="truncation-csv"
          onClick={() => download(`unroll-truncation-step-${comparison.step}.csv`, comparisonCsv(comparison), "text/csv")}
        >
          Save as CSV
        </button>
      </p>
    </>
  );
}

/** Truncated gradients against the full gradient of the open run, measured on demand. */
export function TruncationView() {
  const measurement = useTruncation((state) => state.measurement);
  const comparison = measurement?.comparison;
  const hasRows = comparison !== undefined && comparison.rows.length > 0;
  return (
    <section className="truncation" aria-label="Truncation" data-cell={measurement && familyOfName(measurement.config.model.cell)}>
      <div className="truncation-head">
        <h2>How far back must the gradient go?</h2>
        <p>Compares truncated gradients with the full one on the same batches, with the weights of the open run as they are.</p>
        <Explanation />
      </div>
      <TruncationForm />
      {measurement !== undefined && <Outcome measurement={measurement} />}
      {measurement !== undefined && hasRows && <Heading measurement={measurement} comparison={comparison} />}
      {measurement !== undefined && hasRows && <Results measurement={measurement} comparison={comparison} />}
      {!hasRows && (
        <p className="truncation-empty quiet">
          Nothing measured yet. Train for some steps, then compare: with the first weights little of the past matters.
        </p>
      )}
    </section>
  );
}
