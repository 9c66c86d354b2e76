import { Info, TriangleAlert, X } from "lucide-react";
import { lazy, Suspense, useEffect, useRef } from "react";
import { activeExperiment, followsStage, stageOf } from "../experiment/storeExperiment";
import { dismissFailure, dismissNotice, explosionOf, useApp } from "../store";
import { setField, undoChanges } from "../storeConfig";
import { needsOpen, openRun, restartWorker, trainProblem } from "../storeRun";
import { DeviceBanner } from "./DeviceBanner";

/** Loaded when a run diverges for the first time. */
const ExplosionPanel = lazy(async () => ({ default: (await import("./ExplosionPanel")).ExplosionPanel }));

function FailureBanner() {
  const failure = useApp((state) => state.failure);
  const crashed = useApp((state) => state.connection === "crashed");
  // The panel says it, and more.
  const isExplained = useApp((state) => state.failure?.code === "diverged" && explosionOf(state) !== undefined);
  const banner = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a narrow screen it may come up below what is in view.
    if (failure !== undefined || crashed) banner.current?.scrollIntoView({ block: "nearest" });
  }, [failure, crashed]);
  if ((failure === undefined && !crashed) || isExplained) return null;
  return (
    <div ref={banner} className="banner banner-failure" role="alert" data-testid="error">
      <TriangleAlert aria-hidden />
      <p>
        <strong>{failure?.message ?? "The training worker has stopped."}</strong> {failure?.advice}
      </p>
      {failure?.code === "no-half" && (
        <button
          type="button"
          onClick={() => {
            setField("precision", "f32");
            // The banner goes with its button: the focus moves to what comes next, once that is enabled.
            requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-testid="train"]')?.focus());
          }}
        >
          Use 32-bit float
        </button>
      )}
      {crashed && (
        <button type="button" onClick={restartWorker}>
          Restart the worker
        </button>
      )}
      {!crashed && (
        <button type="button" className="icon" aria-label="Dismiss this message" onClick={dismissFailure}>
          <X aria-hidden />
        </button>
      )}
    </div>
  );
}

/** Settings that a run cannot take up while it goes on. */
function ChangedBanner() {
  const changed = useApp(
    (state) => state.run.with !== undefined && state.run.step > 0 && state.run.status !== "failed" && needsOpen(state),
  );
  const blocked = useApp((state) => trainProblem(state) !== undefined);
  // The experiment's own button trains its settings.
  const experiment = useApp((state) => {
    const active = activeExperiment(state);
    const stage = active && stageOf(active);
    return stage !== undefined && followsStage(stage, state.draft);
  });
  if (!changed || experiment) return null;
  return (
    <div className="banner" role="status">
      <Info aria-hidden />
      <p>Settings changed: Train starts a new run with them.</p>
      <button type="button" disabled={blocked} onClick={() => openRun("train")}>
        Start anew
      </button>
      <button type="button" onClick={undoChanges}>
        Undo the changes
      </button>
    </div>
  );
}

export function Banners() {
  const notices = useApp((state) => state.notices);
  const exploded = useApp((state) => explosionOf(state) !== undefined);
  return (
    <>
      <FailureBanner />
      {exploded && (
        <Suspense>
          <ExplosionPanel />
        </Suspense>
      )}
      <DeviceBanner />
      {notices.map((notice) => (
        <div key={notice} className="banner" role="status">
          <Info aria-hidden />
          <p>{notice}</p>
          <button type="button" className="icon" aria-label="Dismiss this notice" onClick={() => dismissNotice(notice)}>
            <X aria-hidden />
          </button>
        </div>
      ))}
      <ChangedBanner />
    </>
  );
}
