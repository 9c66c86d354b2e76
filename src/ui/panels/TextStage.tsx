import { PenLine } from "lucide-react";
import { limits } from "../../config";
import { getField } from "../../configPath";
import { Field } from "../controls/Field";
import { draftProblems } from "../draft";
import { formatCount, formatNumber } from "../format";
import { type Sample, useApp } from "../store";
import { setField } from "../storeConfig";
import { setAutoSample, writeSample } from "../storeStage";

/** The slider covers what is useful; the field beside it takes the whole range. */
const SLIDER_MAX = 2;

function Written({ sample }: { readonly sample: Sample }) {
  return (
    <>
      <span className="prompt">{sample.prompt}</span>
      {sample.text}
      {!sample.done && <span className="caret" aria-hidden="true" />}
    </>
  );
}

function EarlierSamples() {
  const earlier = useApp((state) => state.earlierSamples);
  if (earlier.length === 0) return null;
  return (
    <details className="earlier">
      <summary>Earlier samples</summary>
      {earlier.map((sample) => (
        <div key={sample.requestId}>
          <p className="quiet">Step {formatCount(sample.step)}</p>
          <p className="text">
            <Written sample={{ ...sample, done: true }} />
          </p>
        </div>
      ))}
    </details>
  );
}

function Controls() {
  const autoSample = useApp((state) => state.autoSample);
  const temperature = useApp((state) => Number(getField(state.draft, "sampling.temperature")));
  const canWrite = useApp(
    ({ run, draft, typed }) =>
      run.facts !== undefined &&
      run.status !== "loading" &&
      run.status !== "failed" &&
      !draftProblems(draft, typed).some(({ path }) => path.startsWith("sampling.")),
  );
  return (
    <form
      className="sampling"
      onSubmit={(event) => {
        event.preventDefault();
        writeSample();
      }}
    >
      <Field path="sampling.prompt" />
      <Field path="sampling.temperature" />
      <input
        type="range"
        className="temperature"
        aria-label="Temperature"
        min={limits.temperature.min}
        max={SLIDER_MAX}
        step={0.05}
        value={Number.isNaN(temperature) ? 1 : temperature}
        onChange={(event) => setField("sampling.temperature", Number(event.target.value))}
      />
      <Field path="sampling.length" />
      <div className="sampling-actions">
        <button type="submit" disabled={!canWrite}>
          <PenLine aria-hidden /> Write
        </button>
        <label className="check">
          <input type="checkbox" checked={autoSample} onChange={(event) => setAutoSample(event.target.checked)} />
          after each validation
        </label>
      </div>
    </form>
  );
}

export function TextStage() {
  const sample = useApp((state) => state.sample);
  const validation = useApp((state) => state.run.validation);
  const untrained = useApp((state) => state.run.step === 0);
  const classes = useApp((state) => state.run.facts?.data.classes);
  return (
    <div className="stage stage-text">
      <section className="sample-section" aria-labelledby="sample-title">
        <div className="section-head">
          <h2 id="sample-title">What it writes</h2>
          <p className="quiet">
            {sample === undefined ? "" : `Step ${formatCount(sample.step)}. `}
            {validation === undefined
              ? untrained && classes !== undefined && `Before training it hesitates between all ${classes} characters.`
              : `It hesitates between ${formatNumber(Math.exp(validation.loss))} characters (validation perplexity).`}
          </p>
        </div>
        <p className="text sample" data-testid="sample-output">
          {sample === undefined ? (
            <span className="quiet">Press Write, or Train: a sample follows each validation.</span>
          ) : (
            <Written sample={sample} />
          )}
        </p>
        {sample !== undefined && sample.notice !== "" && <p className="quiet">{sample.notice}</p>}
        <EarlierSamples />
      </section>
      <section aria-label="Writing">
        <h2>Writing</h2>
        <Controls />
      </section>
    </div>
  );
}
