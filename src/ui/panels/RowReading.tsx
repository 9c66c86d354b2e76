import { useMemo, useState } from "react";
import { IMAGE_SIZE } from "../drawing";
import { formatPercent } from "../format";
import { useApp } from "../store";
import { mostLikely } from "./DigitStrip";
import { PixelCanvas } from "./PixelCanvas";

const CLASSES = 10;
const digits = Array.from({ length: CLASSES }, (_, digit) => digit);
const nothing = new Float32Array(IMAGE_SIZE * CLASSES);
const emptyPicture = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE);

/** The picture as the network sees it, its belief after each row beside that row, and the ten classes after a chosen row. */
export function RowReading({ picture }: { readonly picture: Uint8Array | undefined }) {
  const reading = useApp((state) => state.reading);
  // While it trains, the same picture is read again and again: nothing to announce.
  const training = useApp((state) => state.run.status === "training");
  const [row, setRow] = useState(IMAGE_SIZE);
  const all = reading ?? nothing;
  const now = useMemo(() => all.subarray((row - 1) * CLASSES, row * CLASSES), [all, row]);
  const best = mostLikely(now);
  const shown = reading !== undefined && picture !== undefined;
  return (
    <section className="reading" aria-labelledby="reading-title">
      <div className="section-head">
        <h2 id="reading-title">Read row by row</h2>
        <p className="reading-verdict" aria-live={training ? "off" : "polite"}>
          {shown ? `After row ${row}: ${best}, ${formatPercent(now[best], 0)}` : "Draw, or choose a test digit."}
        </p>
      </div>
      <div className="reading-body">
        <div className="by-row">
          <PixelCanvas className="seen" width={IMAGE_SIZE} height={IMAGE_SIZE} values={picture ?? emptyPicture} full={255} />
          <div className="heat">
            <PixelCanvas width={CLASSES} height={IMAGE_SIZE} values={all} full={1} veil />
          </div>
          <div className="row-line" aria-hidden="true" style={{ top: `${(100 * row) / IMAGE_SIZE}%` }} />
          <div className="heat-labels" aria-hidden="true">
            {digits.map((digit) => (
              <span key={digit}>{digit}</span>
            ))}
          </div>
        </div>
        <ol className="bars" aria-label={`Class probabilities after row ${row}`}>
          {digits.map((digit) => (
            <li key={digit} data-best={(shown && digit === best) || undefined}>
              <span>{digit}</span>
              <span className="bar">
                <span style={{ transform: `scaleX(${now[digit] ?? 0})` }} />
              </span>
              <span>{shown ? formatPercent(now[digit], 1) : "–"}</span>
            </li>
          ))}
        </ol>
      </div>
      <label className="row-choice">
        <span>After row</span>
        <input type="range" min={1} max={IMAGE_SIZE} value={row} onChange={(event) => setRow(Number(event.target.value))} />
        <output>{row}</output>
      </label>
    </section>
  );
}
