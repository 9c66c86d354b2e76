import { Download, FolderOpen } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { formatCount } from "../format";
import { useApp } from "../store";
import { canSave, openFile, saveRun } from "../storeFiles";
import { cancelOpenFile } from "../storeRun";

export function FileButtons() {
  const ready = useApp((state) => state.connection === "ready");
  const savable = useApp(canSave);
  const saving = useApp((state) => state.saving);
  const saved = useApp((state) => state.saved);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="run-buttons">
      {/* Not disabled while it saves, or it would lose the focus. */}
      <button
        type="button"
        data-testid="save"
        className="run-save"
        title="Save the run as a file: weights, optimizer, and where it stands"
        disabled={!savable && !saving}
        aria-disabled={saving}
        onClick={saveRun}
      >
        <Download aria-hidden /> {saving ? "Saving" : "Save"}
      </button>
      <button
        type="button"
        data-testid="open"
        title="Open a saved run and go on from there"
        disabled={!ready}
        onClick={() => input.current?.click()}
      >
        <FolderOpen aria-hidden /> Open
      </button>
      <input
        ref={input}
        hidden
        type="file"
        accept=".safetensors"
        data-testid="open-file"
        aria-label="A saved run"
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file !== undefined) void openFile(file);
          target.value = "";
        }}
      />
      <span className="hidden" role="status">
        {saved}
      </span>
    </div>
  );
}

/** A file that opens sooner is not worth moving the page for. */
const SHOW_AFTER_MS = 400;

/** What is done with a chosen file, if it takes a while; the open run trains on meanwhile. */
export function OpeningFile() {
  const inspection = useApp((state) => state.inspection);
  const id = inspection?.requestId;
  const [shown, setShown] = useState<number>();
  useEffect(() => {
    const timer = setTimeout(() => setShown(id), SHOW_AFTER_MS);
    return () => clearTimeout(timer);
  }, [id]);
  if (inspection === undefined || shown !== id) return null;
  const { label, fraction } = inspection;
  return (
    <div className="loading loading-file">
      <span>{label}</span>
      <progress aria-label={label} max={1} {...(fraction !== undefined && { value: fraction })} />
      <button type="button" onClick={cancelOpenFile}>
        Cancel
      </button>
    </div>
  );
}

/** Says where a run comes from as long as it has not gone on. */
export function OpenedFrom() {
  const from = useApp(({ run }) => (run.step === run.from?.step && !["loading", "training"].includes(run.status) ? run.from : undefined));
  const finished = useApp(({ run }) => run.status === "finished");
  if (from === undefined) return null;
  return (
    <p className="quiet opened-from" role="status">
      Opened {from.name} at step {formatCount(from.step)}
      {finished
        ? ", the end of its epochs. The file holds the network, not its curves."
        : ": Train goes on from there; the charts begin there."}
    </p>
  );
}
