import { Info, TriangleAlert, X } from "lucide-react";
import { useState } from "react";
import { getField } from "../../configPath";
import { faultOf, hasFailed } from "../deviceVerdict";
import { useApp } from "../store";
import { openCheck, trainOnCpu, usesWebGpu } from "../storeCheck";

/** The GPU has failed its check, on this visit or an earlier one: what is wrong, and the way to the CPU. */
export function DeviceBanner() {
  const verdict = useApp((state) => state.verdict);
  const inUse = useApp(usesWebGpu);
  const begun = useApp((state) => state.run.step > 0);
  const half = useApp((state) => getField(state.draft, "precision") === "f16");
  const ready = useApp((state) => state.connection === "ready");
  const [dismissed, setDismissed] = useState("");
  if (verdict === undefined || !hasFailed(verdict) || (!inUse && dismissed === verdict.checkedAt)) return null;
  const fault = `${verdict.adapter} failed its check on ${verdict.checkedAt.slice(0, 10)}: ${faultOf(verdict)}.`;
  return (
    <div className={inUse ? "banner banner-failure" : "banner"} role={inUse ? "alert" : "status"} data-testid="device-banner">
      {inUse ? <TriangleAlert aria-hidden /> : <Info aria-hidden />}
      <p>
        <strong>{fault}</strong>{" "}
        {inUse
          ? `What is trained on it cannot be trusted.${begun ? " On the CPU the run starts anew." : ""}${half ? " The CPU has 32-bit floats only." : ""}`
          : "Training runs on the CPU instead."}
      </p>
      {inUse && (
        <button type="button" disabled={!ready} onClick={trainOnCpu}>
          Train on the CPU
        </button>
      )}
      <button type="button" onClick={openCheck}>
        Check again
      </button>
      {!inUse && (
        <button type="button" className="icon" aria-label="Dismiss this notice" onClick={() => setDismissed(verdict.checkedAt)}>
          <X aria-hidden />
        </button>
      )}
    </div>
  );
}
