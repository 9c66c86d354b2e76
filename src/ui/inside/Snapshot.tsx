import { RefreshCw } from "lucide-react";
import { useEffect, useRef } from "react";
import { formatCount } from "../format";
import { useApp } from "../store";
import { canAsk, readAgain, setFollow, useInside } from "./insideStore";

const FOLLOW_MS = 500;

/** Reads when the view opens, when a run opens or starts over, and, if wanted, at each validation. */
export function useReading(): void {
  const isReady = useApp(canAsk);
  const runId = useApp((state) => state.run.id);
  const validation = useApp((state) => state.run.validation);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run is to be read too
  useEffect(() => {
    const { read, digit, follow } = useInside.getState();
    const step = read?.step ?? digit?.step;
    if (isReady && (step === undefined || (follow && step !== useApp.getState().run.step))) readAgain();
  }, [isReady, runId]);
  const readAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (validation === undefined) return;
    // A small network validates many times a second; the last of them is read in any case.
    const timer = setTimeout(
      () => {
        readAt.current = performance.now();
        if (useInside.getState().follow && canAsk(useApp.getState())) readAgain();
      },
      Math.max(0, readAt.current + FOLLOW_MS - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [validation]);
}

/** Of which step is what is shown, and the ways to a newer one. */
export function Snapshot({ step }: { readonly step: number | undefined }) {
  const follow = useInside((state) => state.follow);
  const now = useApp((state) => state.run.step);
  const isReady = useApp(canAsk);
  const isReading = useInside((state) => state.readProgress !== undefined);
  return (
    <div className="snapshot">
      <p className="quiet" data-testid="inside-step">
        {step === undefined
          ? "Nothing is read yet."
          : `Read at step ${formatCount(step)}${now > step ? `; the run is at ${formatCount(now)}` : ""}.`}
      </p>
      <button type="button" onClick={readAgain} disabled={!isReady || isReading}>
        <RefreshCw aria-hidden /> Read again
      </button>
      <label className="check">
        <input type="checkbox" checked={follow} onChange={(event) => setFollow(event.target.checked)} />
        at each validation
      </label>
    </div>
  );
}

/** Before the first step there is nothing to find. */
export function Untrained({ step }: { readonly step: number | undefined }) {
  if (step !== 0) return null;
  return (
    <p className="inside-note" data-testid="inside-untrained">
      These weights are still random: what the units show now means nothing yet. Train for a while and compare.
    </p>
  );
}

/** Why something could not be read. */
export function InsideFailure() {
  const failure = useInside((state) => state.failure);
  return failure === undefined ? null : (
    <p className="inside-note inside-failure" role="alert">
      {failure.message} {failure.advice}
    </p>
  );
}
