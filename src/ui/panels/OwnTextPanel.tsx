import { Upload } from "lucide-react";
import { validConfig } from "../draft";
import { formatCount } from "../format";
import { describeText, textProblem } from "../ownText";
import { useApp } from "../store";
import { setOwnText, trainOnFile } from "../storeConfig";

/** A longer text would make the field slow: then only its beginning is shown. */
const EDITABLE_LENGTH = 200_000;
const EXCERPT_LENGTH = 1_000;

export function OwnTextPanel() {
  const own = useApp((state) => state.ownText);
  const problem = useApp((state) => textProblem(state.ownText, validConfig(state.draft)));
  const isLong = own !== undefined && own.text.length > EDITABLE_LENGTH;
  return (
    <div className="own-text">
      <label htmlFor="own-text">{isLong ? `Beginning of ${own.name}` : "Your text"}</label>
      <textarea
        id="own-text"
        rows={5}
        spellCheck={false}
        placeholder="Paste a text here, or drop a text file anywhere on the page."
        readOnly={isLong}
        aria-describedby="own-text-facts"
        value={isLong ? own.text.slice(0, EXCERPT_LENGTH) : (own?.text ?? "")}
        onChange={({ target }) => setOwnText(target.value === "" ? undefined : describeText("Pasted text", target.value))}
      />
      <p id="own-text-facts" className={problem === undefined ? "quiet" : "field-problem"}>
        {problem ?? `${formatCount(own?.length)} characters, ${formatCount(own?.distinct)} different.`}
      </p>
      <div className="own-text-actions">
        <label className="file">
          <Upload aria-hidden /> Choose a file
          <input
            type="file"
            accept=".txt,.md,.csv,text/*"
            onChange={({ target }) => {
              const file = target.files?.[0];
              if (file !== undefined) void trainOnFile(file);
              target.value = "";
            }}
          />
        </label>
        {own !== undefined && (
          <button type="button" onClick={() => setOwnText(undefined)}>
            Clear
          </button>
        )}
      </div>
    </div>
  );
}
