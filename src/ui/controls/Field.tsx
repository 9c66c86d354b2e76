import { Undo2 } from "lucide-react";
import type { KeyboardEvent } from "react";
import { getField } from "../../configPath";
import { useApp } from "../store";
import { resetField, setField, setNumberText } from "../storeConfig";
import { fieldProblem, fieldText, isFieldChanged } from "./fieldState";
import { type FieldSpec, fieldAt } from "./fields";
import { Help } from "./Help";

interface ControlProps {
  readonly field: FieldSpec;
  readonly id: string;
  readonly describedBy: string;
  readonly invalid: boolean;
  /** Why the device lacks the field's limited choice; undefined if it has it. */
  readonly lack: string | undefined;
}

/** Arrow keys change whole numbers by one, with Shift by ten. */
function nudge(event: KeyboardEvent<HTMLInputElement>, path: string): void {
  const direction = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
  const value = Number(event.currentTarget.value);
  if (direction === 0 || !Number.isInteger(value)) return;
  event.preventDefault();
  setNumberText(path, String(Math.max(0, value + direction * (event.shiftKey ? 10 : 1))));
}

function Control({ field, id, describedBy, invalid, lack }: ControlProps) {
  const { path } = field;
  const value = useApp((state) => getField(state.draft, path));
  const text = useApp((state) => fieldText(state, path));
  const common = { id, "aria-describedby": describedBy, "aria-invalid": invalid, "data-testid": `field-${path}` };
  switch (field.kind) {
    case "choice": {
      const lacking = lack === undefined ? undefined : field.limited?.choice;
      const left = field.choices.filter(([choice]) => choice !== lacking);
      return (
        <select
          {...common}
          value={String(value)}
          // The way back from a choice that the device lacks stays open.
          disabled={left.length === 1 && value !== lacking}
          onChange={(event) => setField(path, event.target.value)}
        >
          {field.choices.map(([choice, label]) => (
            <option key={choice} value={choice} disabled={choice === lacking}>
              {label}
            </option>
          ))}
        </select>
      );
    }
    case "flag":
      return <input {...common} type="checkbox" checked={value === true} onChange={(event) => setField(path, event.target.checked)} />;
    case "text":
      return (
        <input {...common} type="text" value={String(value)} maxLength={1000} onChange={(event) => setField(path, event.target.value)} />
      );
    case "whole":
    case "number":
      return (
        <input
          {...common}
          type="text"
          inputMode={field.kind === "whole" ? "numeric" : "decimal"}
          autoComplete="off"
          className="number"
          value={text}
          onChange={(event) => setNumberText(path, event.target.value)}
          onKeyDown={field.kind === "whole" ? (event) => nudge(event, path) : undefined}
        />
      );
    default:
      return field satisfies never;
  }
}

/** One field of the settings: label, explanation, control, way back to the preset's value, and what is wrong with it. */
export function Field({ path }: { readonly path: string }) {
  const field = fieldAt(path);
  const problem = useApp((state) => fieldProblem(state, path));
  const changed = useApp((state) => isFieldChanged(state, path));
  const lack = useApp((state) => (field.kind === "choice" ? field.limited?.problem(state) : undefined));
  const lacking = useApp((state) => lack !== undefined && field.kind === "choice" && getField(state.draft, path) === field.limited?.choice);
  const id = `field-${path.replaceAll(".", "-")}`;
  return (
    <div className={`field field-${field.kind}`} data-changed={changed || undefined}>
      <span className="field-name">
        <label htmlFor={id}>{field.label}</label>
        <Help label={field.label}>{field.help}</Help>
      </span>
      <Control
        field={field}
        id={id}
        describedBy={[
          ...(problem === undefined ? [] : [`${id}-problem`]),
          ...(lack === undefined ? [] : [`${id}-lack`]),
          `${id}-help`,
        ].join(" ")}
        invalid={problem !== undefined || lacking}
        lack={lack}
      />
      <button
        type="button"
        className="field-reset"
        aria-label={`Reset ${field.label.toLowerCase()} to the preset's value`}
        title="Back to the preset's value"
        disabled={!changed}
        onClick={() => resetField(path)}
      >
        <Undo2 aria-hidden />
      </button>
      <span id={`${id}-help`} hidden>
        {field.help}
      </span>
      {lack !== undefined && (
        <p id={`${id}-lack`} className={lacking ? "field-problem" : "field-lack"} data-testid={`lack-${path}`}>
          {lack}
        </p>
      )}
      {problem !== undefined && (
        <p id={`${id}-problem`} className="field-problem">
          {field.label} {problem}.
        </p>
      )}
    </div>
  );
}
