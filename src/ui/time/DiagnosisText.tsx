import { Help } from "../controls/Help";
import { type Diagnosis, ruleTexts } from "../diagnosis";

interface Props {
  readonly diagnosis: Diagnosis | undefined;
  /** What stands there while there is none. */
  readonly waiting: string;
  /** The sentence alone, with the note left out. */
  readonly short?: boolean;
}

/** The sentence, and the rule that it follows from. */
export function DiagnosisText({ diagnosis, waiting, short = false }: Props) {
  if (diagnosis === undefined) return <p className="diagnosis quiet">{waiting}</p>;
  const { rule, sentence, note } = diagnosis;
  return (
    <p className="diagnosis" data-rule={rule} data-testid="diagnosis">
      {sentence}
      {!short && note && <span className="diagnosis-note"> {note.sentence}</span>}{" "}
      <span className="diagnosis-rule">
        <Help label={`Rule: ${rule}`}>{`Rule "${rule}" of docs/diagnosis.md: ${ruleTexts[rule]}`}</Help>
      </span>
    </p>
  );
}
