import { type ReactNode, useId } from "react";
import { Help } from "../controls/Help";
import { useApp } from "../store";
import { type TruncationForm as Form, lengthsText, readForm } from "./settings";
import {
  cancelComparison,
  isRunning,
  lengthOfRun,
  setForm,
  setPart,
  startComparison,
  stepsOfRun,
  useTruncation,
  waitReason,
} from "./storeTruncation";

interface InputProps {
  readonly label: string;
  readonly help: string;
  readonly name: keyof Form;
  readonly value: string;
  readonly problem: string | undefined;
}

function Input({ label, help, name, value, problem }: InputProps) {
  const id = useId();
  return (
    <div className={`truncation-field truncation-${name}`}>
      <span className="field-name">
        <label htmlFor={id}>{label}</label>
        <Help label={label}>{help}</Help>
      </span>
      <input
        id={id}
        type="text"
        inputMode={name === "lengths" ? "text" : "numeric"}
        autoComplete="off"
        data-testid={`truncation-${name}`}
        value={value}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : `${id}-problem`}
        onChange={({ target }) => setForm({ [name]: target.value })}
      />
      {problem !== undefined && (
        <p id={`${id}-problem`} className="field-problem">
          {problem}
        </p>
      )}
    </div>
  );
}

/** Which part of the gradient the figures are about. */
function PartChoice() {
  const part = useTruncation((state) => state.part);
  const id = useId();
  return (
    <div className="truncation-field">
      <span className="field-name">
        <label htmlFor={id}>Shown for</label>
        <Help label="Shown for">
          No truncation changes the gradient of the last linear layer, which hides part of what is lost: leave it out to see the recurrent
          layers and the embedding alone.
        </Help>
      </span>
      <select
        id={id}
        data-testid="truncation-part"
        value={part}
        onChange={({ target }) => setPart(target.value === "recurrent" ? "recurrent" : "all")}
      >
        <option value="all">All parameters</option>
        <option value="recurrent">Without the last layer</option>
      </select>
    </div>
  );
}

function Progress() {
  const measurement = useTruncation((state) => state.measurement);
  if (measurement === undefined) return null;
  const { comparison, label, fraction } = measurement;
  const text = comparison === undefined ? label : `${comparison.batchesDone} of ${comparison.request.batches} batches`;
  return (
    <div className="loading truncation-progress">
      <span>{text}</span>
      <progress aria-label={text} max={1} {...(fraction !== undefined && { value: fraction })} />
      <button type="button" onClick={cancelComparison}>
        Cancel
      </button>
    </div>
  );
}

/** What to compare, and the buttons. */
export function TruncationForm(): ReactNode {
  const form = useTruncation((state) => state.form);
  const measurement = useTruncation((state) => state.measurement);
  const running = useApp((state) => isRunning(measurement, state));
  const steps = useApp(stepsOfRun);
  const own = useApp(lengthOfRun);
  const reason = useApp(waitReason);
  const { request, problems } = readForm(form, steps ?? 1, own);
  const shown = steps === undefined ? {} : problems;
  const blocked = reason !== undefined || request === undefined;
  return (
    <form
      className="truncation-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!running && !blocked) startComparison();
      }}
    >
      <Input
        name="lengths"
        label="Window lengths"
        help="In time steps: each is measured as a fixed window k and, from 2 on, as the mean length between random cuts."
        value={steps === undefined ? (form.lengths ?? "") : lengthsText(form, steps, own)}
        problem={shown.lengths}
      />
      <Input
        name="batches"
        label="Batches"
        help="Training batches to measure on: those that training would take next."
        value={form.batches}
        problem={shown.batches}
      />
      <Input
        name="draws"
        label="Draws"
        help="Random truncations of each batch and mean length. More draws show rarer paths and leave less to chance."
        value={form.draws}
        problem={shown.draws}
      />
      <PartChoice />
      <div className="truncation-actions">
        {/* Stays while it runs, or the focus would leave the form. */}
        <button type="submit" className="primary" data-testid="truncation-run" aria-disabled={blocked || running}>
          Compare
        </button>
        {running && <Progress />}
      </div>
      {reason !== undefined && (
        <p className="quiet truncation-reason" data-testid="truncation-reason">
          {reason}
        </p>
      )}
    </form>
  );
}
