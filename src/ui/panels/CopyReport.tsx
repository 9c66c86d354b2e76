import { ClipboardCopy } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { DeviceCheck } from "../../worker/reports";
import { checkReport } from "../checkReport";
import { version } from "../version";

/** Puts the report into the clipboard; where the browser refuses that, into a field from which it can be copied by hand. */
export function CopyReport({ check }: { readonly check: DeviceCheck }) {
  const [report, setReport] = useState<{ readonly of: DeviceCheck; readonly text: string; readonly copied: boolean }>();
  const field = useRef<HTMLTextAreaElement>(null);
  const shown = report?.of === check ? report : undefined;
  const refused = shown !== undefined && !shown.copied;
  useEffect(() => {
    if (refused) field.current?.select();
  }, [refused]);
  const copy = async (): Promise<void> => {
    const text = checkReport(check, { version, userAgent: navigator.userAgent, date: new Date() });
    let copied = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Refused, or no clipboard where the page is not served securely.
      copied = false;
    }
    setReport({ of: check, text, copied });
  };
  return (
    <div className="check-report">
      <div className="dialog-actions">
        <button type="button" onClick={() => void copy()}>
          <ClipboardCopy aria-hidden /> Copy report
        </button>
        <span role="status" className="quiet">
          {shown === undefined ? "" : shown.copied ? "Copied." : "The browser refused the clipboard: copy the selected text."}
        </span>
      </div>
      {refused && <textarea ref={field} readOnly rows={8} aria-label="Report" value={shown.text} />}
    </div>
  );
}
