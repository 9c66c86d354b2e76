import { Pause, Play } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { DigitRead } from "../../worker/protocol";
import { IMAGE_SIZE } from "../drawing";
import { formatPercent } from "../format";
import { DigitStrip, mostLikely } from "../panels/DigitStrip";
import { DrawingPad } from "../panels/DrawingPad";
import { useApp } from "../store";
import { DigitBoard } from "./DigitBoard";
import { CLASSES, rowNorms, timesInput, unitRows } from "./digitFacts";
import { GradientChoice, type Overlay } from "./GradientChoice";
import { lookAt, useInside, within } from "./insideStore";
import { Legend } from "./Legend";
import { scaleOf } from "./palette";
import { InsideFailure, Snapshot, Untrained, useReading } from "./Snapshot";
import { UnitPicker } from "./UnitPicker";
import { UnitValues } from "./UnitValues";

const ROW_MS = 140;

/** A digit, drawn or from the test set, and everything that happens in the network while it is read row by row. */
export function DigitInside() {
  useReading();
  const pixels = useInside((state) => state.pixels);
  const digit = useInside((state) => state.digit);
  const [loaded, setLoaded] = useState(pixels);
  const strip = useApp((state) => state.run.strip);
  const show = useCallback((picture: Uint8Array | undefined, isLoaded: boolean): void => {
    setLoaded(isLoaded ? picture : undefined);
    lookAt(picture);
  }, []);
  const draw = useCallback((picture: Uint8Array | undefined) => show(picture, false), [show]);
  const choose = useCallback((picture: Uint8Array) => show(picture, true), [show]);
  useEffect(() => {
    // Something to look at from the start: the first test digit.
    const first = strip?.digits[0]?.pixels;
    if (first !== undefined && useInside.getState().pixels === undefined && loaded === undefined) choose(first);
  }, [strip, loaded, choose]);
  return (
    <>
      <section className="inside" aria-labelledby="inside-title">
        <div className="section-head">
          <h2 id="inside-title">A digit, read row by row</h2>
          <Snapshot step={digit?.step} />
        </div>
        <Untrained step={digit?.step} />
        <InsideFailure />
        <div className="digit-inside">
          <DrawingPad loaded={loaded} onDraw={draw} />
          {digit !== undefined && pixels !== undefined ? (
            <Reading digit={digit} pixels={pixels} />
          ) : (
            <p className="quiet">Draw a digit, or choose one of the test digits below.</p>
          )}
        </div>
      </section>
      <DigitStrip onChoose={choose} />
    </>
  );
}

function Reading({ digit, pixels }: { readonly digit: DigitRead; readonly pixels: Uint8Array }) {
  const wanted = useInside((state) => state.choice);
  const [row, setRow] = useState(IMAGE_SIZE);
  const [overlay, setOverlay] = useState<Overlay>("gradient");
  const choice = within(wanted, { ...digit, numLayers: digit.layers.length });
  const shownQuantity = digit.quantities.includes(choice.quantity) ? choice.quantity : "h";
  const shown = { ...choice, quantity: shownQuantity };
  const attribution = useMemo(() => (overlay === "times" ? timesInput(digit.dInput, pixels) : digit.dInput), [overlay, digit, pixels]);
  const norms = useMemo(() => rowNorms(attribution), [attribution]);
  const unit = useMemo(() => unitRows(digit, choice.layer, choice.unit), [digit, choice.layer, choice.unit]);
  const probabilities = digit.probabilities.subarray((row - 1) * CLASSES, row * CLASSES);
  const best = mostLikely(probabilities);
  const others = [...probabilities.keys()]
    .filter((each) => each !== best)
    .sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0))
    .slice(0, 2);
  const cell = digit.quantities.indexOf("c");
  const cellValues = cell < 0 ? [] : unit.subarray(cell * IMAGE_SIZE, (cell + 1) * IMAGE_SIZE);
  return (
    <div className="digit-reading">
      <div className="digit-controls">
        <UnitPicker choice={shown} numLayers={digit.layers.length} hiddenSize={digit.hiddenSize} quantities={digit.quantities} />
        <Legend scale={scaleOf(shownQuantity, cellValues)} name={shownQuantity} />
      </div>
      <DigitBoard
        digit={digit}
        pixels={pixels}
        overlay={overlay === "none" ? undefined : attribution}
        norms={norms}
        choice={shown}
        row={row}
        onRow={setRow}
      />
      <Rows row={row} onRow={setRow} />
      <div className="digit-facts">
        <section aria-labelledby="verdict-title">
          <h3 id="verdict-title" aria-live="polite" data-testid="inside-verdict">
            After row {row}: {best}, {formatPercent(probabilities[best], 1)}
          </h3>
          <p className="quiet">Then {others.map((each) => `${each} (${formatPercent(probabilities[each], 1)})`).join(" and ")}.</p>
          <GradientChoice digit={digit} overlay={overlay} onOverlay={setOverlay} norms={norms} row={row} />
        </section>
        <section aria-labelledby="unit-title">
          <h3 id="unit-title">
            Unit {choice.unit} of layer {choice.layer + 1} after row {row}
          </h3>
          <UnitValues
            quantities={digit.quantities}
            values={digit.quantities.map((_, q) => unit[q * IMAGE_SIZE + row - 1])}
            cellValues={cellValues}
          />
        </section>
      </div>
    </div>
  );
}

/** Which row has been read last: by slider, or played from the top. */
function Rows({ row, onRow }: { readonly row: number; readonly onRow: (row: number) => void }) {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => {
      if (row < IMAGE_SIZE) onRow(row + 1);
      else setPlaying(false);
    }, ROW_MS);
    return () => clearTimeout(timer);
  }, [playing, row, onRow]);
  return (
    <div className="row-choice">
      <button
        type="button"
        onClick={() => {
          if (!playing && row === IMAGE_SIZE) onRow(1);
          setPlaying(!playing);
        }}
      >
        {playing ? <Pause aria-hidden /> : <Play aria-hidden />} {playing ? "Stop" : "Watch it read"}
      </button>
      <label className="row-slider">
        <span>After row</span>
        <input type="range" min={1} max={IMAGE_SIZE} value={row} onChange={(event) => onRow(event.target.valueAsNumber)} />
        <output>{row}</output>
      </label>
    </div>
  );
}
