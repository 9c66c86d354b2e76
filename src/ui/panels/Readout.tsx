import type { ReactNode } from "react";
import { getField } from "../../configPath";
import { formatBytes, formatCount, formatNumber, formatPercent, formatRate } from "../format";
import { isHalfRun, useApp } from "../store";

function Figure({
  name,
  testId,
  children,
  of,
}: {
  readonly name: string;
  readonly testId?: string;
  readonly children: ReactNode;
  readonly of?: string;
}) {
  return (
    <div className="figure">
      <dt>
        {name}
        {of !== undefined && <span className="of"> / {of}</span>}
      </dt>
      <dd data-testid={testId}>{children}</dd>
    </div>
  );
}

/** The current figures as text, for people, screen readers and tests. */
export function Readout() {
  const run = useApp((state) => state.run);
  const isText = useApp((state) => (state.run.with?.config.task.kind ?? getField(state.draft, "task.kind")) === "text");
  const half = useApp(isHalfRun);
  const { facts, history, validation, speed, step } = run;
  const epochs = run.with?.config.epochs;
  const total = facts === undefined || epochs === undefined ? undefined : facts.summary.stepsPerEpoch * epochs;
  const epoch = facts === undefined ? 0 : Math.max(run.epoch, step / facts.summary.stepsPerEpoch);
  const some = history.length > 0;
  const gradNorm = history.last("gradNorm");
  // With a loss scale a gradient that is not finite is no accident: its step was skipped.
  const skipped = half && some && !Number.isFinite(gradNorm);
  return (
    <>
      <progress className="run-progress" aria-label="Progress of the run" max={total ?? 1} value={Math.min(step, total ?? 0)} />
      <dl className="readout">
        <Figure name="Step" testId="step-count" {...(total !== undefined && { of: formatCount(total) })}>
          {formatCount(step)}
        </Figure>
        <Figure name="Epoch" {...(epochs !== undefined && { of: formatCount(epochs) })}>
          {epoch.toFixed(2)}
        </Figure>
        <Figure name="Training loss" testId="train-loss">
          {some ? formatNumber(history.last("loss")) : "–"}
        </Figure>
        <Figure name="Validation loss" testId="val-loss">
          {formatNumber(validation?.loss)}
        </Figure>
        {isText && <Figure name="Val. perplexity">{formatNumber(validation && Math.exp(validation.loss))}</Figure>}
        <Figure name="Val. accuracy" testId="val-accuracy">
          {formatPercent(validation?.accuracy)}
        </Figure>
        <Figure name="Gradient norm" {...(skipped && { of: "skipped" })}>
          {some && !skipped ? formatNumber(gradNorm) : "–"}
        </Figure>
        <Figure name="Steps/s">{formatRate(speed?.stepsPerSecond)}</Figure>
        <Figure name="ms/step">{formatRate(speed !== undefined && speed.msPerStep > 0 ? speed.msPerStep : undefined)}</Figure>
        <Figure name="Tokens/s">{formatRate(speed?.tokensPerSecond)}</Figure>
        <Figure name="Memory">{formatBytes(facts?.summary.bytes)}</Figure>
        {half && (
          <>
            <Figure name="Loss scale" testId="loss-scale">
              {some ? formatCount(history.last("lossScale")) : "–"}
            </Figure>
            <Figure name="Skipped steps" testId="skipped-steps">
              {some ? formatCount(history.last("skippedSteps")) : "–"}
            </Figure>
            <Figure name="Underflow" testId="underflow">
              {some ? formatPercent(history.last("underflow")) : "–"}
            </Figure>
          </>
        )}
      </dl>
    </>
  );
}
