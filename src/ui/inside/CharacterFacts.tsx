import type { SequenceRead } from "../../worker/protocol";
import { formatNumber, formatPercent } from "../format";
import type { UnitChoice } from "./insideStore";
import { factsAt, type Glyphs } from "./readingFacts";
import { UnitValues } from "./UnitValues";

interface Props {
  readonly read: SequenceRead;
  readonly glyphs: Glyphs;
  readonly at: number;
  readonly choice: UnitChoice;
  /** [Q, n] of the chosen unit. */
  readonly column: Float32Array | undefined;
}

/** The character looked at: the chosen unit's numbers, and what the network expected next. */
export function CharacterFacts({ read, glyphs, at, choice, column }: Props) {
  const { token, surprise, predictions } = factsAt(read, at);
  const n = read.tokens.length;
  const isCopy = read.source.kind === "sequence";
  return (
    <section className="character-facts" aria-labelledby="character-title" data-testid="inside-character">
      <h3 id="character-title">
        <span className="glyph">{glyphs.alone(token)}</span> {isCopy ? "Step" : "Character"} {at + 1} of {n}
      </h3>
      <p className="quiet">
        {Number.isNaN(surprise)
          ? isCopy
            ? "Nothing is asked at this step."
            : "The first: nothing came before that could predict it."
          : `${isCopy ? "The answer was given" : "It was given"} ${formatPercent(Math.exp(-surprise), 1)}: a surprise of ${formatNumber(surprise)} nats.`}
      </p>
      <h4>
        Unit {choice.unit} of layer {choice.layer + 1}
      </h4>
      <UnitValues
        quantities={read.quantities}
        values={read.quantities.map((_, q) => column?.[q * n + at])}
        cellValues={cellOf(read, column)}
      />
      {predictions.length > 0 && (
        <>
          <h4>{isCopy ? "Its answer" : "Expected next"}</h4>
          <ol className="predictions">
            {predictions.map(({ token: each, probability, came }) => (
              <li key={each} data-came={came || undefined}>
                <span className="glyph">{glyphs.alone(each)}</span>
                <span className="bar" aria-hidden="true">
                  <span style={{ transform: `scaleX(${probability})` }} />
                </span>
                <span>{formatPercent(probability, 1)}</span>
                <span className="came">{came ? (isCopy ? "asked for" : "came") : ""}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

/** The cell's values of the whole text, for their range. */
export function cellOf(read: Pick<SequenceRead, "quantities" | "tokens">, column: Float32Array | undefined): Float32Array {
  const q = read.quantities.indexOf("c");
  const n = read.tokens.length;
  return q < 0 || column === undefined ? new Float32Array() : column.subarray(q * n, (q + 1) * n);
}
