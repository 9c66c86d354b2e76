import { ChevronDown, ChevronRight } from "lucide-react";
import { Fragment, useState } from "react";
import type { ConceptId, ConceptRanking, RankedUnit, UnitRanking } from "../../worker/protocol";
import { Help } from "../controls/Help";
import { formatCount, formatPercent } from "../format";
import { useApp } from "../store";
import { canAsk, cancelRank, chooseUnit, conceptTitles, rankUnits, useInside } from "./insideStore";
import { Underway } from "./ReadControls";

const two = (value: number | undefined): string => (value === undefined ? "–" : value.toFixed(2).replace("-", "−"));
const nameOf = ({ layer, quantity, unit }: RankedUnit): string => `${layer + 1}·${quantity}${unit}`;

/** What the text lacks, as a clause. */
const lacking: Readonly<Record<ConceptId, string>> = {
  linePosition: "line ends",
  lineEnd: "line ends",
  word: "letters",
  capital: "capital letters",
  nextCapital: "capital letters",
  speaker: "speakers’ names at the start of a line",
  quotes: "quotation marks (a single ' does not count: it is mostly an apostrophe)",
  brackets: "brackets",
};

function refusal({ concept, positives, spans }: ConceptRanking, { measuredOn, minPositives, minSpans }: UnitRanking): string {
  if (positives === 0) return `Cannot be judged: the text that was read has no ${lacking[concept]}.`;
  return (
    `Cannot be judged: only ${formatCount(positives)} of ${formatCount(measuredOn)} characters, in ${formatCount(spans)} ` +
    `${spans === 1 ? "place" : "places"}; each half of the text needs ${minPositives} in ${minSpans} places.`
  );
}

function UnitButton({ unit }: { readonly unit: RankedUnit }) {
  const isChosen = useInside(({ choice }) => choice.layer === unit.layer && choice.unit === unit.unit && choice.quantity === unit.quantity);
  return (
    <button
      type="button"
      className="unit-name"
      aria-pressed={isChosen}
      aria-label={`Colour by ${unit.quantity} of unit ${unit.unit} in layer ${unit.layer + 1}`}
      onClick={() => chooseUnit({ layer: unit.layer, unit: unit.unit, quantity: unit.quantity })}
    >
      {nameOf(unit)}
    </button>
  );
}

function Numbers({ unit }: { readonly unit: RankedUnit }) {
  return (
    <>
      <td>{two(unit.r)}</td>
      <td>{two(unit.auc)}</td>
      <td>{unit.balancedAccuracy === undefined ? "–" : formatPercent(unit.balancedAccuracy, 0)}</td>
    </>
  );
}

/** Chance as the same measure that ranks the concept. */
const chanceOf = ({ chance }: ConceptRanking): string =>
  chance === null ? "–" : chance.auc === undefined ? `r ${two(chance.r)}` : two(chance.auc);

function Rows({ ranked, ranking }: { readonly ranked: ConceptRanking; readonly ranking: UnitRanking }) {
  const [open, setOpen] = useState(false);
  const [best, ...others] = ranked.units;
  const title = conceptTitles[ranked.concept];
  if (best === undefined) {
    return (
      <tr>
        <th scope="row">{title}</th>
        <td colSpan={6} className="refusal">
          <span>{refusal(ranked, ranking)}</span>
        </td>
      </tr>
    );
  }
  return (
    <Fragment>
      <tr>
        <th scope="row">
          <button type="button" className="link concept" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? <ChevronDown aria-hidden /> : <ChevronRight aria-hidden />} {title}
          </button>
        </th>
        <td>
          <UnitButton unit={best} />
        </td>
        <Numbers unit={best} />
        <td>{chanceOf(ranked)}</td>
        <td>
          {formatCount(ranked.positives)} <span className="quiet">({formatCount(ranked.spans)})</span>
        </td>
      </tr>
      {open &&
        others.map((unit) => (
          <tr key={nameOf(unit)} className="other-unit">
            <td />
            <td>
              <UnitButton unit={unit} />
            </td>
            <Numbers unit={unit} />
            <td />
            <td />
          </tr>
        ))}
    </Fragment>
  );
}

const about =
  "Half of the text chooses each concept's units, their sign and threshold; the other half measures them. r is the correlation; AUC is how often a place " +
  "with the concept has the larger value than one without (0.5 is guessing, 0 and 1 are perfect). Chance is what the best unit reaches " +
  "when the labels are moved half the text further.";

/** The units that stand best for each concept, measured on validation text; a click colours the text by one. */
export function ConceptTable() {
  const ranking = useInside((state) => state.ranking);
  const progress = useInside((state) => state.rankProgress);
  const isReady = useApp(canAsk);
  return (
    <section className="concepts" aria-labelledby="concepts-title">
      <div className="section-head">
        <div className="chart-title">
          <h2 id="concepts-title">What its units stand for</h2>
          <Help label="How units are measured">{about}</Help>
        </div>
        {progress === undefined && (
          <button type="button" data-testid="rank" disabled={!isReady} onClick={rankUnits}>
            {ranking === undefined ? "Measure on validation text" : "Measure again"}
          </button>
        )}
      </div>
      {progress !== undefined && <Underway progress={progress} label="Reading validation text" onCancel={cancelRank} />}
      {ranking === undefined ? (
        progress === undefined && (
          <p className="quiet">
            Reads some 16,000 characters that the network is not trained on, and finds the units that tell best whether a text is inside
            quotation marks, a speaker’s name, a word, and how far a line has come. Training waits meanwhile.
          </p>
        )
      ) : (
        <>
          <BestSentence ranking={ranking} />
          <div className="table-scroll">
            <table className="concept-table" data-testid="concepts">
              <thead>
                <tr>
                  <th scope="col">Concept</th>
                  <th scope="col">Unit</th>
                  <th scope="col">r</th>
                  <th scope="col">AUC</th>
                  <th scope="col">Told right</th>
                  <th scope="col">Chance</th>
                  <th scope="col">Characters (places)</th>
                </tr>
              </thead>
              <tbody>
                {ranking.concepts.map((each) => (
                  <Rows key={each.concept} ranked={each} ranking={ranking} />
                ))}
              </tbody>
            </table>
          </div>
          <p className="quiet">
            Measured at step {formatCount(ranking.step)}: chosen on {formatCount(ranking.chosenOn)} characters, measured on{" "}
            {formatCount(ranking.measuredOn)} others. A unit is layer·state and its number: h is the hidden state, c the LSTM’s cell.
          </p>
        </>
      )}
    </section>
  );
}

/** The clearest of all, in words. */
function BestSentence({ ranking }: { readonly ranking: UnitRanking }) {
  const found = ranking.concepts
    .flatMap(({ concept, units: [unit] }) => (unit?.auc === undefined ? [] : [{ concept, unit, auc: unit.auc }]))
    .sort((a, b) => Math.abs(b.auc - 0.5) - Math.abs(a.auc - 0.5))[0];
  if (found === undefined) return null;
  const { unit, concept } = found;
  return (
    <p>
      Clearest: {unit.quantity === "c" ? "the cell of " : ""}unit {unit.unit} of layer {unit.layer + 1} is {unit.r < 0 ? "low" : "high"}{" "}
      where “{conceptTitles[concept].toLowerCase()}” is true, and tells it right {formatPercent(unit.balancedAccuracy, 0)} of the time
      (guessing: 50 %).
    </p>
  );
}
