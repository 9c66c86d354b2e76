import { useId, useState } from "react";
import { type Clip, limits } from "../../config";
import { parseDecimal } from "../../configPath";
import type { ExplosionReport, RewindPoint } from "../../worker/reports";
import { Help } from "../controls/Help";
import { formatCount, formatNumber } from "../format";
import { useApp } from "../store";
import { rewind } from "../storeExplosion";
import { raceWaits } from "../storeRun";

const clamp = (value: number, { min, max }: { readonly min: number; readonly max: number }): number => Math.min(max, Math.max(min, value));
const short = (value: number): string => String(Number(value.toPrecision(2)));

const clipText = (clip: Clip): string => (clip.kind === "none" ? "no clipping" : `clipping by ${clip.kind} at ${formatNumber(clip.max)}`);

function pointText({ step, lr, clip, largestWeight }: RewindPoint): string {
  const weights = largestWeight === undefined ? "the initial weights" : `largest weight ${formatNumber(largestWeight)}`;
  return `Step ${formatCount(step)}: ${weights}; learning rate ${lr}, ${clipText(clip)}.`;
}

interface SettingProps {
  readonly label: string;
  readonly help: string;
  readonly range: { readonly min: number; readonly max: number };
  readonly chosen: boolean;
  readonly onChosen: (chosen: boolean) => void;
  readonly text: string;
  readonly onText: (text: string) => void;
}

const isWithin = (text: string, { min, max }: SettingProps["range"]): boolean => {
  const value = parseDecimal(text);
  return value >= min && value <= max;
};

/** A setting to go on with: a box to choose it, and its number. */
function Setting({ label, help, range, chosen, onChosen, text, onText }: SettingProps) {
  const id = useId();
  const wrong = chosen && !isWithin(text, range);
  return (
    <div className="rewind-setting">
      <input id={id} type="checkbox" checked={chosen} onChange={({ target }) => onChosen(target.checked)} />
      <span className="field-name">
        <label htmlFor={id}>{label}</label>
        <Help label={label}>{help}</Help>
      </span>
      <input
        type="text"
        inputMode="decimal"
        autoComplete="off"
        className="number"
        aria-label={`${label}: number`}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-problem` : undefined}
        disabled={!chosen}
        value={text}
        onChange={({ target }) => onText(target.value)}
      />
      {wrong && (
        <p id={`${id}-problem`} className="field-problem">
          {label} must be a number from {range.min} to {range.max}.
        </p>
      )}
    </div>
  );
}

/** The way back: to which snapshot, with which settings. Both are suggested by what the last steps tell. */
export function RewindForm({ report }: { readonly report: ExplosionReport }) {
  const { snapshots, suggested, healthyNorm, lossRisesFrom, normRisesFrom } = report;
  const config = useApp((state) => state.run.with?.config);
  const ready = useApp((state) => state.connection === "ready");
  const waits = useApp(raceWaits);
  const lrNow = config?.optimizer.lr ?? 1e-3;
  const clipNow = config?.clip ?? { kind: "none" };
  // A norm that rose is what clipping stops, unless that was tried. A loss that rose before it comes of weights that grew without it.
  // In 16 bits a gradient overflows before it could be clipped.
  const clips = normRisesFrom !== null && clipNow.kind !== "norm" && config?.precision !== "f16";
  const slower = !clips || (lossRisesFrom !== null && lossRisesFrom < normRisesFrom);
  const [step, setStep] = useState(suggested ?? snapshots[0]?.step ?? 0);
  const [withLr, setWithLr] = useState(slower);
  const [lr, setLr] = useState(short(clamp(lrNow / 10, limits.lr)));
  const [withClip, setWithClip] = useState(clips);
  const [clipMax, setClipMax] = useState(short(clamp(healthyNorm ?? 1, limits.clipMax)));
  const id = useId();
  const point = snapshots.find((each) => each.step === step);
  const isFit = point !== undefined && (!withLr || isWithin(lr, limits.lr)) && (!withClip || isWithin(clipMax, limits.clipMax));
  const blocked = !ready || waits !== undefined || !isFit;
  const go = (train: boolean): void => {
    rewind({
      step,
      lr: withLr ? parseDecimal(lr) : undefined,
      clip: withClip ? { kind: "norm", max: parseDecimal(clipMax) } : undefined,
      train,
    });
    // The panel goes with its buttons: the focus moves to what comes next.
    document.querySelector<HTMLElement>('[data-testid="train"]')?.focus();
  };
  return (
    <fieldset className="rewind">
      <legend>
        <h3>Go on from before it</h3>
      </legend>
      <div className="rewind-point">
        <label htmlFor={id}>Rewind to</label>
        <select id={id} value={step} aria-describedby={`${id}-point`} onChange={({ target }) => setStep(Number(target.value))}>
          {snapshots.map((each) => (
            <option key={each.step} value={each.step}>
              step {formatCount(each.step)}
              {each.step === suggested ? " (suggested)" : ""}
            </option>
          ))}
        </select>
        <Help label="Rewind to">
          Snapshots of the whole run, taken as it trained: weights, optimizer, carried state and place in the data. The suggested one is the
          latest from before the norm rose and the weights grew.
        </Help>
        <p id={`${id}-point`} className="quiet">
          {point === undefined ? "" : pointText(point)}
        </p>
      </div>
      <Setting
        label="Learning rate"
        help={`A tenth of the present ${lrNow} is suggested: smaller steps, for weights that grew too fast.`}
        range={limits.lr}
        chosen={withLr}
        onChosen={setWithLr}
        text={lr}
        onText={setLr}
      />
      <Setting
        label="Clip the gradient by norm at"
        help="Suggested is the middle of the norms before they rose: a gradient longer than that is shortened to it."
        range={limits.clipMax}
        chosen={withClip}
        onChosen={setWithClip}
        text={clipMax}
        onText={setClipMax}
      />
      <p className="quiet">
        What is not ticked stays as it is now: learning rate {lrNow}, {clipText(clipNow)}.
      </p>
      {waits !== undefined && <p className="quiet">{waits}</p>}
      <div className="dialog-actions">
        <button type="button" className="primary" disabled={blocked} onClick={() => go(true)} data-testid="rewind-train">
          Rewind and train
        </button>
        <button type="button" disabled={blocked} onClick={() => go(false)} data-testid="rewind">
          Rewind
        </button>
      </div>
    </fieldset>
  );
}
