import { getField, withField } from "../configPath";
import type { Events } from "../worker/protocol";
import type { CheckTarget } from "../worker/reports";
import { executorFor, hasFailed, verdictOf, verdicts } from "./deviceVerdict";
import { type AppState, useApp } from "./store";
import { keepAddress } from "./storeConfig";
import { client, openRun } from "./storeRun";
import { version } from "./version";

let requestId = 0;
/** Gets the focus back when the dialog closes. */
let opener: HTMLElement | null = null;

const storage = (): Storage => localStorage;

export function openCheck(): void {
  opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  useApp.setState({ checkOpen: true });
}

/** The check itself goes on. */
export const closeCheck = (): void => useApp.setState({ checkOpen: false });

/** The element that opened the dialog, if it is still there. */
export const checkOpener = (): HTMLElement | null => (opener?.isConnected ? opener : null);

export function startCheck(target: CheckTarget): void {
  requestId++;
  const state = { target, kernels: [], kernelTotal: 0, gradients: [], gradientTotal: 0, ms: 0 };
  useApp.setState({ check: { requestId, state, cancelling: false } });
  client.send("check", { requestId, target });
}

export function cancelCheck(): void {
  useApp.setState(({ check }) => (check === undefined ? {} : { check: { ...check, cancelling: true } }));
  client.send("cancelCheck", { requestId });
}

/** True if what is open, or what Train would open, computes on the WebGPU device. */
export const usesWebGpu = ({ run, executor }: Pick<AppState, "run" | "executor">): boolean =>
  executor === "webgpu" || (run.status !== "failed" && run.facts?.device.executor === "webgpu");

export function receiveCheck({ requestId: id, check: state }: Events["check"]): void {
  const { check, verdict: before } = useApp.getState();
  if (check?.requestId !== id) return;
  useApp.setState({ check: { ...check, state } });
  const verdict = verdictOf(state, version, new Date());
  if (verdict === undefined) return;
  useApp.setState({ verdict });
  verdicts.remember(storage, verdict);
  if (hasFailed(verdict) && !hasFailed(before)) leaveUntrainedRun();
}

/** A run that auto has put on the failed device and that has not begun loses nothing by moving to the CPU. */
function leaveUntrainedRun(): void {
  const { run, executor, hello } = useApp.getState();
  const untrained = run.step === 0 && (run.status === "ready" || run.status === "loading");
  if (executor === "auto" && hello?.auto === "webgpu" && untrained) openRun(run.afterOpen);
}

/** What was found out about this adapter before, on this visit or an earlier one. */
export function recallDevice(hello: Events["hello"]): void {
  const { verdict } = useApp.getState();
  const name = hello.adapter?.name;
  if (name === undefined) useApp.setState({ verdict: undefined });
  else if (verdict?.adapter !== name) useApp.setState({ verdict: verdicts.recall(storage, name, version) });
}

/** Starts the run anew on the CPU, which has 32-bit floats only, and trains it. */
export function trainOnCpu(): void {
  const { executor, verdict, draft } = useApp.getState();
  if (executorFor(executor, verdict) !== "cpu") useApp.setState({ executor: "cpu" });
  if (getField(draft, "precision") === "f16") useApp.setState({ draft: withField(draft, "precision", "f32") });
  keepAddress();
  openRun("train");
}
