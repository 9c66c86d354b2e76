import { X } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { Help } from "../controls/Help";
import { formatBytes, formatCount, formatPercent } from "../format";
import { useApp } from "../store";
import { canAsk, cancelRead, FIRST_LENGTH, readSource, readSourceSoon, useInside } from "./insideStore";

const lengths = [300, 600, 1200, 2400];
/** More than this is cut by the worker anyway. */
const MAX_PASTED = 20_000;

/** Which part of the validation text is read, or a text of one's own. */
export function TextSource() {
  const source = useInside((state) => state.source);
  const total = useApp((state) => state.run.facts?.data.validationItems ?? 1);
  const isReady = useApp(canAsk);
  const [pasted, setPasted] = useState(source.kind === "pasted" ? source.text : "");
  const [isOwn, setOwn] = useState(source.kind === "pasted");
  const id = useId();
  const window = source.kind === "validation" ? source : { kind: "validation" as const, start: 0, length: FIRST_LENGTH };
  return (
    <div className="read-controls">
      <span className="unit-part">
        <label htmlFor={`${id}-what`}>Read</label>
        <Help label="What to read">
          Validation text, which the network is never trained on, or a text of your own in the characters that it knows.
        </Help>
        <select
          id={`${id}-what`}
          value={isOwn ? "own" : "validation"}
          onChange={(event) => {
            setOwn(event.target.value === "own");
            if (event.target.value !== "own") readSource(window);
          }}
        >
          <option value="validation">validation text</option>
          <option value="own">a text of mine</option>
        </select>
      </span>
      {isOwn ? (
        <form
          className="inside-own-text"
          onSubmit={(event) => {
            event.preventDefault();
            readSource({ kind: "pasted", text: pasted });
          }}
        >
          <textarea
            aria-label="A text to read"
            rows={2}
            maxLength={MAX_PASTED}
            placeholder="Type or paste a text."
            value={pasted}
            onChange={(event) => setPasted(event.target.value)}
          />
          <button type="submit" disabled={!isReady || pasted === ""}>
            Read it
          </button>
        </form>
      ) : (
        <>
          <span className="unit-part read-position">
            <label htmlFor={`${id}-start`}>from character</label>
            <input
              id={`${id}-start`}
              type="range"
              min={0}
              max={Math.max(0, total - window.length)}
              step={1}
              value={window.start}
              disabled={!isReady}
              onChange={(event) => readSourceSoon({ ...window, start: event.target.valueAsNumber })}
            />
            <output>{formatCount(window.start)}</output>
          </span>
          <span className="unit-part">
            <label htmlFor={`${id}-length`}>length</label>
            <select
              id={`${id}-length`}
              value={window.length}
              disabled={!isReady}
              onChange={(event) => readSource({ ...window, length: Number(event.target.value) })}
            >
              {lengths.map((length) => (
                <option key={length} value={length}>
                  {formatCount(length)}
                </option>
              ))}
            </select>
          </span>
        </>
      )}
    </div>
  );
}

/** A long piece of work under way: how far it is, and the way out. */
export function Underway({
  progress,
  label,
  onCancel,
}: {
  readonly progress: number;
  readonly label: ReactNode;
  readonly onCancel: () => void;
}) {
  return (
    <div className="underway">
      <progress value={progress} max={1} aria-label={`Progress: ${formatPercent(progress, 0)}`} />
      <span className="quiet">
        {label} {formatPercent(progress, 0)}
      </span>
      <button type="button" onClick={onCancel}>
        <X aria-hidden /> Cancel
      </button>
    </div>
  );
}

/** Shown once reading takes long enough to be seen. */
export function ReadProgress() {
  const progress = useInside((state) => state.readProgress);
  const hasText = useInside((state) => state.read !== undefined);
  const follow = useInside((state) => state.follow);
  // A text that is followed is read over and over: the old colours stay until the new ones are there.
  if (progress === undefined || (hasText && follow && progress === 0)) return null;
  return <Underway progress={progress} label="Reading" onCancel={cancelRead} />;
}

/** What reading takes. */
export function ReadMemory() {
  const read = useInside((state) => state.read);
  if (read === undefined) return null;
  return (
    <p className="quiet">
      {read.notice !== "" && `${read.notice} `}
      All {read.numLayers * read.hiddenSize} units are kept at each step: {formatBytes(read.hostBytes)} in the worker,{" "}
      {formatBytes(read.deviceBytes)} on the device.
    </p>
  );
}
