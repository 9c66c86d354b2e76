import { Pause, Play, RotateCcw, StepForward } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { hasFailed } from "../deviceVerdict";
import { useApp } from "../store";
import { openCheck } from "../storeCheck";
import { cancelOpening, needsOpen, pause, reset, stepOnce, train, trainFault, trainProblem } from "../storeRun";
import { FileButtons, OpenedFrom, OpeningFile } from "./FilePanel";
import { Readout } from "./Readout";

const KernelsDialog = lazy(async () => ({ default: (await import("./KernelsDialog")).KernelsDialog }));

function Buttons() {
  const status = useApp((state) => state.run.status);
  const ready = useApp((state) => state.connection === "ready");
  const racing = useApp((state) => state.racing);
  const problem = useApp(trainProblem);
  const anew = useApp(needsOpen);
  const opened = useApp((state) => state.run.with !== undefined);
  const training = status === "training";
  const pausing = useApp((state) => state.run.pausing && state.run.status === "training");
  const blocked = problem !== undefined || !ready || (status === "finished" && !anew);
  return (
    <div className="run-buttons">
      {/* One button for both, so that the focus stays where it is. */}
      <button
        type="button"
        className="primary"
        data-testid={training ? "pause" : "train"}
        disabled={!training && blocked}
        aria-describedby={problem === undefined ? undefined : "train-problem"}
        onClick={training ? pause : train}
      >
        {training ? <Pause aria-hidden /> : <Play aria-hidden />} {pausing ? "Pausing" : training ? "Pause" : "Train"}
      </button>
      <button type="button" data-testid="step" disabled={blocked || training} onClick={stepOnce}>
        <StepForward aria-hidden /> Step
      </button>
      <button type="button" data-testid="reset" disabled={!opened || status === "loading" || !ready || racing} onClick={reset}>
        <RotateCcw aria-hidden /> Reset
      </button>
    </div>
  );
}

function Progress() {
  const progress = useApp((state) => state.run.progress);
  const loading = useApp((state) => state.run.status === "loading");
  if (progress === undefined && !loading) return null;
  return (
    <div className={loading ? "loading" : "loading loading-passing"}>
      <span>{progress?.label ?? "Opening the run"}</span>
      <progress
        aria-label={progress?.label ?? "Opening the run"}
        max={1}
        {...(progress?.fraction !== undefined && { value: progress.fraction })}
      />
      {loading && (
        <button type="button" onClick={cancelOpening}>
          Cancel
        </button>
      )}
    </div>
  );
}

function Device() {
  const device = useApp((state) => state.run.facts?.device);
  const kernels = useApp((state) => state.run.facts?.kernels);
  const [kernelsOpen, setKernelsOpen] = useState(false);
  // The dialog's code is loaded when it is opened for the first time.
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (kernelsOpen) setWanted(true);
  }, [kernelsOpen]);
  const precision = useApp((state) => state.run.with?.config.precision ?? "f32");
  const verdict = useApp((state) => state.verdict);
  if (device === undefined || kernels === undefined) return null;
  const isGpu = device.executor === "webgpu";
  return (
    <p className="device">
      <span className="device-name">{device.name}</span>
      <span className="tag">{isGpu ? "WebGPU" : "CPU"}</span>
      <span className="tag">{precision}</span>
      <button id="kernels-opener" type="button" className="link" data-testid="kernels" onClick={() => setKernelsOpen(true)}>
        {kernels.choice === "measured" ? "Kernels, measured" : "Kernels"}
      </button>
      {wanted && (
        <Suspense>
          <KernelsDialog open={kernelsOpen} onClose={() => setKernelsOpen(false)} />
        </Suspense>
      )}
      {isGpu && verdict !== undefined && <span className="tag">{hasFailed(verdict) ? "failed its check" : "checked"}</span>}
      {isGpu && verdict === undefined && (
        <button type="button" className="link" onClick={openCheck}>
          Not checked yet
        </button>
      )}
    </p>
  );
}

/** Buttons, status and figures of the run. */
export function RunPanel() {
  const status = useApp((state) => state.run.status);
  const problem = useApp(trainProblem);
  const waits = useApp((state) => trainFault(state) === undefined);
  const finished = useApp((state) => state.run.status === "finished" && !needsOpen(state));
  return (
    <section className="run" aria-label="Run">
      <div className="run-bar">
        <Buttons />
        <FileButtons />
        <p className="status" data-status={status} role="status">
          <span className="status-mark" aria-hidden="true" />
          <span data-testid="status">{status}</span>
        </p>
        {problem === undefined ? (
          <Progress />
        ) : (
          <p id="train-problem" className={waits ? "train-waits" : "train-problem"}>
            {status === "training" ? "Not taken up: " : "Train waits: "}
            {problem}
          </p>
        )}
        <Device />
      </div>
      <OpeningFile />
      {finished && <p className="quiet opened-from">All epochs are done. Reset starts over; more epochs start a new run.</p>}
      <OpenedFrom />
      <Readout />
    </section>
  );
}
