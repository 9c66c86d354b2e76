import { useMemo } from "react";
import type { SequenceRead } from "../../worker/protocol";
import { formatNumber, formatPercent } from "../format";
import { AllUnits } from "./AllUnits";
import { CharacterFacts, cellOf } from "./CharacterFacts";
import { ColouredText } from "./ColouredText";
import { lookAtStep, quantityNames, SURPRISE, useInside, within } from "./insideStore";
import { Legend } from "./Legend";
import { scaleFromZero, scaleOf } from "./palette";
import { factsAt, type Glyphs, meanSurprise, surpriseByStep } from "./readingFacts";
import { UnitPicker } from "./UnitPicker";

/** A sequence that was read: the text in the colours of one unit, and everything about the character that is looked at. */
export function SequenceInside({ read, glyphs }: { readonly read: SequenceRead; readonly glyphs: Glyphs }) {
  const wanted = useInside((state) => state.choice);
  const answer = useInside((state) => state.column);
  const place = useInside((state) => state.at);
  const moment = useInside((state) => state.moment);
  const choice = within(wanted, read);
  const n = read.tokens.length;
  const at = Math.min(place, n - 1);
  // That of the text before, or of another unit, does not fit.
  const fits = answer?.values.length === read.quantities.length * n && answer.layer === choice.layer && answer.unit === choice.unit;
  const column = fits ? answer?.values : undefined;
  const isSurprise = choice.quantity === SURPRISE;
  const surprise = useMemo(() => surpriseByStep(read), [read]);
  const q = read.quantities.indexOf(choice.quantity);
  const values = useMemo(() => (isSurprise ? surprise : column?.subarray(q * n, (q + 1) * n)), [isSurprise, surprise, column, q, n]);
  const scale = useMemo(
    () => (isSurprise ? scaleFromZero(surprise) : scaleOf(choice.quantity, cellOf(read, column))),
    [isSurprise, surprise, choice.quantity, read, column],
  );
  const name = isSurprise ? "surprise in nats" : `${quantityNames[choice.quantity]} of unit ${choice.unit}, layer ${choice.layer + 1}`;
  return (
    <div className="sequence-inside">
      <div className="sequence-text">
        <div className="sequence-head">
          <UnitPicker {...read} choice={choice} withSurprise />
          <Legend scale={scale} name={name} underText />
        </div>
        <ColouredText
          tokens={read.tokens}
          glyphs={glyphs}
          values={values}
          scale={scale}
          at={at}
          onLook={lookAtStep}
          description={inWords(read, glyphs, at, values?.[at], name)}
        />
        <p className="quiet">
          Mean surprise here {formatNumber(meanSurprise(read))} nats. Point at a character, tap it, or move with the arrow keys.
        </p>
      </div>
      <AllUnits read={read} moment={moment} choice={choice} glyph={glyphs.alone(read.tokens[at] ?? 0)} />
      <CharacterFacts read={read} glyphs={glyphs} at={at} choice={choice} column={column} />
    </div>
  );
}

/** One character in words. */
function inWords(read: SequenceRead, glyphs: Glyphs, at: number, value: number | undefined, name: string): string {
  const { token, predictions } = factsAt(read, at);
  const spoken = (each: number): string => {
    const glyph = glyphs.alone(each);
    return glyph === "␣" ? "space" : glyph === "↵" ? "line end" : glyph === "·" ? "blank" : glyph === "▸" ? "go" : glyph;
  };
  const expected = predictions.slice(0, 3).map(({ token: each, probability }) => `${spoken(each)} ${formatPercent(probability, 0)}`);
  const shown = value === undefined || Number.isNaN(value) ? "no value" : value.toFixed(2);
  return `${spoken(token)}. ${name}: ${shown}.${expected.length > 0 ? ` Expected: ${expected.join(", ")}.` : ""}`;
}
