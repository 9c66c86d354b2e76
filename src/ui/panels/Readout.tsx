import type { ReactNode } from "react";
import { getField } from "../../configPath";
import { formatBytes, formatCount, formatNumber, formatPercent, formatRate } from "../format";
import { useApp } from "../store";

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
  const { facts, history, validation, speed, step } = run;
  const epochs = run.with?.config.epochs;
  const total = facts === undefined || epochs === undefined ? undefined : facts.summary.stepsPerEpoch * epochs;
  const epoch = facts === undefined ? 0 : Math.max(run.epoch, step / facts.summary.stepsPerEpoch);
  const some = history.length > 0;
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
        <Figure name="Gradient norm">{some ? formatNumber(history.last("gradNorm")) : "–"}</Figure>
        <Figure name="Steps/s" {...(speed !== undefined && speed.msPerStep > 0 && { of: `${formatRate(speed.msPerStep)} ms` })}>
          {formatRate(speed?.stepsPerSecond)}
        </Figure>
        <Figure name="Tokens/s">{formatRate(speed?.tokensPerSecond)}</Figure>
        <Figure name="Memory">{formatBytes(facts?.summary.bytes)}</Figure>
      </dl>
    </>
  );
}
